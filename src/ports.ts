import type { PolicyData } from './core/catalog.js';
import type { IdentityUse } from './core/change.js';
import type { CheckReport } from './core/check-report.js';
import type { NativeExpiry } from './core/effect.js';
import type { PolicyAnswer, PolicyInput } from './core/facts.js';
import type { Entry, NewEntry, PolicyDigests, Source } from './core/ledger/events.js';
import type { GrantRecord, GrantState, Holding } from './core/ledger/record.js';
import type { Account } from './core/person.js';
import type { Join } from './core/plan.js';
import type { Problem } from './core/problem.js';
import type { SeenReview } from './core/review.js';
import type { Comparison, Snapshot } from './core/snapshot.js';

/** The time that decisions are made at: the database's, or a test's clock (invariant 13). */
export interface Clock {
  now(): Promise<Date>;
}

/** The text files of a `policies/` tree, by path below it, and git's id of the tree. */
export interface PolicyTree {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
}

/** One first-parent commit of the default branch, or the run of them that one rebased pull request became. */
export interface StepFacts {
  /** The last commit of the step. */
  readonly commit: string;
  /** The commit before the step. */
  readonly parent: string;
  /** The pull request that GitHub says this step merged; null for a direct push. */
  readonly pull_request: number | null;
}

/** The access repository: what stands in git. Reads content, never runs it. */
export interface Repository {
  /** The ids that GitHub gives now, and the tip of the default branch, fetched. */
  source(): Promise<{ source: Source; tip: string }>;
  /** The steps after `last` up to `tip`, oldest first; `rewritten` when `tip` does not descend from `last`. */
  steps(last: string, tip: string): Promise<readonly StepFacts[] | 'rewritten'>;
  /** What merging `head` into `tip` would give. Throws `Unreadable` where a commit cannot be had. */
  compare(tip: string, head: string): Promise<Comparison>;
  /** What a step changed: its parent is both merge base and tip. */
  stepComparison(step: StepFacts): Promise<Comparison>;
  /** Every file below `policies/` at a commit; null where there is no such folder. */
  policyTree(commit: string): Promise<PolicyTree | null>;
}

/** Pull requests and the people around them. */
export interface PullRequests {
  /** Open pull requests to the default branch. A cut list is an error. */
  open(): Promise<
    readonly { readonly number: number; readonly head_sha: string; readonly updated_at: string }[]
  >;
  /**
   * Every fact about a pull request against `tip` (or about the step that it became). `teams` are resolved
   * with all their members; the logins that grant files of the comparison name are looked up.
   */
  snapshot(query: {
    readonly number: number;
    readonly tip: string;
    readonly step: StepFacts | null;
    readonly teams: readonly string[];
  }): Promise<Snapshot>;
  /** Looks up logins, lower-cased keys; null where there is no such account. */
  accounts(logins: readonly string[]): Promise<Readonly<Record<string, Account | null>>>;
}

export type { CheckReport };

/** What GitHub is told. */
export interface Reports {
  /** Writes the check run unless `last` is its fingerprint already; answers the fingerprint to remember. */
  check(report: CheckReport): Promise<void>;
  /** Requests reviewers; answers GitHub's refusal in words, or null. */
  requestReviewers(
    number: number,
    who: { teams: readonly string[]; users: readonly string[] },
  ): Promise<string | null>;
  /** Creates or updates the app's one comment on a pull request; answers its id. */
  comment(number: number, known: number | null, body: string): Promise<number>;
}

/** A policy that compiled, passed the core's own trial and can be asked. */
export interface LoadedPolicy {
  readonly digests: PolicyDigests;
  readonly data: PolicyData;
  /** Asks `access/request`. Throws `EngineFault` on a fault, a deadline or an answer of the wrong shape (invariant 3). */
  request(input: PolicyInput): Promise<PolicyAnswer>;
}

export interface Policy {
  /** Compiles (or takes from cache), sets the data and tries a tree (invariants 1, 26). */
  load(
    tree: PolicyTree,
  ): Promise<{ ok: true; policy: LoadedPolicy } | { ok: false; problems: readonly Problem[] }>;
  close(): Promise<void>;
}

/** What the ledger says of itself. */
export interface LedgerState {
  /** Null until first start has ended (invariant 1). */
  readonly started: { readonly source: Source } | null;
  readonly last_step: string | null;
  readonly policy: PolicyDigests | null;
  /** Why activation stands still: the newest `source.differs` after the newest `ledger.started` (invariant 10). */
  readonly stopped: string | null;
  readonly head: { readonly seq: number; readonly hash: string };
}

