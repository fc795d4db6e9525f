import type { Ledger } from './ledger.js';
import type { TargetName } from './target-name.js';
import type { Clock } from './work.js';
import type { OfferedRole } from '../core/policy/catalog.js';
import type { NativeExpiry } from '../core/grant/effect.js';
import type { Holding } from '../core/grant/record.js';
import type { Join } from '../core/ledger/level.js';
import type { Finding } from '../core/report/finding.js';
import type { OnGitHub } from '../core/policy/power.js';
import type { CallPurpose } from '../core/work/budget.js';
import type { GitHubCall } from '../core/work/github-call.js';

/** A slot in a connected target: what a provider computes and works on. */
export interface Slot {
  readonly object: string;
  readonly identity: string;
  /** What both names meant when the intent was written (`Connection.pin`); without a pin, the names count. */
  readonly pin?: string | null;
}

/** One call's limits: a deadline that is enforced at the target where it can be (invariant 18). */
export interface Call {
  readonly deadline_ms: number;
  readonly keep_sessions: boolean;
  /**
   * Whether this call ends access: it only reduces what is there, and does not give what others took away meanwhile
   * (invariant 15).
   */
  readonly takes_only?: boolean;
  /** The entitlement from the catalog. Its names are checked against the target before more access is given. */
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
  /** Called for each call that it sends to GitHub. */
  readonly onCall?: ((call: GitHubCall) => void) | undefined;
  /** Read again before each call that gives; if it throws, nothing is given. */
  protects(): Promise<Protected>;
  /** Why nobody may be given a team, in words, or null; read again each time, like `protects` (invariant 9). */
  refusesTeam(team: GovernedTeam): Promise<string | null>;
}

/** What is known of a slot besides its ids: names, which a target checks before it goes by them. */
export interface SlotHints {
  readonly entitlement: Readonly<Record<string, unknown>>;
  /** The subject's GitHub login when the grant landed. */
  readonly login: string;
}

/** What guarded access is read from: the ledger's own rows, by which decision processes allow. */
export type Guard = Pick<Clock, 'now'> & Pick<Ledger, 'onSlot' | 'decisionProcesses'>;

/** How to connect to a target. */
export interface TargetConfig {
  /** The operator's URL for it; empty for a provider without targets. */
  readonly url: string;
  /** Fingerprints of what is Daypass's own. */
  readonly forbidden: readonly string[];
  /** Needed by targets on GitHub only. */
  readonly app?: TargetsApp | undefined;
  /** Needed by providers without targets only. */
  readonly guard?: Guard | undefined;
}

/** A live connection to one target. Faults are `TargetFault`, which says whether trying again can help. */
export interface Connection {
  /** Identifies the target, so that another one is never mistaken for it (invariant 14). */
  fingerprint(): Promise<string>;
  /**
   * Whether `ours` is exactly what Daypass's own login gave. If not, all direct access counts as ours, and access from
   * before the first grant may be anybody's (invariant 15).
   */
  readonly tells_ours: boolean;
  /**
   * What the slot's names mean now; null if one does not exist. For providers whose names can later belong to
   * something else. A slot with a pin is what the pin says, even if something else has the names by now (invariant
   * 14).
   */
  pin?(slot: Slot): Promise<string | null>;
  /**
   * What the slot's identity has there by itself, beside what Daypass gives: at most a few hundred lines, each the
   * same as long as the right is. For providers whose access lets people give themselves more: what is there at the
   * end but was not before the start is reported.
   */
  rights?(slot: Slot): Promise<readonly string[]>;
  /**
   * Why an entitlement that has passed `check` would still not be given, in words; null if nothing stands in the way.
   */
  objection?(entitlement: Readonly<Record<string, unknown>>): Promise<string | null>;
  /**
   * What `daypass doctor` says of the target itself: how it is connected, and what these identities could keep it from
   * doing. `about` names the target.
   */
  examine?(about: string, identities: readonly string[]): Promise<readonly Finding[]>;
  /**
   * What each slot holds now, complete and read from the primary. Throws if that cannot be determined. It is to end
   * access unless `purpose` says that it is not: a target may have calls left for ends only.
   */
  observe(slots: readonly Slot[], purpose?: CallPurpose): Promise<readonly (readonly Holding[])[]>;
  /** Everything on the target; throws if the list was cut. */
  list(): Promise<readonly { readonly slot: Slot; readonly holdings: readonly Holding[] }[]>;
  /** Brings what is ours on a slot to `level`, or to nothing. Idempotent. */
  set(slot: Slot, level: string | null, call: Call): Promise<void>;
  /**
   * The same connection for one turn on one leased slot: `set` goes by what the turn observed last and does not read it
   * again. For targets whose calls are counted. What a slot holds is still read anew by each `observe`.
   */
  forTurn?(hints: SlotHints): Connection;
  /**
   * From now on keeps one session at the target, so that an end needs no new one: makes it, or checks that it still
   * works. Throws if there is none now; the next call tries again.
   */
  keepOpen?(): Promise<void>;
  /** Lets the kept session go. */
  letGo?(): Promise<void>;
  close(): Promise<void>;
}

