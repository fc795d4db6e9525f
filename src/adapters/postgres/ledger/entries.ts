import type pg from 'pg';
import type { Entry } from '../../../core/ledger/events.js';
import type { Ledger } from '../../../ports.js';
import { ENTRY_COLUMNS, entryOf, type EntryRow } from './rows.js';

/** The entries that match a filter, oldest first. */
export async function entriesOf(
  pool: pg.Pool,
  filter: Parameters<Ledger['entries']>[0],
): Promise<readonly Entry[]> {
  const { grant, grants, pull_request, after, limit } = filter;
  const ids = grants ?? (grant === undefined ? null : [grant]);
  const { rows } = await pool.query<EntryRow>(
    `SELECT ${ENTRY_COLUMNS} FROM daypass.entries
     WHERE seq > $1 AND ($2::text[] IS NULL OR grant_id = ANY ($2))
       AND ($3::integer IS NULL OR pull_request = $3)
     ORDER BY seq LIMIT $4`,
    [after ?? 0, ids, pull_request ?? null, limit],
  );
  return rows.map(entryOf);
}

/**
 * The grants whose access may have existed at a moment. An end that follows a later entry of its grant counts as later
 * too, even if its own timestamp is earlier.
 */
export async function begunAt(pool: pg.Pool, at: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ grant_id: string }>(BEGUN_AT, [at]);
  return rows.map(({ grant_id }) => grant_id);
}

const BEGUN_AT = `
SELECT begun.grant_id FROM daypass.entries AS begun
WHERE begun.kind = 'grant.activating' AND begun.at <= $1 AND NOT EXISTS (
  SELECT FROM daypass.entries AS over
  WHERE over.grant_id = begun.grant_id AND over.at <= $1
    AND over.kind IN ('grant.expired', 'grant.revoked', 'grant.lapsed') AND NOT EXISTS (
      SELECT FROM daypass.entries AS later
      WHERE later.grant_id = over.grant_id AND later.seq < over.seq AND later.at > $1))
ORDER BY begun.grant_id`;

export async function landedAs(pool: pg.Pool, path: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ grant_id: string }>(
    `SELECT grant_id FROM daypass.entries
     WHERE kind IN ('grant.approved', 'grant.quarantined') AND grant_id IS NOT NULL
       AND body::json #>> '{declared,path}' = $1 ORDER BY seq`,
    [path],
  );
  return rows.map(({ grant_id }) => grant_id);
}
