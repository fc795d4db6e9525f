import { randomUUID } from 'node:crypto';
import { HeardClient } from '../src/clients/postgres.js';
import { migrateQueue } from '../src/adapters/bullmq/migrate.js';
import { release } from '../src/adapters/postgres/release/release.js';
import { throwawayCluster } from '../lab/servers/throwaway.js';

/** A PostgreSQL that commits durably as in production, and is thrown away afterwards. */
export interface Database {
  /** A new database with the ledger released into it: its URLs for the superuser and the roles of worker and pdp. */
  fresh(): Promise<{ readonly superuser: string; readonly worker: string; readonly pdp: string }>;
  stop(): Promise<void>;
}

/** Turns on the durability that throwaway clusters give up for speed. */
export const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const TEMPLATE = 'released';

export async function startDatabase(): Promise<Database> {
  const cluster = await throwawayCluster({ settings: DURABLE });
  const url = (database: string, role?: string) => {
    const parsed = new URL(cluster.superuserUrl);
    parsed.pathname = `/${database}`;
    if (role !== undefined) parsed.username = parsed.password = role;
    return parsed.href;
  };
  const run = async (sql: string) => {
    const client = new HeardClient({ connectionString: cluster.superuserUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  try {
    await run(`CREATE DATABASE ${TEMPLATE}`);
    await release({
      releaseUrl: url(TEMPLATE),
      workerUrl: url(TEMPLATE, 'worker'),
      webUrl: url(TEMPLATE, 'web'),
      auditUrl: null,
      pdpUrl: url(TEMPLATE, 'pdp'),
      sessions: { worker: 64, web: 20, pdp: 6 },
      migrateQueue,
    });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return {
    fresh: async () => {
      const name = `b_${randomUUID().replaceAll('-', '')}`;
      await run(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
      return { superuser: url(name), worker: url(name, 'worker'), pdp: url(name, 'pdp') };
    },
    stop: () => cluster.stop(),
  };
}
