import type pg from 'pg';
import type { GrantRecord } from '../../../core/grant/record.js';
import type { Counts, Ledger } from '../../../ports.js';
import { recordOf } from './rows.js';

type Filter = Parameters<Ledger['grants']>[0];
export type SlotOf = Parameters<Ledger['onSlot']>[0];

/** The query for the grants that meet every given condition, in the order of landing. */
export function grantQuery(filter: Filter): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: (place: string) => string, value: unknown) => {
    if (value !== undefined) conditions.push(condition(`$${values.push(value)}`));
  };
  where((place) => `state = ANY (${place})`, filter.states);
  where((place) => `path = ${place}`, filter.path);
  where((place) => `pull_request = ${place}`, filter.pull_request);
  where((place) => `subject_id = ${place}`, filter.subject);
  where((place) => `ended_at > ${place}`, filter.ended_after);
  const clause = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return {
    text: `SELECT record FROM daypass.grants ${clause} ORDER BY landed_at, id`,
    values,
  };
}

/** The grant of each id; null if there is none. */
export async function grantsById(
  pool: pg.Pool,
  ids: readonly string[],
): Promise<readonly (GrantRecord | null)[]> {
  const { rows } = await pool.query<{ id: string; record: string }>(
    'SELECT id, record FROM daypass.grants WHERE id = ANY ($1)',
    [ids],
  );
  const found = new Map(rows.map((row) => [row.id, recordOf(row)]));
  return ids.map((id) => found.get(id) ?? null);
}

/** Runs at each scrape of metrics, so it reads no records. */
export async function countGrants(pool: pg.Pool): Promise<Counts> {
  const { rows } = await pool.query<Counts>(
    `SELECT count(*)::integer AS live, count(*) FILTER (WHERE overdue)::integer AS overdue,
       min(id) FILTER (WHERE overdue) AS one_overdue
     FROM daypass.grants WHERE state IN ('activating', 'active')`,
  );
  return rows[0] ?? { live: 0, overdue: 0, one_overdue: null };
}

/** The grants on each slot whose access exists or is being made. */
export async function grantsOnSlots(
  pool: pg.Pool,
  slots: readonly SlotOf[],
): Promise<readonly (readonly GrantRecord[])[]> {
  const { rows } = await pool.query<{ n: number; record: string }>(ON_SLOTS, [
    slots.map(({ provider }) => provider),
    slots.map(({ object }) => object),
    slots.map(({ identity }) => identity),
  ]);
  const found = slots.map((): GrantRecord[] => []);
  for (const row of rows) found[row.n - 1]?.push(recordOf(row));
  return found;
}

/** The inner query is a fence: it uses the index for each slot, regardless of the table's statistics. */
const ON_SLOTS = `
SELECT a.n::integer, g.record
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS a(provider, object, identity, n)
CROSS JOIN LATERAL (
  SELECT record FROM daypass.grants g
  WHERE g.provider = a.provider AND g.object = a.object AND g.identity = a.identity
    AND g.state IN ('activating', 'active')
  ORDER BY landed_at, id OFFSET 0) g
ORDER BY a.n`;
