import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import type { Lease, Leases } from '../../ports.js';

/** A machine's clock may run so much faster or slower than the database's. */
const DRIFT = 0.01;

/** Leases on slots as rows, by the database's own clock (invariants 13 and 18). */
export function createLeases(pool: pg.Pool): Leases {
  return {
    acquire: async (slot, owner, for_ms) => {
      const deadline = deadlineOf(for_ms);
      const { rows } = await pool.query<{ epoch: number }>(ACQUIRE, [slot, owner, for_ms]);
      return rows[0] ? lease(pool, slot, rows[0].epoch, deadline) : null;
    },
  };
}

/** Counted from before the question is sent, so that we think it over a little before the database does. */
const deadlineOf = (for_ms: number) => performance.now() + for_ms * (1 - DRIFT);

function lease(pool: pg.Pool, slot: string, epoch: number, first: number): Lease {
  let deadline = first;
  return {
    epoch,
    remaining: () => Math.max(0, deadline - performance.now()),
    renew: async (for_ms) => {
      const next = deadlineOf(for_ms);
      const { rowCount } = await pool.query(RENEW, [slot, epoch, for_ms]);
      deadline = rowCount === 1 ? next : 0;
      return rowCount === 1;
    },
    release: async () => {
      deadline = 0;
      await pool.query(RELEASE, [slot, epoch]);
    },
  };
}

const UNTIL = `clock_timestamp() + $3 * interval '1 millisecond'`;

const ACQUIRE = `
INSERT INTO daypass.leases AS l (slot, owner, epoch, deadline) VALUES ($1, $2, 1, ${UNTIL})
ON CONFLICT (slot) DO UPDATE
  SET owner = excluded.owner, epoch = l.epoch + 1, deadline = ${UNTIL}
  WHERE l.deadline <= clock_timestamp()
RETURNING epoch`;

const RENEW = `
UPDATE daypass.leases SET deadline = ${UNTIL}
WHERE slot = $1 AND epoch = $2 AND deadline > clock_timestamp()`;

/** The row stays: its epoch goes on. */
const RELEASE = `
UPDATE daypass.leases SET deadline = LEAST(deadline, clock_timestamp())
WHERE slot = $1 AND epoch = $2`;
