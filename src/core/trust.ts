import type { NewEntry, PolicyDigests, Source } from './ledger/events.js';
import { begun, LIVE_STATES, type GrantRecord, type GrantState } from './ledger/record.js';

/** The grants that may have to be taken back when a tip is trusted: quarantined and live. */
export const TRUSTED_STATES: readonly GrantState[] = ['requested', ...LIVE_STATES];

/** What is trusted: the ids as GitHub gives them now, the tip, the policy of the tip, and what stands there. */
export interface Trusting {
  readonly source: Source;
  readonly tip: string;
  readonly policy: PolicyDigests;
  /** The grants of the ledger in `TRUSTED_STATES`. */
  readonly grants: readonly GrantRecord[];
  /** Every path below `access-grants/` at the tip. */
  readonly paths: readonly string[];
}

/** The grants whose file is gone from the tip and that are not ending already. */
export function goneFrom({ grants, paths }: Trusting): readonly GrantRecord[] {
  const standing = new Set(paths);
  return grants.filter(
    ({ state, declared, revoked_by }) =>
      TRUSTED_STATES.includes(state) && revoked_by === null && !standing.has(declared.path),
  );
}

/**
 * The entries by which a tip is trusted (invariants 1, 10): the source, the step and the policy are recorded
 * again, grants whose file is gone are taken back, and nothing else that landed unseen gives anything.
 */
export function trusting(of: Trusting): readonly NewEntry[] {
  const { source, tip: step, policy } = of;
  const why = `its file is not in ${step.slice(0, 12)}, which daypass trust recorded`;
  return [
    { kind: 'ledger.started', grant: null, pull_request: null, body: { source, step, policy } },
    ...goneFrom(of).map((record): NewEntry => ({
      kind: begun(record.state) ? 'grant.ending' : 'grant.withdrawn',
      grant: record.id,
      pull_request: record.pull_request,
      body: { why, who: null },
    })),
  ];
}
