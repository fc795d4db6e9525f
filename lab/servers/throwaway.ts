import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedHome } from '../../src/adapters/postgres/embedded/account.js';
import type { ServerVersion } from '../../src/adapters/postgres/embedded/binaries.js';
import { startCluster, type Cluster } from '../../src/adapters/postgres/embedded/cluster.js';
import { atOnce, endData } from '../../src/adapters/postgres/embedded/postmaster.js';
import { isAlive } from '../../src/clients/alive.js';

const home = join(embeddedHome(), 'throwaway');

/** Settings of servers that are lent: prepared transactions are off by default, and are one way to act after an end. */
export const LENT = { max_prepared_transactions: '4' };

/** A folder for one server of this process; what killed runs left is removed first. */
export async function throwawayFolder(): Promise<string> {
  await mkdir(home, { recursive: true, mode: 0o755 });
  await sweep();
  return join(home, `${process.pid}-${randomUUID().slice(0, 8)}`);
}

/**
 * A new PostgreSQL server (about one second), with its own system identifier and roles; never one that already runs on
 * this machine. `stop()` ends it and removes its data.
 */
export async function throwawayCluster(
  options: { version?: ServerVersion; settings?: Readonly<Record<string, string>> } = {},
): Promise<Cluster> {
  const folder = await throwawayFolder();
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  const starting = startCluster({ ...options, folder, throwaway: true });
  const cluster = await starting.catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const stop = async () => {
    await cluster.stop();
    await remove();
  };
  return { ...cluster, stop };
}

/**
 * Ends the servers and removes the data of processes that are gone; `over` is one that still runs and does not need its
 * servers any more.
 */
export async function sweep(over?: number): Promise<void> {
  for (const name of await readdir(home).catch(() => [])) {
    const owner = Number(name.split('-')[0]);
    if (owner !== over && isAlive(owner)) continue;
    await endData(join(home, name, 'cluster', 'data'), atOnce);
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
