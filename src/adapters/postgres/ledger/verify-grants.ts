import type pg from 'pg';
import type { Entry } from '../../../core/ledger/events.js';
import { fold, isGrantEntry } from '../../../core/ledger/fold.js';
import { plannedDiffers, type PlannedWork } from '../../../core/ledger/planned.js';
import { recordDiffers, type Refold } from '../../../core/ledger/refold.js';
import type { GrantRecord } from '../../../core/grant/record.js';
import { canonical, fingerprint } from '../../../core/reading/canonical.js';
import { grantTopic } from '../../../core/work/topic.js';
import { ENTRY_COLUMNS, entryOf, grantRow, recordOf, type EntryRow } from './rows.js';

const PAGE = 1_000;

/** A grant whose row differs from what its entries give, and why. */
export interface Differs {
  readonly grant: string;
  readonly why: string;
}

type GrantRow = ReturnType<typeof grantRow>;

/**
 * Compares every row of `daypass.grants` with what the entries give. Returns the first that differs, in the order of
 * ids, then one that is missing; null if there is none.
 */
export async function grantsDiffer(
  client: pg.ClientBase,
  { live, over }: Refold,
): Promise<Differs | null> {
  const unseen = new Set([...live.keys(), ...over.keys()]);
  let after = '';
  for (;;) {
    const { rows } = await client.query<GrantRow>(
      `SELECT * FROM daypass.grants WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
      [after],
    );
    for (const row of rows) {
      const why = await rowDiffers(client, row, { live, over });
      if (why !== null) return { grant: row.id, why };
      unseen.delete(row.id);
    }
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PAGE) break;
  }
  const [missing] = unseen;
  return missing === undefined
    ? null
    : { grant: missing, why: 'entries mention it, but it has no row' };
}

async function rowDiffers(
  client: pg.ClientBase,
  row: GrantRow,
  { live, over }: Pick<Refold, 'live' | 'over'>,
): Promise<string | null> {
  let record: GrantRecord;
  try {
    record = recordOf(row);
  } catch {
    return 'its record is not JSON';
  }
  const column = columnDiffers(row, record);
  if (column !== null) return column;
  const folded = live.get(row.id);
  if (folded) return recordDiffers(record, folded);
  const was = over.get(row.id);
  if (was === undefined) return 'no entry mentions it';
  return was === fingerprint(record) ? null : recordDiffers(record, await refolded(client, row.id));
}

/** The columns beside a record serve to find it, and must agree with it. */
function columnDiffers(row: GrantRow, record: GrantRecord): string | null {
  const should = { ...grantRow(record), record: row.record };
  const columns = new Map<string, unknown>(Object.entries(row));
  for (const [name, value] of Object.entries(should)) {
    const [is, says] = [columns.get(name) ?? null, value].map(canonical);
    if (is !== says) return `its column ${name} is ${is ?? ''}, and its record says ${says ?? ''}`;
  }
  return null;
}

/** The record of one grant by its entries, which were verified. */
async function refolded(client: pg.ClientBase, grant: string): Promise<GrantRecord> {
  const { rows } = await client.query<EntryRow>(
    `SELECT ${ENTRY_COLUMNS} FROM daypass.entries WHERE grant_id = $1 ORDER BY seq`,
    [grant],
  );
  const entries: readonly Entry[] = rows.map(entryOf).filter(isGrantEntry);
  const record = entries.reduce<GrantRecord | null>(fold, null);
  if (record === null) throw new Error(`No entry mentions grant ${grant}`);
  return record;
}

/** The first grant whose due time is not what its record says, and why; null if there is none. */
export async function plansDiffer(
  client: pg.ClientBase,
  { live }: Pick<Refold, 'live'>,
  now: Date,
): Promise<Differs | null> {
  const { rows } = await client.query<PlannedWork & { readonly topic: string }>(
    `SELECT topic, due_at, starts FROM daypass.work WHERE topic LIKE 'grant:%'`,
  );
  const planned = new Map(rows.map((row) => [row.topic, row]));
  for (const record of live.values()) {
    const why = plannedDiffers(record, planned.get(grantTopic(record.id)) ?? null, now);
    if (why !== null) return { grant: record.id, why };
  }
  return null;
}
