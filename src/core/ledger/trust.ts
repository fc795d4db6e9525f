import { taken, type Change } from '../change/change.js';
import type { NewEntry, PolicyDigests, Source } from './events.js';
import { begun, ENDABLE_STATES, type GrantRecord } from '../grant/record.js';
import type { ApproverIds } from '../policy/approvers.js';
import type { PathChange } from '../change/snapshot.js';
import { endEarly } from './early/end.js';
import { noLongerAsks, rewindowed } from './taken-away.js';

/** What is trusted: GitHub's current ids, the tip, the policy of the tip with its approvers, and the grant files there. */
export interface Trusting {
  readonly source: Source;
  readonly tip: string;
  readonly policy: PolicyDigests;
  readonly approvers: ApproverIds;
  /** The grants of the ledger in `ENDABLE_STATES`. */
  readonly grants: readonly GrantRecord[];
  /** Those of their files that exist at the tip. */
  readonly files: readonly Pick<PathChange, 'path' | 'after'>[];
  readonly now: Date;
}

/** What trusting a tip does to a grant. */
export interface TakenBack {
  readonly record: GrantRecord;
  /** What its file takes from it; null where the file is gone. */
  readonly change: Change | null;
  readonly becomes: 'ended' | 'withdrawn' | 'narrowed';
}

/**
 * The grants that are not ending yet although their file is gone from the tip or takes something from them, because the
 * endings of a step were held or because a step landed unseen.
 */
export function takenBack({ grants, files, now }: Trusting): readonly TakenBack[] {
  const atTip = new Map(files.map((file) => [file.path, file]));
  return grants.flatMap((record): readonly TakenBack[] => {
    if (!ENDABLE_STATES.includes(record.state) || record.revoked_by !== null) return [];
    const file = atTip.get(record.declared.path);
    const change = file && record.state !== 'requested' ? taken(file, record, now) : null;
    if (file && !change) return [];
    const ends = begun(record.state) ? 'ended' : 'withdrawn';
    return [{ record, change, becomes: change?.kind === 'narrowed' ? 'narrowed' : ends }];
  });
}

/**
 * The entries that accept a tip as the new baseline (invariants 1, 10). They record the source, the step and the policy
 * again and take what the files take from grants. Nothing else that landed unseen gives anything.
 */
export function trusting(of: Trusting): readonly NewEntry[] {
  const { source, tip: step, policy, approvers } = of;
  const body = { source, step, policy, approvers };
  return [
    { kind: 'ledger.started', grant: null, pull_request: null, body },
    ...takenBack(of).map((one) => entryOf(one, step)),
  ];
}

function entryOf({ record, change, becomes }: TakenBack, tip: string): NewEntry {
  const { pull_request } = record;
  if (change && becomes === 'narrowed') {
    const step = { commit: tip, pull_request };
    return rewindowed({ step, by: null }, change, record, 'grant.narrowed');
  }
  const what = change ? 'its file asks for something else' : 'its file is missing';
  const why = `${what} in ${tip.slice(0, 12)}, the baseline that daypass trust recorded`;
  return endEarly(record, { why, who: null, reasons: noLongerAsks(why) });
}
