import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Job, Work } from '../../../ports.js';
import { deliveriesWaiting, sortDeliveries } from './deliveries.js';
import { createGroup } from '../../../clients/group.js';
import { transaction } from '../../../clients/postgres.js';
import { DEPTHS, NEXT_DUE, readDepths, take, type DepthRow, type NextDueRow } from './lanes.js';
import { planGrants } from './plan.js';
import { schedule, wakeWorkers } from './schedule.js';

/**
 * If a grant's record still says that it is due after its job ran, it runs again after this (seconds): it is never
 * forgotten, and never becomes a hot loop.
 */
const LOOK_AGAIN = 15;

/**
 * Work rows in PostgreSQL. `Job.attempts` counts this try, too: 1 at the first; `failed` with an empty error is not a
 * failure but a request to run again, and the count starts over. Callers pass the time that decides what is due; holds
 * go by the database's own clock (invariant 13).
 */
export function createWork(pool: pg.Pool): Work {
  // All lanes are woken at once, and most of them for nothing: those who ask in one turn of the event loop share a query.
  // A shared read would make two of it: one for the first who asks, at once, and one for all the others.
  let asked: Promise<readonly NextDueRow[]> | null = null;
  const ask = () =>
    Promise.resolve().then(async () => {
      asked = null;
      return (await pool.query<NextDueRow>(NEXT_DUE)).rows;
    });
  return {
    sortDeliveries: (now) => sortDeliveries(pool, now),
    plan: (now, all) => planGrants(pool, now, all),

    deliveriesWaiting: () => deliveriesWaiting(pool),

    want: async (topics, due_at) => {
      const wanted_at = due_at.toISOString();
      const wanted = [...new Set(topics)].map((topic) => ({ topic, wanted_at }));
      await transaction(pool, (client) => schedule(client, wanted));
      await wakeWorkers(pool);
    },

    take: async (now, owner, lane, limit, hold_ms) => {
      const holder = `${owner}/${randomUUID()}`;
      const { rows } = await pool.query<Omit<Job, 'owner'>>(take(lane), [
        now,
        limit,
        holder,
        hold_ms,
      ]);
      return rows.map((row) => ({ ...row, owner: holder }));
    },

    done: createGroup((jobs: readonly Job[]) => done(pool, jobs)),

    failed: async ({ topic, owner }, error, retry_at) => {
      await pool.query(FAILED, [
        topic,
        owner,
        error.slice(0, 2_000).replaceAll('\0', ''),
        retry_at,
      ]);
    },

    renew: async (jobs, hold_ms) => {
      const topics = jobs.map(({ topic }) => topic);
      const owners = jobs.map(({ owner }) => owner);
      const { rowCount } = await pool.query(HOLD, [topics, owners, hold_ms]);
      return rowCount === jobs.length;
    },

    failures: async (topic) => {
      const { rows } = await pool.query<{ failures: number }>(FAILURES, [topic]);
      return rows[0]?.failures ?? 0;
    },

    nextDue: async (lane) => {
      const next = (await (asked ??= ask())).find((row) => row.lane === lane);
      return next ? new Date(next.due_at) : null;
    },

    depths: async (now) => readDepths((await pool.query<DepthRow>(DEPTHS, [now])).rows),
  };
}

/** Finishes taken topics: those that nothing wants any more are removed. */
async function done(pool: pg.Pool, jobs: readonly Job[]): Promise<readonly undefined[]> {
  const mine = [
    jobs.map(({ topic }) => topic),
    jobs.map(({ owner }) => owner),
    jobs.map(({ version }) => version),
  ];
  const gone = await pool.query(DONE_FOR_GOOD, mine);
  if (gone.rowCount !== jobs.length) {
    const { rows } = await pool.query<{ topic: string; due_at: string | null }>(DONE, [
      ...mine,
      LOOK_AGAIN,
    ]);
    const idle = rows.filter(({ due_at }) => due_at === null).map(({ topic }) => topic);
    if (idle.length > 0) await pool.query(FORGET, [idle]);
  }
  return jobs.map(() => undefined);
}

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

/** A try under way is not a failure yet. */
const FAILURES = `
SELECT CASE WHEN last_error IS NULL THEN 0 WHEN taken_by IS NULL THEN attempts ELSE attempts - 1 END
  AS failures
FROM daypass.work WHERE topic = $1`;
