import type pg from 'pg';
import type { GrantRecord } from '../../../core/grant/record.js';
import type { Counts, Ledger, TargetName } from '../../../ports.js';
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
  where((place) => `path = ANY (${place})`, filter.paths);
  where((place) => `pull_request = ${place}`, filter.pull_request);
  where((place) => `subject_id = ${place}`, filter.subject);
  where((place) => `ended_at > ${place}`, filter.ended_after);
  where((place) => `position(${place} in lower(record)) > 0`, loginIn(filter));
  const clause = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return {
    text: `SELECT record FROM daypass.grants ${clause} ORDER BY landed_at, id`,
    values,
  };
}

/** What the text of a record contains for a login. The database parses none, so a broken record hides no other. */
function loginIn({ login }: Filter): string | undefined {
  return login === undefined ? undefined : `"login":${JSON.stringify(login.toLowerCase())}`;
}

/** Of records in which a login occurs, those whose subject has it; all where no login is asked for. */
export function ofLogin(
  records: readonly GrantRecord[],
  login: string | undefined,
): readonly GrantRecord[] {
  const asked = login?.toLowerCase();
  return records.filter(
    ({ subject }) => asked === undefined || subject.login.toLowerCase() === asked,
  );
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

/** The grants that have changed after an entry, the longest unchanged first. */
export async function changedSince(
  pool: pg.Pool,
  version: number,
): Promise<readonly GrantRecord[]> {
  const { rows } = await pool.query<{ record: string }>(
    'SELECT record FROM daypass.grants WHERE version > $1 ORDER BY version LIMIT 1000',
    [version],
  );
  return rows.map(recordOf);
}

/** The grants of each subject that have not begun. */
export async function scheduledFor(
  pool: pg.Pool,
  subjects: readonly number[],
): Promise<readonly (readonly GrantRecord[])[]> {
  const { rows } = await pool.query<{ subject_id: number; record: string }>(
    `SELECT subject_id, record FROM daypass.grants
     WHERE state = 'scheduled' AND subject_id = ANY ($1) ORDER BY landed_at, id`,
    [subjects],
  );
  const found = new Map<number, GrantRecord[]>();
  for (const row of rows) {
    const records = found.get(row.subject_id) ?? [];
    found.set(row.subject_id, [...records, recordOf(row)]);
  }
  return subjects.map((subject) => found.get(subject) ?? []);
}

/** Runs at each scrape of metrics and look at readiness, so each part goes over an index of its own. */
export async function countGrants(pool: pg.Pool, now: Date): Promise<Counts> {
  const { rows } = await pool.query<Counts>(COUNTS, [now.toISOString()]);
  return rows[0] ?? { live: 0, overdue: 0, one_overdue: null };
}

/** The same as `isOverdue`. */
const COUNTS = `
WITH late AS (
  SELECT id FROM daypass.grants
  WHERE state IN ('activating', 'active') AND daypass.ends_of(record) <= $1
  UNION SELECT id FROM daypass.grants WHERE overdue AND state IN ('activating', 'active'))
SELECT (
    SELECT count(*)::integer FROM daypass.grants WHERE state IN ('activating', 'active')) AS live,
  count(*)::integer AS overdue, min(id) AS one_overdue
FROM late`;

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

/** The targets of all grants whose access exists or is being made. */
export async function targetsInUse(pool: pg.Pool): Promise<readonly TargetName[]> {
  const { rows } = await pool.query<TargetName>(
    `SELECT DISTINCT provider, target FROM daypass.grants
     WHERE state IN ('activating', 'active') AND provider IS NOT NULL AND target IS NOT NULL`,
  );
  return rows;
}
