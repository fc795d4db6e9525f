import type { AtUse } from '../grant/at-use.js';
import type { Enforcement } from './enforcement/point.js';
import { own } from '../reading/problem.js';

/** One role of a resource: a named set of entitlements. The provider defines what `entitlement` holds. */
export interface Role extends AtUse {
  readonly entitlement: Readonly<Record<string, unknown>>;
  readonly risk: 'normal' | 'high';
}

/** Access that is meant to be permanent. */
export interface Standing {
  readonly environment: string;
  readonly role: string;
  /** GitHub logins. */
  readonly subjects: readonly string[];
  readonly because: string;
}

/** One file `policies/catalog/<resource>.yaml`. */
export interface Resource {
  readonly name: string;
  readonly provider: string;
  /** What enforcement points call this kind of resource; missing where it is the provider's name. */
  readonly type?: string;
  /** Team slugs. */
  readonly owners: readonly string[];
  readonly roles: Readonly<Record<string, Role>>;
  /** Those of a guarded resource name no target. */
  readonly environments: Readonly<Record<string, { readonly target?: string | undefined }>>;
  readonly standing: readonly Standing[];
}

/** What enforcement points call a kind of resource. */
export const typeAtUse = ({ type, provider }: Pick<Resource, 'type' | 'provider'>): string =>
  type ?? provider;

/** A role of a resource, offered in an environment. */
export interface OfferedRole {
  readonly resource: string;
  readonly environment: string;
  readonly role: string;
}

/** The target of a resource in an environment: itself where it names none; null where it is not offered. */
export function targetIn(
  { name, environments }: Pick<Resource, 'name' | 'environments'>,
  environment: string,
): string | null {
  const offered = own(environments, environment);
  return offered ? (offered.target ?? name) : null;
}

/** Hours of the week in a time zone: `from` and `to` are `HH:MM`, days are `mon`…`sun`. */
export interface Hours {
  readonly zone: string;
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** One environment in `policies/settings.yaml`. Anything else in it is for the rules to read. */
export interface EnvironmentSettings {
  /** Longest duration, seconds. */
  readonly max_duration_seconds: number;
  readonly high_risk_max_duration_seconds?: number;
  /** The most that one person may have here in thirty days, seconds. */
  readonly max_in_30_days_seconds?: number;
  readonly hours?: Hours;
  /** How many grants may be live at once that nobody reviewed; missing where the default limits apply. */
  readonly without_review?: WithoutReview;
}

/** The most live grants without review, for one person and in sum. */
export interface WithoutReview {
  readonly per_person: number;
  readonly in_sum: number;
}

/** An account that is no person, and the people who stand behind it: what it does counts as done by them. */
export interface Bot {
  /** Its numeric GitHub id; a login can be taken over (invariant 6). */
  readonly id: number;
  readonly people: readonly { readonly id: number; readonly login: string }[];
  readonly because: string;
}

/** What is kept of decided uses. */
export interface UseLog {
  /** How long rows are kept, seconds. */
  readonly keep_seconds: number;
  /** The share of allowed uses that is logged; denials always are. */
  readonly allows: number;
  /** Whether the words of commands and the paths of calls are logged, too. */
  readonly full: boolean;
}

/** `policies/settings.yaml`. */
export interface Settings {
  /** The numeric ids of approvers: teams by slug, people by login in lower case; missing where none is written. */
  readonly ids?: {
    readonly teams: Readonly<Record<string, number>>;
    readonly users: Readonly<Record<string, number>>;
  };
  /** Team slugs that rules may require besides the owners named in the catalog (invariant 9). */
  readonly teams: readonly string[];
  readonly policy_owners: {
    readonly teams: readonly string[];
    readonly users: readonly string[];
    readonly count: number;
  };
  /** Accounts that may open pull requests and push in place of people; missing where none may. */
  readonly bots?: readonly Bot[];
  readonly environments: Readonly<Record<string, EnvironmentSettings>>;
  /** Target → the environments that it may be used in. A target that is not listed belongs to one environment. */
  readonly targets?: Readonly<Record<string, readonly string[]>>;
  /** Missing where the settings say nothing: then `USE_LOG`. */
  readonly use_log?: UseLog;
  /** How far ahead `starts_at` may be, seconds (invariant 12). */
  readonly max_lead_seconds: number;
  /** A grant lapses if it is not activated within this time of its start or merge, seconds (invariant 12). */
  readonly activate_within_seconds: number;
  /** How long before its end to announce that a grant ends soon, seconds. */
  readonly ending_soon_seconds: number;
  /** A step that would end grants of more than this share and more than this number of the people who have live grants is held (invariant 7). */
  readonly mass_ending: { readonly share: number; readonly number: number };
}

/** `policies/identities.yaml`: who a person is at a provider. */
export interface Identities {
  /** Provider → pattern with `{login}`. */
  readonly patterns: Readonly<Record<string, string>>;
  /** By login. */
  readonly people: Readonly<Record<string, ListedPerson>>;
}

/** A person of `identities.yaml`. */
interface ListedPerson {
  readonly github_id: number;
  /** The identity at each provider. */
  readonly at: Readonly<Record<string, string>>;
  /** What rules at use may go by, because it was reviewed. */
  readonly properties?: PersonProperties;
}

export type PersonProperties = Readonly<Record<string, string | number | boolean>>;

/** The data files of a policy tree, which Rego reads under `data` and providers act on. */
export interface PolicyData {
  readonly settings: Settings;
  readonly identities: Identities;
  readonly catalog: Readonly<Record<string, Resource>>;
  /** Missing where there is no `policies/enforcement.yaml`: then nobody may ask at use. */
  readonly enforcement?: Enforcement;
}
