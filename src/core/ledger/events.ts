import type { RecordedDecision } from '../decision/decision.js';
import type { Grounds } from '../decision/grounds.js';
import type { Entitled } from '../grant/effect.js';
import type { PolicyAnswer, PolicyInput } from '../decision/facts.js';
import type { DeclaredGrant, Words } from '../grant/grant.js';
import type { ApproverIds } from '../policy/approvers.js';
import type { FoundFamily } from '../policy/power.js';
import type { KnownCases } from '../decision/policy-change.js';
import type { Problem } from '../reading/problem.js';
import type { Reason, Recorded } from '../reading/reason.js';
import type { SeenReview } from '../decision/seen-review.js';
import type { DeclaredWindow, NewEnd, Window } from '../grant/window.js';
import type { Holding, Who } from '../grant/record.js';
import type { UseBodies } from '../grant/use-bodies.js';
import type { RequestBodies, RequestedFor } from '../grant/requested.js';

/** What a policy in force is made of (invariant 23). */
export interface PolicyDigests {
  /** Git tree id of `policies/`. */
  readonly tree: string;
  readonly data: string;
  readonly wasm: string;
  readonly compiler: string;
  /** The version of the data file reader behind `data`; the first where it is missing. */
  readonly reader?: number;
}

/** The ids that say which repository is the source of truth (invariant 10). */
export interface Source {
  readonly installation_id: number;
  readonly owner_id: number;
  readonly repository_id: number;
  readonly default_branch: string;
}

/** A grant as it landed. Everything that activation and ending need is in here or in its intent. */
export interface LandedGrant {
  readonly declared: Omit<DeclaredGrant, 'lines'>;
  readonly subject: Who;
  readonly requester: Who | null;
  readonly entitled: Entitled | null;
  readonly digest: string | null;
  readonly commit: string;
  readonly parent: string;
  /** It was decided about a member of the organisation; missing where it was not, and in older entries. */
  readonly member?: true;
}

/**
 * Why a grant ends before its time. `who` is a person whom GitHub named. `claimed_by` is the name that an operator's
 * command was run under, which nothing proves; missing where no command ended it.
 */
export interface EarlyEnd {
  readonly why: string;
  readonly who: Who | null;
  readonly reasons?: Reason[];
  readonly claimed_by?: string;
}

/** When a decision is made, one of the four moments (invariant 7). Decisions at use are not recorded here. */
export type DecisionMoment = 'pull_request' | 'step' | 'activation';

/** The question that the policy was asked, its answer, and what that was about (invariant 23). */
export interface Replay {
  readonly input: PolicyInput;
  readonly answer: PolicyAnswer;
  readonly policy: PolicyDigests;
  readonly reviews: readonly SeenReview[];
  /** Who was in which team, in entries from before there were `grounds`. */
  readonly members?: Readonly<Record<string, readonly number[]>>;
  /** The teams that its grants may be for, if there are any. */
  readonly families?: Readonly<Record<string, FoundFamily>>;
}

/**
 * The bodies of ledger entries by kind. Grant events say what happened to one grant, and their fold is its record. A
 * kind or field, once written, keeps its meaning for ever. `reasons` says the same as `why`, `ignored` and `error`, with
 * codes; entries from before these had codes lack it.
 */
