import type { Who } from '../core/grant/record.js';
import type { Snapshot } from '../core/change/snapshot.js';
import type { PolicyTree } from '../core/policy/tree.js';

/** Who a token belongs to, and what it reaches. */
export interface OwnView {
  readonly person: Who;
  /** `owner/name`, as GitHub writes it. */
  readonly repository: string;
  readonly default_branch: string;
  /** The commit of the default branch. */
  readonly tip: string;
  /** Whether the person may push branches to it. */
  readonly may_push: boolean;
}

/** The two folders of the access repository at a commit. */
export interface OwnFolders {
  /** Null if there is no `policies/`. */
  readonly policies: PolicyTree | null;
  /** The paths below `access-grants/`. */
  readonly grants: readonly string[];
}

/** One file on a branch of its own, and the pull request that brings it. */
export interface Proposal {
  readonly branch: string;
  readonly path: string;
  readonly content: string;
  /** Of the commit, and of the pull request. */
  readonly title: string;
  readonly body: string;
}

/** The access repository as one person reaches it, with a token of their own. */
export interface OwnAccess {
  /** Throws, saying what to do, if GitHub does not take the token or does not show the repository. */
  view(): Promise<OwnView>;
  /** Throws `Unreadable`. */
  folders(tip: string): Promise<OwnFolders>;
  /** Looks up teams and accounts; throws `Unreadable` where the token may not read them. */
  people(asked: {
    readonly teams: readonly string[];
    readonly logins: readonly string[];
  }): Promise<Pick<Snapshot, 'teams' | 'accounts'>>;
  /** The branches whose names begin like this. */
  branches(prefix: string): Promise<readonly string[]>;
  /**
   * Makes the branch from the tip, commits the file as the person and opens the pull request. Nothing is overwritten.
   * Throws, saying what was left behind, if one of these fails; what it made before is taken back. Null if there is a
   * branch of that name.
   */
  propose(proposal: Proposal): Promise<{ readonly number: number; readonly url: string } | null>;
}
