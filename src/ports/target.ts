import type { NativeExpiry } from '../core/grant/effect.js';
import type { Holding } from '../core/grant/record.js';
import type { Join } from '../core/ledger/level.js';
import type { OnGitHub } from '../core/policy/power.js';
import type { GitHubCall } from '../core/work/github-call.js';

/** A slot in a target that is connected to: what a provider computes and speaks of. */
export interface Slot {
  readonly object: string;
  readonly identity: string;
  /** What both names stood for when the intent was written (`Connection.pin`); without one, the names count. */
  readonly pin?: string | null;
}

/** One call's limits: a deadline that is enforced at the target where it can be (invariant 18). */
export interface Call {
  readonly deadline_ms: number;
  readonly keep_sessions: boolean;
  /** The call of an end: what is there is made less, and what others took away meanwhile is not given (invariant 15). */
  readonly takes_only?: boolean;
  /** As the catalog has it. A name in it is held against what is there before more access is given. */
  readonly entitlement?: Readonly<Record<string, unknown>>;
}

/** What nobody may be given on GitHub, whatever the policy says (invariant 9). */
export interface Protected {
  readonly repository_id: number;
  /** `owner/name` of the access repository. */
  readonly repository: string;
}

/** A team as the target knows it now. */
export interface GovernedTeam {
  readonly organization_id: number;
  /** `organisation/slug`. */
  readonly name: string;
  readonly id: number;
}

/** The App by which targets on GitHub are changed (invariant 25). */
export interface TargetsApp {
  readonly id: number;
  /** PEM. */
  readonly private_key: string;
  /** Hears of each call that is sent to GitHub by it. */
  readonly onCall?: ((call: GitHubCall) => void) | undefined;
  /** Asked anew before each call that gives; where it throws, nothing is given. */
  protects(): Promise<Protected>;
  /** Why nobody may be given a team, in words, or null; asked anew like `protects` (invariant 9). */
  refusesTeam(team: GovernedTeam): Promise<string | null>;
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
  /**
   * Whether `ours` is exactly what Daypass's own login gave. Where it is not, all that is direct counts as ours, and what
   * is there before the first grant may be either (invariant 15).
   */
  readonly tells_ours: boolean;
  /**
   * What the slot's names stand for now; null where one is not there. Providers have it whose names can be given to
   * something else. A slot with a pin is what the pin says, whatever has the names by now (invariant 14).
   */
  pin?(slot: Slot): Promise<string | null>;
  /**
   * What the slot's identity has there by itself, beside what Daypass gives, in words that stay the same while it does, at
   * most a few hundred of them. Providers have it whose access lets people give more to themselves: what is there at the end
   * and was not before the start is told.
   */
  rights?(slot: Slot): Promise<readonly string[]>;
  /** Why nothing would be given by an entitlement that has passed `check`, in words; null where nothing speaks against it. */
  objection?(entitlement: Readonly<Record<string, unknown>>): Promise<string | null>;
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
  ): Slot & {
    readonly level: string;
    readonly keep_sessions: boolean;
    /** What is done with it can outlive the grant; reviewers are told. */
    readonly leaves_traces?: boolean;
  };
  /** What an entitlement that has passed `check` gives on GitHub; providers of GitHub have it (invariant 9). */
  onGitHub?(entitlement: Readonly<Record<string, unknown>>): OnGitHub;
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
  /**
   * How long to stay away from a target whose line is full, ms; 0 where there is a place in it. Who waits in a line holds
   * a place that an end at another target may need (invariant 16).
   */
  full(provider: string, target: string): number;
  /**
   * Runs work on one slot of a target; at most so many of a target run at once, more wait in a line. Where nobody
   * answered a moment ago, it fails as that did.
   */
  turn<T>(
    provider: string,
    target: string,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}
