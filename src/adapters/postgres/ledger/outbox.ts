import type pg from 'pg';
import type { Outcome } from '../../../core/decision/decision.js';
import { TOLD, type Tellable } from '../../../core/events/event.js';
import type { Entry } from '../../../core/ledger/events.js';
import { fold, isGrantEntry } from '../../../core/ledger/fold.js';
import type { GrantRecord } from '../../../core/grant/record.js';
import type { Cursor, Outbox } from '../../../ports.js';
import { ENTRY_COLUMNS, entryOf, type EntryRow } from './rows.js';

/** The cursor of events out over the ledger, as a row. */
export function createOutbox(pool: pg.Pool): Outbox {
  const moved = async (statement: string, values: readonly unknown[]) => {
    const { rowCount } = await pool.query(statement, [...values]);
    return rowCount === 1;
  };
  return {
    begin: async () => void (await pool.query(BEGIN)),

    cursor: async () => {
      const { rows } = await pool.query<Cursor>(CURSOR);
      if (!rows[0]) throw new Error('Events out have not begun');
      return rows[0];
    },

    after: async (seq, head, limit) => {
      const { rows } = await pool.query<ToldRow>(AFTER, [seq, head, TOLD, limit]);
      const told: Tellable[] = [];
      for (const row of rows) {
        const entry = entryOf(row);
        told.push({ entry, before: row.before, grant: await grantAt(pool, entry) });
      }
      return told;
    },

    move: (from, to) => moved(MOVE, [from, to]),
    failed: (from, why, retry_at) => moved(FAILED, [from, why, retry_at]),
    pause: (from, why) => moved(PAUSE, [from, why]),
  };
}

type ToldRow = EntryRow & { readonly before: Outcome | null };

/** The grant right after one of its entries: the fold of its entries up to there, so it is always the same. */
async function grantAt(pool: pg.Pool, entry: Entry): Promise<GrantRecord | null> {
  if (!isGrantEntry(entry)) return null;
  const { rows } = await pool.query<EntryRow>(STORY, [entry.grant, entry.seq]);
  return rows.map(entryOf).reduce<GrantRecord | null>(fold, null);
}

const BEGIN = `
INSERT INTO daypass.events_out AS o (seq) SELECT seq FROM daypass.head
ON CONFLICT (one) DO UPDATE SET paused = false`;

const CURSOR = `
SELECT o.seq, o.failures, o.retry_at, o.paused, h.seq AS head
FROM daypass.events_out o, daypass.head h`;

const AFTER = `
SELECT ${ENTRY_COLUMNS}, (
  SELECT p.body::json #>> '{decision,outcome}' FROM daypass.entries p
  WHERE e.kind = 'decision.made' AND p.kind = e.kind AND p.pull_request = e.pull_request
    AND p.seq < e.seq AND p.body::json ->> 'moment' = e.body::json ->> 'moment'
    AND p.body::json ->> 'digest' = e.body::json ->> 'digest'
  ORDER BY p.seq DESC LIMIT 1) AS before
FROM daypass.entries e WHERE seq > $1 AND seq <= $2 AND kind = ANY ($3) ORDER BY seq LIMIT $4`;

/** Failed tries may be many, and change nothing that events contain. */
const STORY = `
SELECT ${ENTRY_COLUMNS} FROM daypass.entries
WHERE grant_id = $1 AND seq <= $2 AND kind LIKE 'grant.%' AND kind <> 'grant.attempt_failed'
ORDER BY seq`;

const MOVE = `
UPDATE daypass.events_out SET seq = $2, failures = 0, retry_at = NULL, last_error = NULL
WHERE seq = $1`;

const FAILED = `
UPDATE daypass.events_out SET failures = failures + 1, last_error = $2, retry_at = $3
WHERE seq = $1`;

const PAUSE = `UPDATE daypass.events_out SET paused = true, last_error = $2 WHERE seq = $1`;
