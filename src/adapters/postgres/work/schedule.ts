import type pg from 'pg';
import { nextDue } from '../../../core/ledger/due.js';
import type { GrantRecord } from '../../../core/grant/record.js';
import { grantTopic } from '../../../core/work/topic.js';

/** What wakes workers: a notification without content, sent by web and by everything that schedules work. */
export const CHANNEL = 'daypass';

/**
 * Wakes the workers, once what they are to find is committed. PostgreSQL has one queue of notifications, and a role that
 * may only connect can fill it, after which no transaction that notifies can commit. So it is never part of one, and
 * its failure is none: workers that nobody wakes poll.
 */
export async function wakeWorkers(pool: pg.Pool): Promise<void> {
  await pool.query('SELECT pg_notify($1, $2)', [CHANNEL, '']).catch(() => undefined);
}

/** A topic that is wanted at a moment; null when it is only planned. */
export interface Wanted {
  readonly topic: string;
  readonly wanted_at: string | null;
}

/** When a grant is due by its record; null for never again. */
export interface PlannedRow {
  readonly topic: string;
  readonly planned_at: string | null;
  /** Whether what is due is its start. */
  readonly starts: boolean;
}

/** What the list of work should say about a grant, from its record alone (invariant 17). */
export function plannedRow(record: GrantRecord): PlannedRow {
  return {
    topic: grantTopic(record.id),
    planned_at: nextDue(record)?.at ?? null,
    starts: record.state === 'scheduled',
  };
}

/**
 * Puts topics on the list of work, in the caller's transaction, as its last writes; `wakeWorkers` comes after it. All
 * rows are locked in the order of their topics, so that no two callers wait for each other. A topic that is being worked on
 * is due again afterwards; if a topic is wanted at several times, the earliest counts.
 */
export async function schedule(
  client: pg.ClientBase,
  wanted: readonly Wanted[],
  planned: readonly PlannedRow[] = [],
): Promise<void> {
  const rows = new Map<string, Wanted>();
  for (const { topic } of planned) rows.set(topic, { topic, wanted_at: null });
  for (const row of wanted) rows.set(row.topic, row);
  if (rows.size === 0) return;
  await client.query(WANT, [JSON.stringify([...rows.values()])]);
  if (planned.length > 0) {
    await client.query(PLAN, [JSON.stringify(planned)]);
    await client.query(FORGET, [planned.map(({ topic }) => topic)]);
  }
}

const WANT = `
INSERT INTO daypass.work AS w (topic, wanted_at)
SELECT topic, wanted_at
FROM json_to_recordset($1) AS r(topic text, wanted_at timestamptz) ORDER BY topic
ON CONFLICT (topic) DO UPDATE SET
  wanted_at = CASE WHEN w.taken_by IS NULL
    THEN LEAST(w.wanted_at, excluded.wanted_at) ELSE w.wanted_at END,
  again_at = CASE WHEN w.taken_by IS NULL
    THEN w.again_at ELSE LEAST(w.again_at, excluded.wanted_at) END,
  version = w.version + 1`;

const PLAN = `
UPDATE daypass.work w SET planned_at = r.planned_at, starts = r.starts
FROM json_to_recordset($1) AS r(topic text, planned_at timestamptz, starts boolean)
WHERE w.topic = r.topic`;

const FORGET = `
DELETE FROM daypass.work
WHERE topic = ANY ($1) AND due_at IS NULL AND taken_by IS NULL`;
