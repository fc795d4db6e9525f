import type { Change } from './change.js';
import type { PolicyAnswer, Reason } from './facts.js';
import type { Who } from './ledger/record.js';

/** A requirement as decided: the same people merged to the highest count. */
export interface Requirement {
  readonly asked_by: readonly Reason[];
  readonly teams: readonly string[];
  readonly users: readonly string[];
  readonly count: number;
  /** Who met it, by maximum matching; nobody meets two requirements of one change. */
  readonly met_by: readonly Who[];
  /** Ids of those who could still meet it. */
  readonly eligible: readonly Who[];
}

/** An approving review that does not count, and why. */
export interface NotCounted {
  readonly review: number;
  readonly who: Who | null;
  readonly why: string;
}

export type Outcome = 'denied' | 'awaiting_review' | 'approved';

/** The decision on one change: a value that explains itself. */
export interface Decision {
  readonly outcome: Outcome;
  readonly denials: readonly Reason[];
  readonly warnings: readonly Reason[];
  readonly requirements: readonly Requirement[];
  readonly not_counted: readonly NotCounted[];
  /** Who approved without review, when nothing is required. */
  readonly approved_by_rules: readonly Reason[];
}

/** One change with its decision and the answer of the policy that led to it. */
export interface DecidedChange {
  readonly change: Change;
  readonly answer: PolicyAnswer | null;
  readonly decision: Decision;
}
