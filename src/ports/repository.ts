import type { Who } from '../core/grant/record.js';
import type { CheckReport } from '../core/report/check-run.js';
import type { Source } from '../core/ledger/events.js';
import type { StepFacts } from '../core/ledger/steps.js';
import type { PolicyTree } from '../core/policy/tree.js';
import type { Comparison, FileVersion, PathChange, Snapshot } from '../core/change/snapshot.js';

export type { PolicyTree, StepFacts };

/** What landed, oldest first. */
export interface LandedSteps {
  readonly steps: readonly StepFacts[];
  /**
   * The steps after those, from the first whose pull request GitHub does not name yet: as they look now, and how long
   * to wait for them, ms; null if there are none.
   */
  readonly untold: { readonly steps: readonly StepFacts[]; readonly for_ms: number } | null;
}

/** A file at a commit. */
export type FileAtCommit = Pick<PathChange, 'path'> & { readonly after: FileVersion };

/** The access repository's content in git. Reads it, never runs it. */
export interface Repository {
  /** The current ids from GitHub, and the tip of the default branch, which is fetched. */
  source(): Promise<{ source: Source; tip: string }>;
  /** The steps after `last` up to `tip`; `rewritten` when `tip` does not descend from `last`. */
  steps(last: string, tip: string): Promise<LandedSteps | 'rewritten'>;
  /**
   * What merging `head` into `tip` would give. Throws `Unreadable` if a commit cannot be fetched, `OverLimits` if it
   * is too large.
   */
  compare(tip: string, head: string): Promise<Comparison>;
  /**
   * What a step changed: its parent is both merge base and tip. With `only`, just what it did to these grant files,
   * which works for a step of any size. Without it, throws `OverLimits` for a large one.
   */
  stepComparison(step: StepFacts, only?: readonly string[]): Promise<Comparison>;
  /** The given grant files that exist at a commit. Throws `Unreadable` if the commit cannot be fetched. */
  filesAt(commit: string, paths: readonly string[]): Promise<readonly FileAtCommit[]>;
  /** Every file below `policies/` at a commit; null if there is no such folder. */
  policyTree(commit: string): Promise<PolicyTree | null>;
  /**
   * `policies/` after merging: the tip's, with what `merge_base` → `head` changes; null if there would be none. For a
   * step this is its own tree. Throws `Unreadable` like `policyTree`.
   */
  policiesAfter(of: Pick<Comparison, 'tip' | 'head' | 'merge_base'>): Promise<PolicyTree | null>;
}

/** Pull requests and the people around them. */
export interface PullRequests {
  /** Open pull requests to the default branch. A cut list is an error. */
  open(): Promise<
    readonly { readonly number: number; readonly head_sha: string; readonly updated_at: string }[]
  >;
  /**
   * Every fact about a pull request against `tip` (or about the step that it became). `teams` are resolved with all
   * their members; the logins in the comparison's grant files are looked up, as are the teams that their resources may
   * give.
   */
  snapshot(query: {
    readonly number: number;
    readonly tip: string;
    readonly step: StepFacts | null;
    readonly teams: readonly string[];
    /** By resource, the teams that it may give, as `organisation/slug`. */
    readonly given?: Readonly<Record<string, readonly string[]>>;
  }): Promise<Snapshot>;
  /** Looks up approver teams by slug, and teams that may be given (`organisation/slug`) with those around them. */
  governing(asked: {
    readonly teams: readonly string[];
    readonly families: readonly string[];
  }): Promise<Pick<Snapshot, 'teams' | 'families'>>;
  /** Looks up teams by slug and accounts by login (lower-cased keys); null if there is none. */
  people(asked: {
    readonly teams: readonly string[];
    readonly logins: readonly string[];
  }): Promise<Pick<Snapshot, 'teams' | 'accounts'>>;
  /**
   * The ids of those among some people who are no members of the organisation with an id, which owns the access
   * repository; null if a person owns it, or another organisation. Throws whatever GitHub does not say for certain: a
   * person counts only who is missing, by id, in the whole list of members.
   */
  departed(organization: number, people: readonly Who[]): Promise<readonly number[] | null>;
}

export type { CheckReport };

/** The reviewers to request for a pull request: teams by slug, people by login. */
export interface Reviewers {
  readonly number: number;
  readonly teams: readonly string[];
  readonly users: readonly string[];
}

/** What Daypass writes to GitHub. */
export interface Reports {
  /**
   * Writes the check run and requests reviewers, if any, in one write. Returns GitHub's refusal to request them in
   * words, or null.
   */
  check(report: CheckReport, reviewers: Reviewers | null): Promise<string | null>;
  /** Creates or updates the app's one comment on a pull request; returns its id. */
  comment(number: number, known: number | null, body: string): Promise<number>;
}
