import type pg from 'pg';
import type { Broken } from '../../../core/ledger/broken.js';
import { GENESIS, type ChainHead } from '../../../core/ledger/chain.js';
import { ImpossibleEntry } from '../../../core/ledger/fold.js';
import { searchHeads, type KeptHead } from '../../../core/ledger/kept-head.js';
import { createRefold, type RecordedPolicy } from '../../../core/ledger/refold.js';
import { grantsDiffer, plansDiffer, type Differs } from './verify-grants.js';
import { createRecordedUses, usesDiffer } from './verify-uses.js';
import { inSnapshot, verifyEntries } from './verify.js';

/** A verified chain that contains the kept heads, and tables that agree with its entries. */
export interface LedgerHolds {
  readonly ok: true;
  readonly head: ChainHead;
  /** How many grants were compared. */
  readonly grants: number;
  /** The policies that were in force, by the entries; their archived trees are still to be compared. */
  readonly policies: readonly RecordedPolicy[];
}

/**
 * Verifies the ledger as it is at one moment (invariant 22): each entry, that the chain has every head that was kept
 * elsewhere, each row of `daypass.grants` against the fold of its entries, each due time, and the rows of decided uses. `now` is the database's.
 */
export function verifyLedger(
  pool: pg.Pool,
  heads: readonly KeptHead[],
  now: Date,
): Promise<LedgerHolds | Broken> {
  return inSnapshot(pool, async (client) => {
    const refold = createRefold();
    const search = searchHeads(heads, GENESIS);
    const uses = createRecordedUses();
    const impossible: Broken[] = [];
    const verified = await verifyEntries(client, (entry) => {
      search.see(entry);
      uses.see(entry);
      if (impossible.length > 0) return;
      try {
        refold.add(entry);
      } catch (error) {
        if (!(error instanceof ImpossibleEntry)) throw error;
        impossible.push(broken('entry', { seq: entry.seq, why: error.message }));
      }
    });
    if (!verified.ok) return broken('entry', verified);
    const missing = search.missing(verified.head);
    if (missing !== null) return broken('head', missing);
    if (impossible[0]) return impossible[0];
    const grant = await grantsDiffer(client, refold);
    if (grant !== null) return broken('grant', inWords('grant', grant));
    const plan = await plansDiffer(client, refold, now);
    if (plan !== null) return broken('due', inWords('the due time of grant', plan));
    const used = await usesDiffer(client, uses);
    if (used !== null) return broken('uses', used);
    return {
      ok: true,
      head: verified.head,
      grants: refold.live.size + refold.over.size,
      policies: [...refold.policies.values()],
    };
  });
}

const inWords = (of: string, { grant, why }: Differs) => ({
  id: grant,
  why: `${of} ${grant} is not what its entries say: ${why}`,
});

function broken(
  what: Broken['what'],
  { seq = null, id = null, why }: Pick<Broken, 'why'> & Partial<Pick<Broken, 'seq' | 'id'>>,
): Broken {
  return { ok: false, what, seq, id, why };
}
