import type { Clock } from './clock.js';
import type { Org, RepoRole, Team } from './organisations.js';

export type { Org, OrgInvitation, RepoRole, Team, TeamRole } from './organisations.js';

/*
 * What the stand-in knows. Git's own facts (commits, trees, refs) are not here: they are in the bare repository at `Repo.dir`
 * and read through git.ts. Instants are Dates; views turn them into GitHub's text. Every id is unique within its kind.
 */

export type Level = 'read' | 'write' | 'admin';
export type Permissions = Readonly<Record<string, Level>>;

export interface User {
  readonly id: number;
  login: string;
  readonly type: 'User' | 'Bot';
  name: string | null;
  email: string | null;
  readonly created_at: Date;
}

export interface RequiredCheck {
  readonly context: string;
  readonly app_id: number | null; // null: any app or person may report it
}

export interface Protection {
  readonly required_checks: readonly RequiredCheck[];
  readonly strict: boolean;
  readonly enforce_admins: boolean;
  /** Required by a ruleset, and not by the older branch protection. */
  readonly ruleset: boolean;
}

export type ActivityType =
  'push' | 'force_push' | 'branch_creation' | 'branch_deletion' | 'pr_merge' | 'merge_queue_merge';

export interface Activity {
  readonly id: number;
  readonly before: string;
  readonly after: string;
  /** A full name: `refs/heads/main`. */
  readonly ref: string;
  readonly at: Date;
  readonly activity_type: ActivityType;
  readonly actor_id: number;
}

export interface Repo {
  readonly id: number;
  owner_id: number;
  name: string;
  private: boolean;
  default_branch: string;
  readonly parent_id: number | null;
  /** The bare repository. */
  readonly dir: string;
  readonly collaborators: Map<number, RepoRole>;
  readonly invitations: Map<number, RepoInvitation>;
  /** By branch name. */
  readonly protection: Map<string, Protection>;
  /** The ruleset that keeps everybody but some Apps to branches that begin with this; null without one. */
  readonly confined: { readonly to: string; readonly bypass: readonly number[] } | null;
  readonly activity: Activity[];
  next_number: number;
  readonly created_at: Date;
  pushed_at: Date;
}

export interface RepoInvitation {
  readonly id: number;
  readonly invitee_id: number;
  readonly inviter_id: number;
  role: RepoRole;
  readonly created_at: Date;
}

export interface PullRequest {
  readonly id: number;
  readonly number: number;
  readonly repo_id: number;
  readonly author_id: number;
  title: string;
  body: string | null;
  draft: boolean;
  state: 'open' | 'closed';
  readonly created_at: Date;
  updated_at: Date;
  closed_at: Date | null;
  merged_at: Date | null;
  merged_by_id: number | null;
  /** Open: the test merge, once mergeability was computed. Merged: the (last) commit that landed. */
  merge_commit_sha: string | null;
  /**
   * `sha`: the base branch's tip when the pull request was opened or its head last moved, and what it was merged onto at the
   * end. As on GitHub it lags behind while others push to the base: `baseTip` (pull-requests.ts) answers where that is now.
   */
  readonly base: { ref: string; sha: string };
  /** Each change of its base branch, oldest first. */
  readonly base_changes: { readonly from: string; readonly to: string; readonly at: Date }[];
  readonly head: { readonly repo_id: number; readonly ref: string; sha: string };
  readonly requested_user_ids: Set<number>;
  readonly requested_team_ids: Set<number>;
  /** First-parent commits of the base branch that this pull request put there, oldest first. */
  landed: readonly string[];
  /** Its own commits when it was merged (GitHub links both to the pull request). */
  merged_commits: readonly string[];
}

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';

export interface Review {
  readonly id: number;
  readonly pull_id: number;
  readonly user_id: number;
  state: ReviewState;
  body: string;
  /** GitHub moves it to the new head if a push leaves the patch alone. */
  commit_id: string;
  submitted_at: Date;
}

export type CheckStatus = 'queued' | 'in_progress' | 'completed';
export type CheckConclusion =
  'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required';

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column: number | null;
  readonly end_column: number | null;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title: string | null;
  readonly raw_details: string | null;
}

export interface CheckRun {
  readonly id: number;
  readonly repo_id: number;
  readonly app_id: number;
  readonly head_sha: string;
  name: string;
  external_id: string | null;
  details_url: string;
  status: CheckStatus;
  conclusion: CheckConclusion | null;
  started_at: Date | null;
  completed_at: Date | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: Annotation[];
}

/** A comment of an issue or of a pull request's conversation. */
export interface Comment {
  readonly id: number;
  readonly repo_id: number;
  readonly number: number;
  readonly user_id: number;
  readonly app_id: number | null;
  body: string;
  readonly created_at: Date;
  updated_at: Date;
}

export interface App {
  readonly app_id: number;
  readonly slug: string;
  readonly client_id: string;
  readonly owner_id: number;
  readonly bot_id: number;
  /** PEM, the public half of the seed's private key. */
  readonly public_key: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  readonly webhook_url: string | null;
  readonly webhook_secret: string | null;
  readonly created_at: Date;
}

export interface Installation {
  readonly id: number;
  readonly app_id: number;
  readonly account_id: number;
  readonly permissions: Permissions;
  /** null: all repositories of the account. */
  readonly repo_ids: ReadonlySet<number> | null;
  readonly created_at: Date;
}

export type Token =
  | { readonly kind: 'user'; readonly user_id: number }
  | {
      readonly kind: 'installation';
      readonly installation_id: number;
      readonly permissions: Permissions;
      readonly repo_ids: ReadonlySet<number> | null;
      readonly expires_at: Date;
    };

export interface State {
  /** Where it listens, without a slash at the end; known once it does. */
  url: string;
  readonly clock: Clock;
  /** The folder of all bare repositories. */
  readonly dir: string;
  readonly users: Map<number, User>;
  readonly orgs: Map<number, Org>;
  readonly teams: Map<number, Team>;
  readonly repos: Map<number, Repo>;
  /** `owner/name` in lower case → the repository that had this name: it redirects until another has it. */
  readonly former_names: Map<string, number>;
  readonly pulls: Map<number, PullRequest>;
  readonly reviews: Map<number, Review>;
  readonly check_runs: Map<number, CheckRun>;
  readonly comments: Map<number, Comment>;
  readonly apps: Map<number, App>;
  readonly installations: Map<number, Installation>;
  readonly tokens: Map<string, Token>;
  /** Like GitHub for a moment after a merge: no commit is linked to the pull request that it merged. */
  ties_late: boolean;
  /** Each call returns the next free id; kinds share the numbers. */
  next_id(): number;
}

/** The caller, and their permissions. All null: the caller did not identify themselves. */
export interface Identity {
  /** The person, or the bot of the app for an installation token; null for an app's own JWT. */
  readonly actor: User | null;
  readonly app: App | null;
  readonly installation: Installation | null;
  /** What an installation token may do; null for people, whose role on the repository decides. */
  readonly permissions: Permissions | null;
  /** The repositories an installation token is narrowed to; null: all of the account. */
  readonly repo_ids: ReadonlySet<number> | null;
}
