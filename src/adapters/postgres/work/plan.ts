import type pg from 'pg';
import { transaction } from '../../../clients/postgres.js';
import type { GrantRecord } from '../../../core/grant/record.js';
import { grantTopic } from '../../../core/work/topic.js';
import { recordOf } from '../ledger/rows.js';
import { TAKEN } from './lanes.js';
import { plannedRow, schedule, type PlannedRow } from './schedule.js';

const AT_ONCE = 5_000;

const LIVE = "'scheduled', 'activating', 'active'";

/** Work on a grant is put off by at most a minute, unless its record says until when. */
const PUT_OFF = "interval '2 minutes'";

/**
 * Plans live grants whose row of work is missing, later than their records say, or in the wrong lane, from their
 * records (invariant 17); returns how many those were. With `all` false, only those that are due at `now`, which are
 * found by an index.
 */
export async function planGrants(pool: pg.Pool, now: Date, all: boolean): Promise<number> {
  let planned = 0;
  let after = '';
  for (;;) {
    const batch = await transaction(pool, async (client) => {
      const { rows } = await client.query<{ id: string; record: string }>(unplanned(all), [
        now.toISOString(),
        after,
        AT_ONCE,
      ]);
      const records = rows.map((row) => ({ id: row.id, record: recordOf(row) }));
      await schedule(
        client,
        [],
        records.map(({ id, record }) => planOf(id, record, now)),
      );
      return rows;
    });
    planned += batch.length;
    after = batch.at(-1)?.id ?? after;
    if (batch.length < AT_ONCE) return planned;
  }
}

/** A record that cannot be read keeps no other grant waiting: its own job says what is wrong with it. */
function planOf(id: string, record: GrantRecord, now: Date): PlannedRow {
  const at_once = { topic: grantTopic(id), planned_at: now.toISOString(), starts: false };
  try {
    const row = plannedRow(record);
    return record.id === id && row.planned_at !== null ? row : at_once;
  } catch {
    return at_once;
  }
}

/** Of a grant that is not due yet. */
const SOON_ENOUGH = `
        OR w.due_at <= g.ends_at OR w.due_at <= daypass.due_of(g.state, g.record)::timestamptz`;

/**
 * `$1` is the time, `$2` the id to go on after. What is due is found first, by its index: the inner query is a fence.
 * Where all are looked at, a record is read only if its row is later than the end. Grants are locked before rows of
 * work, as an append does it; one that is being written is planned by that. They are looked up by an array: for a join
 * the server may expect many rows, and read the whole table.
 */
const unplanned = (all: boolean) => `
WITH wrong AS MATERIALIZED (
  SELECT g.id FROM (
    SELECT id, state, record, ends_at FROM daypass.grants
    WHERE state IN (${LIVE}) ${all ? '' : 'AND daypass.due_of(state, record) <= $1'} OFFSET 0) g
  WHERE g.id > $2 AND NOT EXISTS (
    SELECT FROM daypass.work w
    WHERE w.topic = 'grant:' || g.id AND (w.starts IS FALSE OR g.state = 'scheduled')
      AND (${TAKEN} OR w.due_at <= $1::timestamptz + ${PUT_OFF} ${all ? SOON_ENOUGH : ''}))
  ORDER BY g.id LIMIT $3)
SELECT g.id, g.record FROM daypass.grants g
WHERE g.id = ANY (ARRAY(SELECT id FROM wrong)) AND g.state IN (${LIVE})
ORDER BY g.id FOR SHARE OF g SKIP LOCKED`;
