import type { Account, Person, Team } from '../grant/person.js';
import type { FoundFamily } from '../policy/power.js';

/** One version of a file in git. */
export interface FileVersion {
  /** Git's mode: `100644`, `100755`, `120000` (symlink) or `160000` (submodule). */
  readonly mode: string;
  readonly oid: string;
  /** Bytes; null where the content was not read because it is over the limit or not a blob. */
  readonly content: Uint8Array | null;
}

/** One path that differs between merge base and head, or between merge base and tip as well. */
export interface PathChange {
  readonly path: string;
  readonly before: FileVersion | null;
  readonly tip: FileVersion | null;
  readonly after: FileVersion | null;
}

/**
 * What merging `head` into `tip` would give below `access-grants/` and `policies/`: merge base → head
 * is what it changes, `tip` is what it changes from. For a step, `merge_base` and `tip` are its parent.
 */
export interface Comparison {
  readonly tip: string;
  readonly head: string;
  readonly merge_base: string;
  readonly grants: readonly PathChange[];
  readonly policies: readonly PathChange[];
  /** Git's id of `policies/` at the tip; null where there is none. */
  readonly policies_tip: string | null;
  /** Every path below `access-grants/` after the merge, to find names that collide. */
  readonly paths_after: readonly string[];
}

export type Verdict = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';

/** A review as GitHub shows it now. `commit` moves later: what counts is what was seen first (invariant 5). */
export interface Review {
  readonly id: number;
  /** Null for an account that is gone. */
  readonly author: Person | null;
  readonly verdict: Verdict;
  readonly commit: string | null;
  readonly submitted_at: string;
}

/** Who contributed to a pull request (invariant 4), or what kept us from telling, with its remedy. */
export interface Contributors {
  readonly people: readonly Person[];
  /** Non-empty: no approval counts. Each line names the commit or ref, and the remedy. */
  readonly unknown: readonly string[];
}

/** A pull request as GitHub shows it. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly author: Person | null;
  readonly base_ref: string;
  /** Whether its base was another branch before: what people were shown then is not what it would do here. */
  readonly base_changed: boolean;
  readonly head_ref: string;
  readonly head_sha: string;
  /** The id of the repository that the head branch lives in; null when it is gone. */
  readonly head_repository: number | null;
  readonly merge_commit: string | null;
  /** As GitHub writes it; null where it is not merged. */
  readonly merged_at: string | null;
}

/** An open pull request, as a list of them names it. */
export interface OpenPull {
  readonly number: number;
  readonly head_sha: string;
}

/** Every fact about one (base, head), read in one go; all that follows is pure. */
export interface Snapshot {
  readonly pull_request: PullRequest;
  readonly comparison: Comparison;
  /** All of them, oldest first; a list that was cut is an error, never a shorter list (invariant 3). */
  readonly reviews: readonly Review[];
  readonly contributors: Contributors;
  /** The teams that were asked for, by slug; null where GitHub knows no such team. */
  readonly teams: Readonly<Record<string, Team | null>>;
  /** The teams that the grant files of the comparison may be for, by `organisation/slug` in lower case. */
  readonly families: Readonly<Record<string, FoundFamily>>;
  /** The logins that grant files and requirements name, in lower case; null where there is no such account. */
  readonly accounts: Readonly<Record<string, Account | null>>;
  /** The other open pull requests to the default branch. */
  readonly open_pulls: readonly OpenPull[];
  /** Numbers of the other open pull requests with this head, to whatever branch. */
  readonly shares_head_with: readonly number[];
}
