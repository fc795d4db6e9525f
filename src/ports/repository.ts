import type { CheckReport } from '../core/report/check-run.js';
import type { Source } from '../core/ledger/events.js';
import type { PolicyTree } from '../core/policy/tree.js';
import type { Comparison, FileVersion, PathChange, Snapshot } from '../core/change/snapshot.js';

export type { PolicyTree };

/** One first-parent commit of the default branch, or the run of them that one rebased pull request became. */
export interface StepFacts {
  /** The last commit of the step. */
  readonly commit: string;
  /** The commit before the step. */
  readonly parent: string;
  /** The pull request that GitHub says this step merged; null for a direct push. */
  readonly pull_request: number | null;
}

/** What landed, oldest first. */
export interface LandedSteps {
  readonly steps: readonly StepFacts[];
  /**
   * Those after them, from the first on that came of a pull request which GitHub does not name yet: as they look now,
   * and how long they are waited for, ms; null where nothing is.
   */
  readonly untold: { readonly steps: readonly StepFacts[]; readonly for_ms: number } | null;
}

/** A file as it stands. */
export type StandingFile = Pick<PathChange, 'path'> & { readonly after: FileVersion };

/** The access repository: what stands in git. Reads content, never runs it. */
export interface Repository {
  /** The ids that GitHub gives now, and the tip of the default branch, fetched. */
  source(): Promise<{ source: Source; tip: string }>;
  /** The steps after `last` up to `tip`; `rewritten` when `tip` does not descend from `last`. */
  steps(last: string, tip: string): Promise<LandedSteps | 'rewritten'>;
  /**
   * What merging `head` into `tip` would give. Throws `Unreadable` where a commit cannot be had, `OverLimits`
   * where it is too much.
   */
  compare(tip: string, head: string): Promise<Comparison>;
  /**
   * What a step changed: its parent is both merge base and tip. With `only` no more than what it did to these
   * grant files, so that it can be told of a step of any size. Throws `OverLimits` without.
   */
  stepComparison(step: StepFacts, only?: readonly string[]): Promise<Comparison>;
  /** Those of these grant files that stand at a commit. Throws `Unreadable` where it cannot be had. */
  standing(commit: string, paths: readonly string[]): Promise<readonly StandingFile[]>;
  /** Every file below `policies/` at a commit; null where there is no such folder. */
  policyTree(commit: string): Promise<PolicyTree | null>;
  /**
   * `policies/` as merging would give it: the tip's, with what `merge_base` → `head` changes; null where there
   * would be none. For a step that is its own tree. Throws `Unreadable` as `policyTree` does.
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
   * Every fact about a pull request against `tip` (or about the step that it became). `teams` are resolved
   * with all their members; the logins that grant files of the comparison name are looked up, and the teams
   * that their resources may give.
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
  /** Looks up teams by slug and accounts by login (lower-cased keys); null where there is none. */
  people(asked: {
    readonly teams: readonly string[];
    readonly logins: readonly string[];
  }): Promise<Pick<Snapshot, 'teams' | 'accounts'>>;
}

export type { CheckReport };

/** Who is to be asked for a review of a pull request: teams by slug, people by login. */
export interface Reviewers {
  readonly number: number;
  readonly teams: readonly string[];
  readonly users: readonly string[];
}

/** What GitHub is told. */
export interface Reports {
  /**
   * Writes the check run, and requests reviewers where there are any: one write for both. Answers GitHub's
   * refusal to request them in words, or null.
   */
  check(report: CheckReport, reviewers: Reviewers | null): Promise<string | null>;
  /** Creates or updates the app's one comment on a pull request; answers its id. */
  comment(number: number, known: number | null, body: string): Promise<number>;
}
