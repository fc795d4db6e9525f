import { rm } from 'node:fs/promises';
import { startCluster } from '../../src/adapters/postgres/embedded/cluster.js';
import type { Cluster } from '../../src/adapters/postgres/embedded/cluster.js';
import { throwawayFolder } from './throwaway.js';

/** A PostgreSQL that can be killed and started again on its data, on the same port. */
export interface MortalServer {
  readonly superuserUrl: string;
  /** kill -9 of its first process; resolves when it is gone. */
  kill(): Promise<void>;
  /** Does nothing if it is running. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

export async function mortalServer(): Promise<MortalServer> {
  const folder = await throwawayFolder();
  // Committed data has left the process, so killing the process does not lose it; the machine is never killed.
  const settings = { synchronous_commit: 'on' };
  let cluster: Cluster = await startCluster({ folder, throwaway: true, settings });
  const { port, superuserUrl } = cluster;
  let alive = true;
  return {
    superuserUrl,
    kill: async () => {
      process.kill(cluster.pid, 'SIGKILL');
      await cluster.exited;
      alive = false;
    },
    start: async () => {
      if (alive) return;
      cluster = await startCluster({ folder, throwaway: true, settings, port });
      alive = true;
    },
    remove: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
