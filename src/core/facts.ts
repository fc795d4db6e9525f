import type { EnvironmentSettings } from './catalog.js';
import type { ChangeKind, NativeExpiry } from './effect.js';
import type { Scope } from './grant.js';

/** A moment as policy reads it: in UTC and in the environment's own zone. */
export interface Moment {
  readonly rfc3339: string;
  readonly hour: number;
  readonly minute: number;
  /** `mon` … `sun`. */
  readonly weekday: string;
  readonly zone: {
    readonly name: string;
    readonly hour: number;
    readonly minute: number;
    readonly weekday: string;
  };
}

/** A grant as policy reads it. */
export interface GrantFacts {
  readonly path: string;
  readonly environment: string;
  readonly resource: string;
  readonly role: string;
  readonly subject_id: number;
  readonly reason: string;
  readonly ticket: string | null;
  readonly break_glass: boolean;
  readonly scope: Scope | null;
  readonly starts_at: string | null;
  readonly expires_at: string | null;
  /** The whole length from start to end, seconds, an extension's included (invariant 12). */
  readonly duration_seconds: number;
}

/** A grant of the ledger as policy reads it. */
export interface LiveFacts extends GrantFacts {
  readonly id: string;
  readonly state: string;
  readonly ends_at: string | null;
}

/** The input of the entrypoint `access/request`. */
export interface PolicyInput {
  readonly change: {
    readonly kind: ChangeKind;
    readonly path: string;
    readonly environment: string;
    /** True for less access: `withdrawn` and `narrowed`. */
    readonly less: boolean;
  };
  /** What is asked for; null for `withdrawn`. */
  readonly grant: GrantFacts | null;
  /** What it changes from; null for `added`. */
  readonly previous: (LiveFacts & { readonly requester_id: number | null }) | null;
  readonly subject: {
    readonly id: number;
    readonly login: string;
    readonly member: boolean;
    readonly teams: readonly string[];
  };
  readonly requester: {
    readonly id: number;
    readonly login: string;
    readonly teams: readonly string[];
  };
  readonly contributors: readonly number[];
  readonly resource: {
    readonly name: string;
    readonly provider: string;
    readonly owners: readonly string[];
  };
  readonly role: {
    readonly name: string;
    readonly risk: 'normal' | 'high';
    readonly native_expiry: NativeExpiry;
    readonly enforces_scope: boolean;
  };
  readonly settings: EnvironmentSettings;
  readonly pull_request: { readonly number: number; readonly title: string; readonly url: string };
  readonly siblings: readonly GrantFacts[];
  readonly pending: readonly LiveFacts[];
  readonly live: readonly LiveFacts[];
  readonly history: readonly LiveFacts[];
  readonly covers_now: readonly LiveFacts[];
  readonly now: Moment;
}

export interface Reason {
  readonly rule: string;
  readonly message: string;
}

/** What a rule requires: so many of these people. */
export interface AskedRequirement extends Reason {
  readonly any_of: { readonly teams: readonly string[]; readonly users: readonly string[] };
  readonly count: number;
  /** Numeric ids that this rule does not accept, beside those that the core never accepts. */
  readonly exclude: readonly number[];
}

/** The four sets that rules add to. */
export interface PolicyAnswer {
  readonly deny: readonly Reason[];
  readonly warn: readonly Reason[];
  readonly require: readonly AskedRequirement[];
  readonly approve: readonly Reason[];
}
