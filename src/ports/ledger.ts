import type { IdentityUse } from '../core/change/change.js';
import type { Room } from '../core/decision/unreviewed.js';
import type { DecisionProcess } from '../core/grant/decision-process.js';
import type { PendingDecision } from '../core/ledger/pending.js';
import type { KnownCase } from '../core/decision/known-case.js';
import type { Bodies, Entry, NewEntry, PolicyDigests, Source } from '../core/ledger/events.js';
import type { GrantRecord, GrantState } from '../core/grant/record.js';
import type { SeenReview } from '../core/decision/seen-review.js';
import type { OpenPull } from '../core/change/snapshot.js';
import type { ApproverIds } from '../core/policy/approvers.js';
import type { Topic } from '../core/work/topic.js';
import type { PolicyTree } from './repository.js';
import type { TargetName } from './target-name.js';

/** The ledger's own state. */
export interface LedgerState {
  /** Null until first start is done (invariant 1). */
  readonly started: { readonly source: Source } | null;
  readonly last_step: string | null;
  readonly policy: PolicyDigests | null;
  /** Who its approvers are (invariant 6); null where that was not recorded yet. */
  readonly approvers: ApproverIds | null;
  /** Why activation is paused: the newest `source.differs` after the newest `ledger.started` (invariant 10). */
  readonly stopped: Bodies['source.differs'] | null;
  readonly head: { readonly seq: number; readonly hash: string };
}

/** What must still hold for entries to be written; otherwise `Conflict` is thrown and nothing is written. */
export interface Expect {
  /** Grant id → version of its record; 0 for a grant that must not exist yet. */
  readonly grants?: Readonly<Record<string, number>>;
  readonly last_step?: string | null;
  /** A grant that nobody reviewed begins: refused with a `TargetFault` where the limits leave no room for it. */
  readonly room?: Room;
}

/** What a pull request last showed on GitHub, so that nothing is written when nothing changed. Work, not record. */
export interface Shown {
  readonly check: string | null;
  /** The head for which its own check was the last one written and a success; null if it was not. */
  readonly passed: string | null;
  /** The pull request's head and time of change when it was last judged. */
  readonly seen: string | null;
  readonly requested: string | null;
  readonly comment_id: number | null;
  readonly comment: string | null;
  /** Whether it was in the list of open pull requests when that was last read. */
  readonly listed: boolean;
  /** Whether its head, as last judged, touches neither folder. */
  readonly touches_nothing: boolean;
}

export interface Counts {
  readonly live: number;
  readonly overdue: number;
  readonly one_overdue: string | null;
}

/** The durable record. Its rows are the truth; a queue only wakes workers. */
export interface Ledger {
  state(): Promise<LedgerState>;
  /**
   * Writes entries in one transaction: chained, folded into grant records, with each touched grant's next
   * due time as a row of work. `files` archives a policy tree beside them.
   */
  append(
    now: Date,
    entries: readonly NewEntry[],
    options?: {
      readonly expect?: Expect;
      readonly archive?: PolicyTree;
      readonly want?: readonly Topic[];
    },
  ): Promise<readonly Entry[]>;
  /**
   * The grants whose access may have existed at a moment (RFC 3339), by the entries alone: an intent had been written,
   * and they had not been seen gone. `heldAt` says what each grant's entries mean for that moment.
   */
  begunAt(at: string): Promise<readonly string[]>;
  /** The grants that landed with a path, oldest first, by the entries alone. */
  landedAs(path: string): Promise<readonly string[]>;
  grant(id: string): Promise<GrantRecord | null>;
  /** In the order of landing. */
  grants(filter: {
    readonly states?: readonly GrantState[];
    readonly path?: string;
    readonly paths?: readonly string[];
    readonly pull_request?: number;
    readonly subject?: number;
    /** The subject's login as it was recorded, in any case. */
    readonly login?: string;
    readonly ended_after?: string;
  }): Promise<readonly GrantRecord[]>;
  /** The records that have changed after an entry, by the entry that changed each; at most 1,000. */
  changedSince(version: number): Promise<readonly GrantRecord[]>;
  /** The subject's grants that have not begun, in the order of landing. */
  scheduledFor(subject: number): Promise<readonly GrantRecord[]>;
  /**
   * How many grants have access that exists or is being made, how many of those are overdue at `now` (`isOverdue`), and
   * the id of one of them.
   */
  counts(now: Date): Promise<Counts>;
  /** The grants on a slot, through any target, whose access exists or is being made. */
  onSlot(slot: {
    readonly provider: string;
    readonly object: string;
    readonly identity: string;
  }): Promise<readonly GrantRecord[]>;
  /** Every process that decides uses by the rows of grants. */
  decisionProcesses(): Promise<readonly DecisionProcess[]>;
  /** The targets of all grants whose access exists or is being made, each once. */
  targetsInUse(): Promise<readonly TargetName[]>;
  reviewsSeen(pull_request: number): Promise<readonly SeenReview[]>;
  /** Entries of one grant or several, one pull request or all, oldest first, from `after` on, at most `limit`. */
  entries(filter: {
    readonly grant?: string;
    readonly grants?: readonly string[];
    readonly pull_request?: number;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly Entry[]>;
  /** The newest decision written for an effect digest, to write another only when it differs. */
  lastDecision(pull_request: number, digest: string): Promise<{ readonly body: string } | null>;
  /** What open pull requests would give a subject, by the latest decisions on each one's current head. */
  pending(of: {
    readonly pulls: readonly OpenPull[];
    readonly subject: number;
  }): Promise<readonly PendingDecision[]>;
  /** What policy was asked recently, each change once, newest first. */
  knownCases(limit: number): Promise<readonly KnownCase[]>;
  policyTree(id: string): Promise<PolicyTree | null>;
  /** The first user of each identity, remembered for ever (invariant 6). */
  identities(): Promise<readonly IdentityUse[]>;
  /** The step that applied a pull request; null if none has. */
  stepOf(pull_request: number): Promise<Bodies['step.landed'] | null>;
  shown(pull_request: number): Promise<Shown>;
  show(pull_request: number, shown: Partial<Omit<Shown, 'listed'>>): Promise<void>;
  /**
   * Keeps which pull requests are open, by the list that was just read. What was seen of any other is forgotten, so that
   * it is judged if it is opened again.
   */
  keepListed(open: readonly number[]): Promise<void>;
}
