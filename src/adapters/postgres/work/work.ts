import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Share, Taken, Work } from '../../../ports.js';
import { sortDeliveries } from './deliveries.js';
import { createGroup } from '../../../clients/group.js';
import { transaction } from '../../../clients/postgres.js';
import { schedule } from './schedule.js';

/**
 * A grant that was looked at when its record said so, and whose record says so still, is looked at again
 * after this (seconds): it is never forgotten, and never turns in a hot loop.
 */
const LOOK_AGAIN = 15;

/**
 * Work rows in PostgreSQL. `Taken.attempts` counts this try, too: 1 at the first; `failed` with an empty error
 * is no failure but a wish to look again, and the count starts anew. What is due is told by the moments that
 * callers pass in; holds by the database's own clock (invariant 13).
 */
export function createWork(pool: pg.Pool): Work {
  return {
    sortDeliveries: (now) => sortDeliveries(pool, now),

    want: (topics, due_at) => {
      const wanted_at = due_at.toISOString();
      const wanted = [...new Set(topics)].map((topic) => ({ topic, wanted_at }));
      return transaction(pool, (client) => schedule(client, wanted));
    },

    take: async (now, owner, share, limit, hold_ms) => {
      const holder = `${owner}/${randomUUID()}`;
      const { rows } = await pool.query<Omit<Taken, 'owner'>>(take(OF[share]), [
        now,
        limit,
        holder,
        hold_ms,
      ]);
      return rows.map((row) => ({ ...row, owner: holder }));
    },

    done: createGroup((taken: readonly Taken[]) => done(pool, taken)),

    failed: async ({ topic, owner }, error, retry_at) => {
      await pool.query(FAILED, [
        topic,
        owner,
        error.slice(0, 2_000).replaceAll('\0', ''),
        retry_at,
      ]);
    },

    hold: async (taken, hold_ms) => {
      const topics = taken.map(({ topic }) => topic);
      const owners = taken.map(({ owner }) => owner);
      const { rowCount } = await pool.query(HOLD, [topics, owners, hold_ms]);
      return rowCount === taken.length;
    },

    failures: async (topic) => {
      const { rows } = await pool.query<{ failures: number }>(FAILURES, [topic]);
      return rows[0]?.failures ?? 0;
    },

    nextDue: async (share) => {
      const { rows } = await pool.query<{ due_at: string }>(nextDue(OF[share]));
      return rows[0] ? new Date(rows[0].due_at) : null;
    },
  };
}

/** Gives back what was taken: what nothing wants any more is forgotten. */
async function done(pool: pg.Pool, taken: readonly Taken[]): Promise<readonly undefined[]> {
  const mine = [
    taken.map(({ topic }) => topic),
    taken.map(({ owner }) => owner),
    taken.map(({ version }) => version),
  ];
  const gone = await pool.query(DONE_FOR_GOOD, mine);
  if (gone.rowCount !== taken.length) {
    const { rows } = await pool.query<{ topic: string; due_at: string | null }>(DONE, [
      ...mine,
      LOOK_AGAIN,
    ]);
    const idle = rows.filter(({ due_at }) => due_at === null).map(({ topic }) => topic);
    if (idle.length > 0) await pool.query(FORGET, [idle]);
  }
  return taken.map(() => undefined);
}

const FREE = '(taken_until IS NULL OR taken_until <= clock_timestamp())';

/** As the indexes have it. */
const OF = {
  grants: "topic LIKE 'grant:%' AND NOT starts",
  starts: 'starts',
  tip: "topic = 'tip'",
  comments: "topic LIKE 'comment:%'",
  others: "topic NOT LIKE 'grant:%' AND topic NOT LIKE 'comment:%' AND topic <> 'tip'",
} as const;
type Of = (typeof OF)[Share];

const take = (of: Of) => `
UPDATE daypass.work w SET taken_by = $3, taken_at = $1, attempts = w.attempts + 1,
  taken_until = clock_timestamp() + $4 * interval '1 millisecond'
FROM (
  SELECT topic FROM daypass.work WHERE ${of} AND due_at <= $1 AND ${FREE}
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
) due
WHERE w.topic = due.topic
RETURNING w.topic, w.version, w.attempts`;

/** Rows are locked in the order of their topics, as `schedule` does it. */
const MINE = `
mine AS (
  SELECT w.topic, t.version FROM daypass.work w
  JOIN unnest($1::text[], $2::text[], $3::bigint[]) AS t(topic, holder, version)
    ON w.topic = t.topic AND w.taken_by = t.holder
  ORDER BY w.topic FOR UPDATE OF w)`;

const DONE_FOR_GOOD = `
WITH ${MINE}
DELETE FROM daypass.work w USING mine
WHERE w.topic = mine.topic AND w.again_at IS NULL AND w.planned_at IS NULL`;

const DONE = `
WITH ${MINE}
UPDATE daypass.work w SET wanted_at = again_at, again_at = NULL,
  planned_at = CASE WHEN w.version = mine.version AND w.planned_at <= w.taken_at
    THEN w.taken_at + $4 * interval '1 second' ELSE w.planned_at END,
  taken_by = NULL, taken_at = NULL, taken_until = NULL, attempts = 0, last_error = NULL
FROM mine WHERE w.topic = mine.topic RETURNING w.topic, w.due_at`;

const FORGET = `
DELETE FROM daypass.work WHERE topic = ANY ($1) AND due_at IS NULL AND taken_by IS NULL`;

const FAILED = `
UPDATE daypass.work SET wanted_at = LEAST(again_at, $4), again_at = NULL,
  planned_at = CASE WHEN planned_at <= taken_at THEN $4 ELSE planned_at END,
  attempts = CASE WHEN $3 = '' THEN 0 ELSE attempts END, last_error = $3,
  taken_by = NULL, taken_at = NULL, taken_until = NULL
WHERE topic = $1 AND taken_by = $2`;

const HOLD = `
UPDATE daypass.work w SET taken_until = clock_timestamp() + $3 * interval '1 millisecond'
FROM unnest($1::text[], $2::text[]) AS h(topic, holder)
WHERE w.topic = h.topic AND w.taken_by = h.holder`;

/** A try under way is no failure yet. */
const FAILURES = `
SELECT CASE WHEN last_error IS NULL THEN 0 WHEN taken_by IS NULL THEN attempts ELSE attempts - 1 END
  AS failures
FROM daypass.work WHERE topic = $1`;

const nextDue = (of: Of) => `
SELECT due_at FROM daypass.work WHERE ${of} AND due_at IS NOT NULL AND ${FREE}
ORDER BY due_at LIMIT 1`;
