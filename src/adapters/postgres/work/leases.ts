import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import type { Lease, Leases } from '../../../ports.js';
import { createGroup } from '../../../clients/group.js';

/** How much faster or slower than the database's a machine's clock may run. */
const DRIFT = 0.01;

/** Leases on slots as rows, by the database's own clock (invariants 13 and 18). */
export function createLeases(pool: pg.Pool): Leases {
  const acquire = createGroup((wanted: readonly WantedLease[]) => acquireAll(pool, wanted));
  const release = createGroup(async (keys: readonly Key[]) => {
    await pool.query(RELEASE, [keys.map(({ slot }) => slot), keys.map(({ epoch }) => epoch)]);
    return keys.map(() => undefined);
  });
  return {
    acquire: async (slot, owner, for_ms) => {
      const deadline = deadlineOf(for_ms);
      const epoch = await acquire({ slot, owner, for_ms });
      return epoch === null ? null : lease(pool, { slot, epoch }, deadline, release);
    },
  };
}

interface WantedLease {
  readonly slot: string;
  readonly owner: string;
  readonly for_ms: number;
}

interface Key {
  readonly slot: string;
  readonly epoch: number;
}

/** The epoch of each granted lease; null if somebody else holds it. Of two simultaneous requests one succeeds. */
async function acquireAll(
  pool: pg.Pool,
  wanted: readonly WantedLease[],
): Promise<readonly (number | null)[]> {
  const first = new Map<string, WantedLease>();
  for (const one of wanted) if (!first.has(one.slot)) first.set(one.slot, one);
  const { rows } = await pool.query<Key>(ACQUIRE, [
    [...first.keys()],
    [...first.values()].map(({ owner }) => owner),
    [...first.values()].map(({ for_ms }) => for_ms),
  ]);
  const given = new Map(rows.map(({ slot, epoch }) => [slot, epoch]));
  return wanted.map((one) => (first.get(one.slot) === one ? (given.get(one.slot) ?? null) : null));
}

/** Counted from before the query is sent, so that we consider it over slightly before the database does. */
const deadlineOf = (for_ms: number) => performance.now() + for_ms * (1 - DRIFT);

function lease(
  pool: pg.Pool,
  key: Key,
  first: number,
  release: (key: Key) => Promise<void>,
): Lease {
  let deadline = first;
  return {
    epoch: key.epoch,
    remaining: () => Math.max(0, deadline - performance.now()),
    renew: async (for_ms) => {
      const next = deadlineOf(for_ms);
      const { rowCount } = await pool.query(RENEW, [key.slot, key.epoch, for_ms]);
      deadline = rowCount === 1 ? next : 0;
      return rowCount === 1;
    },
    release: async () => {
      deadline = 0;
      await release(key);
    },
  };
}

/** A lease is asked for at most 10 minutes (twice `HOLD_SECONDS`): one that ends later is nobody's (invariant 17). */
const LONGEST = "interval '20 minutes'";

/** Rows are locked in the order of their slots, so that no two workers wait for each other. */
const ACQUIRE = `
INSERT INTO daypass.leases AS l (slot, owner, epoch, deadline)
SELECT slot, owner, 1, clock_timestamp() + for_ms * interval '1 millisecond'
FROM unnest($1::text[], $2::text[], $3::float8[]) AS w(slot, owner, for_ms) ORDER BY slot
ON CONFLICT (slot) DO UPDATE
  SET owner = excluded.owner, epoch = l.epoch + 1, deadline = excluded.deadline
  WHERE l.deadline <= clock_timestamp() OR l.deadline > clock_timestamp() + ${LONGEST}
RETURNING slot, epoch`;

const RENEW = `
UPDATE daypass.leases SET deadline = clock_timestamp() + $3 * interval '1 millisecond'
WHERE slot = $1 AND epoch = $2 AND deadline > clock_timestamp()`;

/** The row stays, so that its epoch keeps counting. */
const RELEASE = `
WITH given AS (
  SELECT l.slot FROM daypass.leases l
  JOIN unnest($1::text[], $2::bigint[]) AS h(slot, epoch) USING (slot, epoch)
  ORDER BY l.slot FOR UPDATE OF l)
UPDATE daypass.leases l SET deadline = LEAST(l.deadline, clock_timestamp())
FROM given WHERE l.slot = given.slot`;
