import type pg from 'pg';
import type { Ledger, Shown } from '../../../ports.js';

export async function readShown(pool: pg.Pool, pull_request: number): Promise<Shown> {
  const { rows } = await pool.query<Shown>(
    `SELECT "check", passed, seen, requested, comment_id, comment, listed, touches_nothing
     FROM daypass.shown WHERE pull_request = $1`,
    [pull_request],
  );
  return rows[0] ?? UNSHOWN;
}

/** Sets the given columns and leaves the others. */
export async function writeShown(
  pool: pg.Pool,
  pull_request: number,
  news: Parameters<Ledger['show']>[1],
): Promise<void> {
  await pool.query(SHOW, [pull_request, JSON.stringify(news)]);
}

/** Keeps which pull requests are open, and forgets what was seen of those that no longer are. */
export async function keepListed(pool: pg.Pool, open: readonly number[]): Promise<void> {
  await pool.query(LIST, [open]);
}

const UNSHOWN: Shown = {
  check: null,
  passed: null,
  seen: null,
  requested: null,
  comment_id: null,
  comment: null,
  listed: false,
  touches_nothing: false,
};

const SHOW = `
INSERT INTO daypass.shown AS s
  (pull_request, "check", passed, seen, requested, comment_id, comment, touches_nothing)
SELECT $1::integer, "check", passed, seen, requested, comment_id, comment,
  COALESCE(touches_nothing, false)
FROM json_populate_record(NULL::daypass.shown, $2)
ON CONFLICT (pull_request) DO UPDATE SET
  "check" = CASE WHEN $2::jsonb ? 'check' THEN excluded."check" ELSE s."check" END,
  passed = CASE WHEN $2::jsonb ? 'passed' THEN excluded.passed ELSE s.passed END,
  seen = CASE WHEN $2::jsonb ? 'seen' THEN excluded.seen ELSE s.seen END,
  requested = CASE WHEN $2::jsonb ? 'requested' THEN excluded.requested ELSE s.requested END,
  comment_id = CASE WHEN $2::jsonb ? 'comment_id' THEN excluded.comment_id ELSE s.comment_id END,
  comment = CASE WHEN $2::jsonb ? 'comment' THEN excluded.comment ELSE s.comment END,
  touches_nothing = CASE WHEN $2::jsonb ? 'touches_nothing'
    THEN excluded.touches_nothing ELSE s.touches_nothing END`;

/** Rows are locked in one order, so that no two callers wait for each other. */
const LIST = `
WITH closed AS (
  SELECT pull_request FROM daypass.shown WHERE listed AND pull_request <> ALL ($1::integer[])
  ORDER BY pull_request FOR UPDATE),
forgotten AS (
  UPDATE daypass.shown
  SET listed = false, touches_nothing = false, seen = NULL, "check" = NULL, passed = NULL
  WHERE pull_request IN (SELECT pull_request FROM closed))
INSERT INTO daypass.shown AS s (pull_request, listed)
SELECT number, true FROM unnest($1::integer[]) AS number ORDER BY number
ON CONFLICT (pull_request) DO UPDATE SET listed = true WHERE NOT s.listed`;
