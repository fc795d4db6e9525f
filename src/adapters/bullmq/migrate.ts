import { runMigrations } from 'bullmq';

/**
 * Brings BullMQ's own schema `bullmq` up to date, in one transaction on this session; the worker, whose
 * role may not, only checks it. Idempotent; a second one waits.
 */
export async function migrateQueue(session: Parameters<typeof runMigrations>[0]): Promise<void> {
  await runMigrations(session, 'bullmq');
}
