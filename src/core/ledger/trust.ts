import { taken, type Change } from '../change/change.js';
import type { NewEntry, PolicyDigests, Source } from './events.js';
import { begun, ENDABLE_STATES, type GrantRecord } from '../grant/record.js';
import type { ApproverIds } from '../policy/approvers.js';
import type { PathChange } from '../change/snapshot.js';
import { hasLeft } from './early/departed.js';
import { endEarly } from './early/end.js';
import { narrowed, noLongerAsks } from './taken-away.js';

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

/** The name that `daypass trust` was run under, which nothing proves, and why, if that was said. */
export interface OperatorClaim {
  readonly because?: string | undefined;
  readonly claimed_by: string;
}

/** What trusting a tip does to a grant. */
export interface TakenBack {
  readonly record: GrantRecord;
  /** Whether its file is gone or asks for something else; null where only its held end is settled. */
  readonly file: 'gone' | 'changed' | null;
  /** What its file takes from it, if it does. */
  readonly change: Change | null;
  readonly becomes: 'ended' | 'withdrawn' | 'narrowed';
}

/**
 * The grants that are not ending yet although their file is gone from the tip or takes something from them, because the
 * endings of a step were held or because a step landed unseen; and those whose end is held because people have left.
 */
export function takenBack({ grants, files, now }: Trusting): readonly TakenBack[] {
  const atTip = new Map(files.map((file) => [file.path, file]));
  return grants.flatMap((record): readonly TakenBack[] => {
    if (!ENDABLE_STATES.includes(record.state) || record.revoked_by !== null) return [];
    const file = atTip.get(record.declared.path);
    const change = file && record.state !== 'requested' ? taken(file, record, now) : null;
    const ends = begun(record.state) ? 'ended' : 'withdrawn';
    if (!file) return [{ record, file: 'gone', change, becomes: ends }];
    if (record.end_held) return [{ record, file: null, change, becomes: ends }];
    if (!change) return [];
    const becomes = change.kind === 'narrowed' ? 'narrowed' : ends;
    return [{ record, file: 'changed', change, becomes }];
  });
}

/**
 * The entries that accept a tip as the new baseline (invariants 1, 10). They record the source, the step and the policy
 * again and take what the files take from grants. Nothing else that landed unseen gives anything.
 */
export function trusting(
  of: Trusting,
  { because: why, claimed_by }: OperatorClaim,
): readonly NewEntry[] {
  const { source, tip: step, policy, approvers } = of;
  const said = why === undefined ? { claimed_by } : { why, claimed_by };
  const body = { source, step, policy, approvers, ...said };
  return [
    { kind: 'ledger.started', grant: null, pull_request: null, body },
    ...takenBack(of).map((one) => entryOf(one, step, claimed_by)),
  ];
}

function entryOf(
  { record, file, change, becomes }: TakenBack,
  tip: string,
  claimed_by: string,
): NewEntry {
  const { pull_request, subject } = record;
  if (change && becomes === 'narrowed') {
    const step = { commit: tip, pull_request };
    return narrowed({ step, by: null }, { ...change, from: record });
  }
  if (file === null) {
    const why = `${hasLeft(subject)}; its end was held until daypass trust`;
    const reasons = [{ code: 'subject_left' as const, message: why }];
    return endEarly(record, { why, who: null, claimed_by, reasons });
  }
  const what = file === 'gone' ? 'its file is missing' : 'its file asks for something else';
  const why = `${what} in ${tip.slice(0, 12)}, the baseline that daypass trust recorded`;
  return endEarly(record, { why, who: null, claimed_by, reasons: noLongerAsks(why) });
}