export interface Bodies extends UseBodies, RequestBodies {
  /**
   * `approvers`: who the approvers of the policy are (invariant 6); entries from before that was recorded lack it. `why`
   * and `claimed_by` are an operator's own words, as in `EarlyEnd`; first start has neither.
   */
  'ledger.started': {
    source: Source;
    step: string;
    policy: PolicyDigests;
    approvers?: ApproverIds;
    why?: string;
    claimed_by?: string;
  };
  'source.differs': { found: Partial<Source>; why: string; reasons?: Reason[] };
  /** Another tree came into force. The `policy.judged` of the same step approved it (invariant 1). */
  'policy.in_force': {
    policy: PolicyDigests;
    from: string;
    digest: string;
    approvers?: ApproverIds;
  };
  /** The approvers of a policy that came into force before they were recorded, as they were when this was written. */
  'policy.approvers': { tree: string; approvers: ApproverIds };
  'policy.judged': {
    moment: Exclude<DecisionMoment, 'activation'>;
    from: string;
    to: string | null;
    digest: string;
    head: string;
    /** Paths that differ from the tree in force. */
    files: string[];
    decision: RecordedDecision;
    problems: Recorded<readonly Problem[]>;
    tests_passed: number | null;
    known: KnownCases;
    /** What was recorded of the approvals, and everything else that it was decided on (invariant 23). */
    reviews: SeenReview[];
    grounds?: Grounds;
    /** Who was in which team, in entries from before there were `grounds`. */
    members?: Readonly<Record<string, readonly number[]>>;
  };
  'step.landed': {
    commit: string;
    parent: string;
    pull_request: number | null;
    by: Who | null;
    /** What in the step does not take effect, in words. */
    ignored: string[];
    reasons?: Reason[];
  };
  'review.seen': SeenReview;
  'decision.made': {
    moment: DecisionMoment;
    path: string;
    digest: string;
    head: string;
    decision: RecordedDecision;
    /** The digest of the access alone, without its words; missing where `digest` is of the first version. */
    access?: string;
    /** Null where policy did not answer, or was not asked because nothing but words changed. */
    replay: Replay | null;
    /** What was asked of a policy that did not answer. */
    unanswered?: Pick<Replay, 'input' | 'policy'>;
    /** Everything else that it was decided on (invariant 23); entries of earlier cores lack it. */
    grounds?: Grounds;
    /** By which record a person requested it, and not the requests App; missing for none. */
    requested?: RequestedFor;
  };
  /**
   * `activate_within_seconds` and `ending_soon_seconds` are frozen from the settings in force at the step
   * (invariant 12); entries from before `ending_soon` existed lack it. `merged_at` is when its pull request was merged,
   * in UTC; without it, the landing counts. `unreviewed` is whether nobody had to review it; older entries lack it.
   */
  'grant.approved': LandedGrant & {
    window: DeclaredWindow;
    activate_within_seconds: number;
    ending_soon_seconds?: number;
    merged_at?: string;
    unreviewed?: boolean;
  };
  'grant.quarantined': LandedGrant & { window: DeclaredWindow; why: string[]; reasons?: Reason[] };
  /** Without `unreviewed` the grant stays as it was in that. */
  'grant.extended': NewEnd & { unreviewed?: boolean };
  'grant.narrowed': NewEnd & { scope: DeclaredGrant['scope'] };
  /** Its file has other words for the same access. Those that it was approved with stay where they were recorded. */
  'grant.reworded': Words & { who: Who | null; digest: string };
  /** An early end was requested; access has yet to be taken away. */
  'grant.ending': EarlyEnd;
  /** Ended before any access existed. */
  'grant.withdrawn': EarlyEnd;
  /** It would end early, but so would those of too many people. Released: it no longer would. */
  'grant.end_held': { why: string; reasons: Reason[] };
  'grant.end_released': { why: string };
  /** For an intent without an outcome in time, also what is still there, the same as in `grant.expired`. */
  'grant.lapsed': { why: string; reasons?: Reason[]; observed?: Holding[]; gained?: string[] };
  'grant.refused': { why: string[]; reasons?: Reason[] };
  /**
   * The intent, written before the first call of an activation (invariant 21). `pin` is what the slot's names stood for;
   * entries from before pins existed, and of providers whose names are ids, lack it. `leftovers` is what Daypass's own
   * login had given and nothing explained: it is not part of the baseline and ends with this grant (invariant 15).
   * `rights` is what the identity itself had there, where the target can say.
   */
  'grant.activating': {
    window: Window;
    fingerprint: string;
    pin?: string;
    entitled: Entitled;
    baseline: Holding[];
    leftovers?: Holding[];
    rights?: string[];
  };
  'grant.activated': { observed: Holding[]; late_ms: number };
  /** It was announced that its end is near, once for each end that it has had. */
  'grant.ending_soon': { ends_at: string };
  /** One attempt failed; the next is at `retry_at`. `ending` is true for a failed end and false for a failed start. */
  'grant.attempt_failed': {
    ending: boolean;
    error: string;
    reasons?: Reason[];
    lasting: boolean;
    retry_at: string;
  };
  /** `why` is what kept the first attempt from ending it; entries from before reasons had codes lack it. */
  'grant.overdue': { due_at: string; why?: string; reasons?: Reason[] };
  /**
   * Seen to be gone after its own end, or after somebody ended it (invariant 14). `observed` is what is still there and
   * explained by something else; `gained` is what the identity itself has there now and did not have before.
   */
  'grant.expired': { observed: Holding[]; late_ms: number; gained?: string[] };
  'grant.revoked': EarlyEnd & { observed: Holding[]; late_ms: number; gained?: string[] };
  /**
   * A worker took the access of a grant that was past its end while the ledger did not answer, by what it had kept of the
   * grant, and wrote this when the ledger was back (invariant 21). `observed` is what it then saw on the slot. With
   * `instead_of`, the id of that grant, it is about another live grant on the slot, whose access may have gone too. The
   * proof of the end is still the entry that ends the grant.
   */
  'grant.taken_away': {
    seen_at: string;
    due_at: string;
    late_ms: number;
    by: string;
    observed: Holding[];
    instead_of?: string;
  };
  /** `baseline` is what remains of the one in the intent, where others took away some of it (invariant 15). */
  'drift.seen': { slot: string; drift: string[]; observed: Holding[]; baseline?: Holding[] };
}

export type EntryKind = keyof Bodies;

/** An entry to be written. `grant` is set on grant events, `pull_request` where the entry belongs to one. */
export type NewEntry = {
  [K in EntryKind]: {
    readonly kind: K;
    readonly grant: string | null;
    readonly pull_request: number | null;
    readonly body: Bodies[K];
  };
}[EntryKind];

/**
 * A written entry. `hash` is SHA-256 in hex over the canonical JSON (RFC 8785) of
 * `{seq, at, kind, grant, pull_request, body, previous}`; `previous` is the hash of the entry before,
 * 64 zeros for the first (invariant 22).
 */
export type Entry = NewEntry & {
  readonly seq: number;
  readonly at: string;
  readonly previous: string;
  readonly hash: string;
};