/** What can observe, grant and revoke one kind of access. */
export interface Provider {
  readonly type: string;
  /** Access exists only where Daypass is asked: nothing is connected to, and an identity is a GitHub id. */
  readonly targetless?: true;
  readonly native_expiry: NativeExpiry;
  readonly enforces_scope: boolean;
  readonly ends_sessions: boolean;
  /** Whether whoever has access could use up all sessions of a target; its connections then have `keepOpen`. */
  readonly keeps_open?: boolean;
  readonly join: Join;
  /** Validates a catalog entitlement; returns the problems in words, each naming the key. */
  check(entitlement: unknown): readonly string[];
  /** Says what is wrong with an identity, in words; null if it may be used. */
  checkIdentity(identity: string): string | null;
  /** The slot and level that an entitlement means for an identity. The entitlement has passed `check`. */
  slot(
    entitlement: Readonly<Record<string, unknown>>,
    identity: string,
    offered: OfferedRole,
  ): Slot & {
    readonly level: string;
    readonly keep_sessions: boolean;
    /** Actions done with this access can outlive the grant; reviewers see that. */
    readonly leaves_traces?: boolean;
  };
  /** What an entitlement that has passed `check` gives on GitHub; providers of GitHub have it (invariant 9). */
  onGitHub?(entitlement: Readonly<Record<string, unknown>>): OnGitHub;
  /**
   * The part of a fingerprint that says where slots live: targets of one realm share their slots, even under different
   * names in the catalog (a PostgreSQL role belongs to the whole server, not to a database).
   */
  realm(fingerprint: string): string;
  /** Connects to a target with the operator's URL for it. */
  connect(config: TargetConfig): Promise<Connection>;
}

/** Connections to the targets that the operator configured (`TARGET_<NAME>_URL`), kept open and shared. */
export interface Targets {
  /** Throws a lasting `TargetFault` if the provider or the target's URL is unknown. */
  connection(provider: string, target: string): Promise<Connection>;
  /**
   * How long to stay away from a target whose line is full, ms; 0 if it has a place. A job that waits in a line holds
   * a place that an end at another target may need (invariant 16).
   */
  full(provider: string, target: string): number;
  /**
   * Runs work on one slot of a target; a limited number run at once for each target, and more wait in a line. If the
   * target did not answer a moment ago, this fails with the same error.
   */
  turn<T>(
    provider: string,
    target: string,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T>;
  /** Keeps a session at a target (`Connection.keepOpen`), until `keepOnly` finds it no longer wanted. Throws its fault. */
  keepOpen(provider: string, target: string): Promise<void>;
  /**
   * Keeps a session at each target that `wanted` answers, and lets go of those that were kept before it was asked. No
   * fault is thrown: `kept` has it.
   */
  keepOnly(wanted: () => Promise<readonly TargetName[]>): Promise<void>;
  /** The targets at which a session is kept; `fault` says in words why there is none now. */
  kept(): readonly (TargetName & { readonly fault: string | null })[];
  close(): Promise<void>;
}
