import type { DecidedChange } from '../decision/decision.js';
import type { ChainHead } from '../ledger/chain.js';
import type { DecidedPolicy } from '../decision/policy-change.js';
import type { Problem } from '../reading/problem.js';
import type { Reason } from '../reading/reason.js';
import type { PullRequest } from '../change/snapshot.js';

/** A message on one line of a file; the line is counted from 1. */
export interface Annotation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
  /** A failure where it is missing. */
  readonly level?: 'warning';
}

/** A finished check run `daypass` on a head commit. */
export interface CheckReport {
  readonly head_sha: string;
  readonly conclusion: 'success' | 'failure' | 'action_required';
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
  /** At most 50. */
  readonly annotations: readonly Annotation[];
}

/** A check run that was written from decisions. */
export interface JudgedReport extends CheckReport {
  /** Whether the summary shows every change. If not, it is a failure that asks for a smaller pull request. */
  readonly shows_all: boolean;
}

/** Why a pull request could not be judged at all. */
export type Fault = Pick<Reason, 'code' | 'message'>;

/** What a pull request changes, as decided: what its people have to read. */
export interface DecidedContent {
  readonly changes: readonly DecidedChange[];
  readonly problems: readonly Problem[];
  /** The change of policy, where there is one (invariant 2). */
  readonly policies: DecidedPolicy | null;
}

/** All that the sections of a summary say. */
export interface SummaryContent extends DecidedContent {
  /** Git's id of the default branch's `policies/` where they are not in force; null where they are. */
  readonly out_of_force: string | null;
  /** Why nothing could be judged; null where everything was. */
  readonly fault: Fault | null;
  /** GitHub's refusal to request reviewers, in words. */
  readonly reviewers_refused: string | null;
  /** What would not take effect if it were merged now, although it is approved. */
  readonly ahead: readonly Reason[];
  /** The open pull requests that have this head, where there is more than one. */
  readonly same_head: readonly number[];
}

/** A report of changes and nothing else. */
export const ALONE = {
  out_of_force: null,
  fault: null,
  reviewers_refused: null,
  ahead: [],
  same_head: [],
} as const;

/** Everything that a check run is written from. */
export interface CheckContent extends SummaryContent {
  readonly pull_request: Pick<PullRequest, 'head_sha' | 'url'>;
  readonly head: ChainHead;
}
