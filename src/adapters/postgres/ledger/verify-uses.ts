import type pg from 'pg';
import type { Bodies, Entry } from '../../../core/ledger/events.js';
import { digestOfUses, useOfText } from '../../../core/use/use-row.js';

/** What entries say of the batches of decided uses. */
export interface RecordedUses {
  see(entry: Entry): void;
  /** The batches whose rows must be there, each with the entry that recorded it. */
  batches(): readonly (Bodies['uses.recorded'] & { readonly seq: number })[];
  /** The first batch that was recorded a second time, and by which entry; null for none. */
  twice(): { readonly batch: number; readonly seq: number } | null;
}

export function createRecordedUses(): RecordedUses {
  const found = new Map<number, Bodies['uses.recorded'] & { readonly seq: number }>();
  const ever = new Set<number>();
  const again: { readonly batch: number; readonly seq: number }[] = [];
  return {
    see: (entry) => {
      if (entry.kind === 'uses.recorded') {
        const { batch } = entry.body;
        if (ever.has(batch)) again.push({ batch, seq: entry.seq });
        else found.set(batch, { ...entry.body, seq: entry.seq });
        ever.add(batch);
      }
      if (entry.kind !== 'uses.forgotten') return;
      for (const batch of found.keys()) if (batch <= entry.body.up_to) found.delete(batch);
    },
    batches: () => [...found.values()],
    twice: () => again[0] ?? null,
  };
}

interface StoredUse {
  readonly body: string;
  readonly at: string;
  readonly subject_id: number | null;
  readonly allowed: boolean;
}

/** The first batch whose rows are not those that its entry recorded, or are not found as what they say; null for none. */
export async function usesDiffer(
  client: pg.ClientBase,
  recorded: RecordedUses,
): Promise<{ readonly seq: number; readonly why: string } | null> {
  const twice = recorded.twice();
  if (twice)
    return { seq: twice.seq, why: `entry ${twice.seq} records batch ${twice.batch} a second time` };
  for (const { batch, count, digest, seq } of recorded.batches()) {
    const { rows } = await client.query<StoredUse>(
      'SELECT body, at, subject_id, allowed FROM daypass.uses WHERE batch = $1 ORDER BY seq',
      [batch],
    );
    const of = `the ${count} uses of batch ${batch}, which entry ${seq} recorded`;
    if (rows.length !== count) return { seq, why: `${rows.length} are there of ${of}` };
    if (digestOfUses(rows.map(({ body }) => body)) !== digest || !rows.every(isFoundAsItIs))
      return { seq, why: `something was altered in ${of}` };
  }
  return null;
}

/** Whether the columns that a row is found by say what it says; of one that nobody can read nothing is said. */
function isFoundAsItIs({ body, at, subject_id, allowed }: StoredUse): boolean {
  const use = useOfText(body);
  return (
    use === null ||
    (Date.parse(use.at) === Date.parse(at) &&
      use.subject_id === subject_id &&
      use.allowed === allowed)
  );
}
