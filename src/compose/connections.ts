/** The worker's pool: each job uses one connection at a time, and waits for other systems most of the time. */
export const WORKER_POOL = 24;
/** Web's pool: a delivery is one short statement. */
export const WEB_POOL = 10;
/** The pool of a decision process: one reads what has changed and keeps its row, one writes what was asked, one has requests. */
export const PDP_POOL = 3;
/** Beside its pool, a worker's sessions are one that listens, and a few of the queue where it is on PostgreSQL. */
const BESIDE = 8;

/** The sessions on the ledger of each process, for the limits of its role. */
export const SESSIONS_OF = {
  worker: WORKER_POOL + BESIDE,
  web: WEB_POOL,
  // One more listens.
  pdp: PDP_POOL + 1,
} as const;