/** What must still hold for entries to be written; otherwise `Conflict` is thrown and nothing is. */
export interface Expect {
  /** Grant id → version of its record; 0 for a grant that must not exist yet. */
  readonly grants?: Readonly<Record<string, number>>;
  readonly last_step?: string | null;
}

/** What a pull request last showed on GitHub, so that nothing is written when nothing changed. Work, not record. */
export interface Shown {
  readonly check: string | null;
  /** Head and time of change of the pull request when it was last judged. */
  readonly seen: string | null;
  readonly requested: string | null;
  readonly comment_id: number | null;
  readonly comment: string | null;
}

/** The durable record. Its rows are the truth; every queue is a bell. */
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
      readonly want?: readonly string[];
    },
  ): Promise<readonly Entry[]>;
  grant(id: string): Promise<GrantRecord | null>;
  grants(filter: {
    readonly states?: readonly GrantState[];
    readonly path?: string;
    readonly pull_request?: number;
    readonly subject?: number;
    readonly slot?: {
      readonly provider: string;
      readonly object: string;
      readonly identity: string;
    };
    readonly ended_after?: string;
  }): Promise<readonly GrantRecord[]>;
  reviewsSeen(pull_request: number): Promise<readonly SeenReview[]>;
  /** Entries of one grant, one pull request or all, oldest first, from `after` on, at most `limit`. */
  entries(filter: {
    readonly grant?: string;
    readonly pull_request?: number;
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly Entry[]>;
  /** The newest decision written for an effect digest, to write another only when it differs. */
  lastDecision(pull_request: number, digest: string): Promise<{ readonly body: string } | null>;
  policyTree(id: string): Promise<PolicyTree | null>;
  /** Who used each identity first: remembered for ever (invariant 6). */
  identities(): Promise<readonly IdentityUse[]>;
  /** The commit of the step that applied a pull request; null where none has. */
  landedBy(pull_request: number): Promise<string | null>;
  shown(pull_request: number): Promise<Shown>;
  show(pull_request: number, shown: Partial<Shown>): Promise<void>;
}

/**
 * Work rows. A topic is `tip`, `pulls`, `pulls:all`, `pull:<number>`, `grant:<id>` or
 * `comment:<number>`; wanting it again while it is taken
 * makes it run once more afterwards, so an event that comes during an evaluation is evaluated.
 */
export interface Work {
  /** Turns stored deliveries into wanted topics; answers how many. */
  sortDeliveries(now: Date): Promise<number>;
  want(topics: readonly string[], due_at: Date): Promise<void>;
  /** Takes up to `limit` topics due at `now`, each held for `hold_ms` of the database's own clock. */
  take(now: Date, owner: string, limit: number, hold_ms: number): Promise<readonly Taken[]>;
  /** Gone unless wanted again since it was taken. */
  done(taken: Taken): Promise<void>;
  /** Kept, to be tried again at `retry_at`, with the error for whoever looks. */
  failed(taken: Taken, error: string, retry_at: Date): Promise<void>;
  /** Keeps holding; false when the hold was lost. */
  hold(taken: readonly Taken[], hold_ms: number): Promise<boolean>;
  /** The next due time at or after which there is something to do; null for nothing. */
  nextDue(): Promise<Date | null>;
}

export interface Taken {
  readonly topic: string;
  readonly version: number;
  readonly attempts: number;
  readonly owner: string;
}

/** What web keeps of one verified webhook: enough to know where to look, nothing to believe (invariant 25). */
export interface Delivery {
  /** GitHub's `X-GitHub-Delivery`; a redelivery has the same. */
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
  readonly installation_id: number | null;
  readonly repository_id: number | null;
  readonly pull_request: number | null;
  readonly ref: string | null;
}

export interface Deliveries {
  /** Durable when it resolves; the same id again is no second row. */
  store(delivery: Delivery): Promise<void>;
}

/** A lease on a slot (invariant 18), by the database's clock. */
export interface Leases {
  /** Null while somebody else holds it. */
  acquire(slot: string, owner: string, for_ms: number): Promise<Lease | null>;
}
export interface Lease {
  readonly epoch: number;
  /** Milliseconds left by our own monotonic clock, a little less than the database's. */
  remaining(): number;
  /** False when it was lost. */
  renew(for_ms: number): Promise<boolean>;
  release(): Promise<void>;
}

/** A bell: rings workers at a moment. Everything it knows may be lost (invariant 17). */
export interface Alarm {
  /** Rings once at `at` (rounded up to the second); `now` is the time it is asked at. */
  ring(at: Date, now: Date): Promise<void>;
  /** Calls `look` whenever a bell rings. */
  listen(look: () => void): Promise<void>;
  close(): Promise<void>;
}

/** A slot in a target that is connected to: what a provider computes and speaks of. */
export interface Slot {
  readonly object: string;
  readonly identity: string;
}

/** One call's limits: a deadline that is enforced at the target where it can be (invariant 18). */
export interface Call {
  readonly deadline_ms: number;
  readonly keep_sessions: boolean;
  /** As the catalog has it. A name in it is held against what is there before more access is given. */
  readonly entitlement?: Readonly<Record<string, unknown>>;
}

/** What nobody may be given on GitHub, whatever the policy says (invariant 9). */
export interface Protected {
  readonly repository_id: number;
  /** `owner/name` of the access repository. */
  readonly repository: string;
}

/** The App by which targets on GitHub are changed (invariant 25). */
export interface TargetsApp {
  readonly id: number;
  /** PEM. */
  readonly private_key: string;
  /** Asked anew before each call that gives; where it throws, nothing is given. */
  protects(): Promise<Protected>;
}

/** How a target is connected to. */
export interface TargetConfig {
  /** The operator's URL for it. */
  readonly url: string;
  /** Fingerprints of what is Daypass's own. */
  readonly forbidden: readonly string[];
  /** Needed by targets on GitHub only. */
  readonly app?: TargetsApp | undefined;
}

/** A live connection to one target. Faults are `TargetFault`, which says whether trying again can help. */
export interface Connection {
  /** Who the target really is, so that another one is never mistaken for it (invariant 14). */
  fingerprint(): Promise<string>;
  /** What each slot holds now, read from the primary, whole. Throws when it could not tell. */
  observe(slots: readonly Slot[]): Promise<readonly (readonly Holding[])[]>;
  /** Everything on the target; throws when the list was cut. */
  list(): Promise<readonly { readonly slot: Slot; readonly holdings: readonly Holding[] }[]>;
  /** Brings what is ours on a slot to `level`, or to nothing. Idempotent. */
  set(slot: Slot, level: string | null, call: Call): Promise<void>;
  close(): Promise<void>;
}

/** What can observe, grant and revoke one kind of access. */
export interface Provider {
  readonly type: string;
  readonly native_expiry: NativeExpiry;
  readonly enforces_scope: boolean;
  readonly ends_sessions: boolean;
  readonly join: Join;
  /** Validates a catalog entitlement; the problems in words, each naming the key. */
  check(entitlement: unknown): readonly string[];
  /** Validates an identity there, in words; null when it may be used. */
  checkIdentity(identity: string): string | null;
  /** The slot and level that an entitlement means for an identity. The entitlement has passed `check`. */
  slot(
    entitlement: Readonly<Record<string, unknown>>,
    identity: string,
  ): Slot & { readonly level: string; readonly keep_sessions: boolean };
  /**
   * The part of a fingerprint that says where slots live: targets of one realm share their slots, whatever
   * names the catalog has for them (a PostgreSQL role belongs to the whole server, not to a database).
   */
  realm(fingerprint: string): string;
  /** Connects to a target by the operator's URL for it. */
  connect(config: TargetConfig): Promise<Connection>;
}

/** Connections to the targets that the operator configured (`TARGET_<NAME>_URL`), kept open and shared. */
export interface Targets {
  /** Throws a lasting `TargetFault` where the provider or the target's URL is unknown. */
  connection(provider: string, target: string): Promise<Connection>;
  close(): Promise<void>;
}

/** Everything that a workflow may reach. */
export interface World {
  readonly clock: Clock;
  readonly repository: Repository;
  readonly pullRequests: PullRequests;
  readonly reports: Reports;
  readonly policy: Policy;
  readonly ledger: Ledger;
  readonly work: Work;
  readonly leases: Leases;
  readonly providers: Readonly<Record<string, Provider>>;
  readonly targets: Targets;
  /** Who this process is, in leases and held work. */
  readonly owner: string;
  /** How long work stays this process's when it has vanished, ms; a slot, twice as long. */
  readonly hold_ms: number;
  readonly log: Log;
}

/** Structured log lines; never a secret (invariant 24). */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A commit, tree or object that cannot be read. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** The policy engine failed: a deadline, a trap, an answer of the wrong shape. Never an approval. */
export class EngineFault extends Error {
  override readonly name = 'EngineFault';
}

/** What an append expected no longer holds; read again and decide again. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** GitHub asks to wait: a primary or secondary rate limit. */
export class RateLimited extends Error {
  override readonly name = 'RateLimited';
  constructor(
    message: string,
    readonly retry_after_ms: number,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A target did not do as asked. `lasting` faults need a person; others pass. */
export class TargetFault extends Error {
  override readonly name = 'TargetFault';
  constructor(
    message: string,
    readonly lasting: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
