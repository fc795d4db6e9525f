import { migrateQueue } from '../adapters/bullmq/migrate.js';
import { release } from '../adapters/postgres/release/release.js';
import type { Config } from '../config.js';
import { SESSIONS_OF } from './connections.js';

/** Brings the ledger and the queue up to date and makes the roles of the other processes. */
export async function runRelease(config: Config<'release'>): Promise<void> {
  await release({
    releaseUrl: config.RELEASE_DATABASE_URL,
    workerUrl: config.DATABASE_URL,
    webUrl: config.WEB_DATABASE_URL,
    auditUrl: config.AUDIT_DATABASE_URL ?? null,
    pdpUrl: config.PDP_DATABASE_URL ?? null,
    sessions: {
      worker: config.WORKER_PROCESSES * SESSIONS_OF.worker,
      web: config.WEB_PROCESSES * SESSIONS_OF.web,
      pdp: config.PDP_PROCESSES * SESSIONS_OF.pdp,
    },
    migrateQueue,
  });
}
