import type { Account, Person, Team } from '../grant/person.js';
import type { FoundFamily } from '../policy/power.js';
import type { RequestedFor } from '../grant/requested.js';

/** One version of a file in git. */
export interface FileVersion {
  /** Git's mode: `100644`, `100755`, `120000` (symlink) or `160000` (submodule). */
  readonly mode: string;
  readonly oid: string;
  /** Bytes; null where the content was not read because it is too large or not a blob. */
  readonly content: Uint8Array | null;
}

/** One path that differs between merge base and head, and perhaps between merge base and tip as well. */
export interface PathChange {
  readonly path: string;
  readonly before: FileVersion | null;
  readonly tip: FileVersion | null;
  readonly after: FileVersion | null;
}

/**
 * What merging `head` into `tip` would give below `access-grants/` and `policies/`. The change is merge base → head, and
 * it is made to `tip`. For a step, `merge_base` and `tip` are both its parent.
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

/** A review in its current state on GitHub. `commit` can move, so what was seen first counts (invariant 5). */
export interface Review {
  readonly id: number;
  /** Null for an account that is gone. */
  readonly author: Person | null;
  readonly verdict: Verdict;
  readonly commit: string | null;
  readonly submitted_at: string;
}

/** Who contributed to a pull request (invariant 4), or why that is unknown and what to do about it. */
export interface Contributors {
  readonly people: readonly Person[];
  /** If this is not empty, no approval counts. Each line names the commit or ref, and the remedy. */
  readonly unknown: readonly string[];
}

/** A pull request in its current state on GitHub. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly author: Person | null;
  readonly base_ref: string;
  /** Whether its base was another branch before. What people saw then is not what it would do here. */
  readonly base_changed: boolean;
  readonly head_ref: string;
  readonly head_sha: string;
  /** The id of the repository with the head branch; null when it is gone. */
  readonly head_repository: number | null;
  readonly merge_commit: string | null;
  /** In GitHub's format; null where it is not merged. */
  readonly merged_at: string | null;
}

/** An open pull request in a list of them. */
export interface OpenPull {
  readonly number: number;
  readonly head_sha: string;
}

/** Every fact about one (base, head), read in one go; everything after that is pure. */
export interface Snapshot {
  readonly pull_request: PullRequest;
  readonly comparison: Comparison;
  /** All of them, oldest first; a list that was cut is an error, never a shorter list (invariant 3). */
  readonly reviews: readonly Review[];
  readonly contributors: Contributors;
  /** For whom the requests App opened it, who is its author and contributor then; missing where nobody says so. */
  readonly requested?: RequestedFor;
  /** The requested teams by slug; null where GitHub has no such team. */
  readonly teams: Readonly<Record<string, Team | null>>;
  /** The teams that the grant files of the comparison may be for, by `organisation/slug` in lower case. */
  readonly families: Readonly<Record<string, FoundFamily>>;
  /** The logins that grant files and requirements name, in lower case; null where there is no such account. */
  readonly accounts: Readonly<Record<string, Account | null>>;
  /** The other open pull requests to the default branch. */
  readonly open_pulls: readonly OpenPull[];
  /** Numbers of the other open pull requests with this head, to any branch. */
  readonly shares_head_with: readonly number[];
}
