import { afterAll } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { embeddedHome } from '../../src/adapters/postgres/embedded/account.js';
import type { ServerVersion } from '../../src/adapters/postgres/embedded/binaries.js';
import { startCluster, type Cluster } from '../../src/adapters/postgres/embedded/cluster.js';
import { atOnce, endData } from '../../src/adapters/postgres/embedded/postmaster.js';

const home = join(embeddedHome(), 'throwaway');

/**
 * A PostgreSQL server of its own (about one second), with its own system identifier and roles;
 * never one that runs on this machine. `stop()` ends it and removes its data.
 */
export async function throwawayCluster(
  options: { version?: ServerVersion; settings?: Readonly<Record<string, string>> } = {},
): Promise<Cluster> {
  await mkdir(home, { recursive: true, mode: 0o755 });
  await sweep();
  const folder = join(home, `${process.pid}-${randomUUID().slice(0, 8)}`);
  const cluster = await startCluster({ ...options, folder, throwaway: true });
  const stop = async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  return { ...cluster, stop };
}

/** Ends the servers and removes the data of test runs that were killed. */
async function sweep(): Promise<void> {
  for (const name of await readdir(home)) {
    if (isAlive(Number(name.split('-')[0]))) continue;
    await endData(join(home, name, 'cluster', 'data'), atOnce);
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const shared = new Map<ServerVersion, Promise<Cluster>>();

afterAll(async () => {
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
