import { randomUUID } from 'node:crypto';
import { HeardClient } from '../../src/clients/postgres.js';
import type { ServerVersion } from '../../src/adapters/postgres/embedded/binaries.js';
import { borrowServer } from './borrow.js';
import type { BorrowedServer } from './borrow.js';

const shared = new Map<ServerVersion, Promise<BorrowedServer>>();

/** This is Jest's own; a benchmark is not a test file and brings its own server. */
const { afterAll } = globalThis as { afterAll?: (end: () => Promise<void>) => void };
afterAll?.(async () => {
  for (const starting of shared.values()) await (await starting).stop();
  shared.clear();
});

/** The server of this test file, borrowed when it is first needed and given back after the last test. */
function fileServer(version: ServerVersion): Promise<BorrowedServer> {
  let server = shared.get(version);
  if (!server) shared.set(version, (server = borrowServer(version)));
  return server;
}

/**
 * A new, empty database on this test file's server: its URL for the superuser (about 30 ms). Roles belong to the whole
 * server, so files do not see each other's.
 */
export async function freshDatabase(version: ServerVersion = 18): Promise<string> {
  const { superuserUrl } = await fileServer(version);
  return databaseOn(superuserUrl);
}

/** A new, empty database on a server: its URL for the superuser. */
export async function databaseOn(
  superuserUrl: string,
  name = `t_${randomUUID().replaceAll('-', '')}`,
): Promise<string> {
  const client = new HeardClient({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name} STRATEGY file_copy`);
  } finally {
    await client.end();
  }
  const url = new URL(superuserUrl);
  url.pathname = `/${name}`;
  return url.href;
}
