import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { ServerVersion } from '../../src/adapters/postgres/embedded/binaries.js';
import type { Cluster } from '../../src/adapters/postgres/embedded/cluster.js';
import { throwawayCluster } from './throwaway.js';

const shared = new Map<ServerVersion, Promise<Cluster>>();

/** Jest's own; a benchmark, which is no test file, brings its own server. */
const { afterAll } = globalThis as { afterAll?: (end: () => Promise<void>) => void };
afterAll?.(async () => {
  for (const starting of shared.values()) await (await starting).stop();
  shared.clear();
});

/** The server of this test file, started when first asked for and stopped after its last test. */
function fileCluster(version: ServerVersion = 18): Promise<Cluster> {
  let cluster = shared.get(version);
  if (!cluster) shared.set(version, (cluster = throwawayCluster({ version })));
  return cluster;
}

/**
 * A new, empty database on this test file's server: the superuser's URL of it (about 30 ms).
 * Roles belong to the whole server, so files do not see each other's.
 */
export async function freshDatabase(version: ServerVersion = 18): Promise<string> {
  const { superuserUrl } = await fileCluster(version);
  return databaseOn(superuserUrl);
}

/** A new, empty database on a server: the superuser's URL of it. */
export async function databaseOn(superuserUrl: string): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: superuserUrl });
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
