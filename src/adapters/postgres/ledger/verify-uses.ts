import type pg from 'pg';
import type { Bodies, Entry } from '../../../core/ledger/events.js';
import { digestOfUses } from '../../../core/use/use-row.js';

/** What entries say of the batches of decided uses. */
export interface RecordedUses {
  see(entry: Entry): void;
  /** The batches whose rows must be there, each with the entry that recorded it. */
  batches(): readonly (Bodies['uses.recorded'] & { readonly seq: number })[];
}

export function createRecordedUses(): RecordedUses {
  const found = new Map<number, Bodies['uses.recorded'] & { readonly seq: number }>();
  return {
    see: (entry) => {
      if (entry.kind === 'uses.recorded')
        found.set(entry.body.batch, { ...entry.body, seq: entry.seq });
      if (entry.kind !== 'uses.forgotten') return;
      for (const batch of found.keys()) if (batch <= entry.body.up_to) found.delete(batch);
    },
    batches: () => [...found.values()],
  };
}

/** The first batch whose rows are not those that its entry recorded; null for none. */
export async function usesDiffer(
  client: pg.ClientBase,
  recorded: RecordedUses,
): Promise<{ readonly seq: number; readonly why: string } | null> {
  for (const { batch, count, digest, seq } of recorded.batches()) {
    const { rows } = await client.query<{ body: string }>(
      'SELECT body FROM daypass.uses WHERE batch = $1 ORDER BY seq',
      [batch],
    );
    const of = `the ${count} uses of batch ${batch}, which entry ${seq} recorded`;
    if (rows.length !== count) return { seq, why: `${rows.length} are there of ${of}` };
    if (digestOf(rows.map(({ body }) => body)) !== digest)
      return { seq, why: `something was altered in ${of}` };
  }
  return null;
}

function digestOf(bodies: readonly string[]): string | null {
  try {
    return digestOfUses(bodies.map((body) => JSON.parse(body) as object));
  } catch {
    return null;
  }
}
