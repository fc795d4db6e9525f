import { canonical } from '../reading/canonical.js';
import type { EnvironmentSettings, PolicyData } from '../policy/catalog.js';
import type { Change } from '../change/change.js';
import { less, type AskedKind, type NativeExpiry } from '../grant/effect.js';
import {
  askedFacts,
  liveFacts,
  siblingFacts,
  sortedFacts,
  type GrantFacts,
  type LiveFacts,
  type PendingFacts,
  type SiblingFacts,
} from './grant-facts.js';
import type { GrantRecord } from '../grant/record.js';
import { momentOf, type Moment } from '../policy/moment.js';
import type { Team } from '../grant/person.js';
import { own } from '../reading/problem.js';
import type { Reason } from '../reading/reason.js';
import type { Snapshot } from '../change/snapshot.js';

export type { GrantFacts, LiveFacts } from './grant-facts.js';
export type { Moment } from '../policy/moment.js';

/** The input of the entrypoint `access/request`. */
export interface PolicyInput {
  readonly change: {
    readonly kind: AskedKind;
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
  /** Other changes of the same pull request; empty before activation, because what landed together is in the ledger. */
  readonly siblings: readonly SiblingFacts[];
  /** What other open pull requests would give, except their changes of the grant that this change is about. */
  readonly pending: readonly PendingFacts[];
  /** All live grants of the subject, including `previous` and those that a sibling or a pending change starts from. */
  readonly live: readonly LiveFacts[];
  readonly history: readonly LiveFacts[];
  readonly covers_now: readonly LiveFacts[];
  readonly now: Moment;
}

/** What a rule says. Daypass adds the code, which depends on the set that it is in. */
export interface Spoken extends Pick<Reason, 'key' | 'message'> {
  readonly rule: string;
}

/** What a rule requires: `count` of these people. */
export interface AskedRequirement extends Spoken {
  readonly any_of: { readonly teams: readonly string[]; readonly users: readonly string[] };
  readonly count: number;
  /** Numeric ids that this rule does not accept, in addition to those that the core never accepts. */
  readonly exclude: readonly number[];
}

/** The four sets that rules add to. */
export interface PolicyAnswer {
  readonly deny: readonly Spoken[];
  readonly warn: readonly Spoken[];
  readonly require: readonly AskedRequirement[];
  readonly approve: readonly Spoken[];
}

/** The facts that the policy's input is made from. */
export interface PolicyFacts {
  readonly change: Change;
  /** The other changes of the same pull request. */
  readonly siblings: readonly Change[];
  readonly snapshot: Pick<Snapshot, 'pull_request' | 'contributors' | 'teams' | 'accounts'>;
  readonly data: PolicyData;
  /** Grants of the ledger that are scheduled, activating or active. */
  readonly live: readonly GrantRecord[];
  /** Grants of the ledger that ended in the last days. */
  readonly history: readonly GrantRecord[];
  /** Changes that are approved and have not landed. */
  readonly pending?: readonly PendingFacts[];
  /** The id of the landed grant that is decided again before activation; null before it has landed. */
  readonly again?: string | null;
  readonly now: Date;
}

/** GitHub's own placeholder for an account that is gone; nobody has the id 0. */
const GHOST = { id: 0, login: 'ghost' };

/**
 * The input of `access/request` for one change. The same facts give the same bytes: lists are sorted. A withdrawal from
 * an environment that is no longer in the settings gets settings that allow nothing. `covers_now` leaves out the grant
 * that the change is about. Throws a RangeError for an unknown time zone.
 */
export function policyInput(facts: PolicyFacts): PolicyInput {
  const { change, snapshot, data, live, history, pending = [], again = null, now } = facts;
  const { kind, path, environment, from, effect } = change;
  const about = change.to ?? from;
  if (!about?.entitled) throw new Error(`The change of ${path} is of nothing`);
  if (kind === 'reworded') throw new Error(`The change of ${path} asks policy for nothing`);
  const { entitled, declared } = about;
  const settings = own(data.settings.environments, environment) ?? { max_duration_seconds: 0 };
  const requester = snapshot.pull_request.author ?? GHOST;
  const subjects = ({ subject }: GrantRecord) => subject.id === effect.subject_id;
  const siblings = again === null ? facts.siblings : [];
  const mine = again ?? from?.id ?? null;
  const elsewhere = pending.filter((p) => p.changes_from === null || p.changes_from !== mine);
  const { number, title, url } = snapshot.pull_request;
  return {
    change: { kind, path, environment, less: less(change) },
    grant: askedFacts(change, now),
    previous: from && { ...liveFacts(from), requester_id: from.requester?.id ?? null },
    subject: {
      id: effect.subject_id,
      login: about.subject.login,
      member: isMember(change, snapshot),
      teams: teamsOf(effect.subject_id, snapshot.teams),
    },
    requester: {
      id: requester.id,
      login: requester.login,
      teams: teamsOf(requester.id, snapshot.teams),
    },
    contributors: [...new Set(snapshot.contributors.people.map(({ id }) => id))].sort(
      (a, b) => a - b,
    ),
    resource: {
      name: declared.resource,
      provider: entitled.slot.provider,
      owners: (own(data.catalog, declared.resource)?.owners ?? []).toSorted(),
    },
    role: {
      name: declared.role,
      risk: entitled.risk,
      native_expiry: entitled.native_expiry,
      enforces_scope: entitled.enforces_scope,
    },
    settings,
    pull_request: { number, title, url },
    siblings: siblingFacts(siblings, now),
    pending: elsewhere.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    live: sortedFacts(live.filter(subjects)),
    history: sortedFacts(history.filter(subjects)),
    covers_now: sortedFacts(live.filter((grant) => subjects(grant) && covers(grant, change))),
    now: momentOf(now, settings.hours?.zone ?? 'UTC'),
  };
}

function isMember({ to, from }: Change, { accounts }: PolicyFacts['snapshot']): boolean {
  if (to) return to.subject.member;
  const account = from && own(accounts, from.subject.login.toLowerCase());
  return account?.id === from?.subject.id && account?.member === true;
}

/** The slugs of the teams that somebody is in, by id (invariant 6). */
function teamsOf(id: number, teams: Readonly<Record<string, Team | null>>): readonly string[] {
  return Object.entries(teams)
    .filter(([, team]) => team?.members.some((member) => member.id === id))
    .map(([slug]) => slug)
    .sort();
}

/** Whether another grant of the subject is for the same slot, or for the same role by name. */
function covers(grant: GrantRecord, { from, to, environment }: Change): boolean {
  const about = to ?? from;
  if (!about || grant.id === from?.id) return false;
  const { resource, role } = about.declared;
  const { declared, entitled } = grant;
  const sameRole =
    declared.environment === environment &&
    declared.resource === resource &&
    declared.role === role;
  return (
    sameRole ||
    (entitled !== null && canonical(entitled.slot) === canonical(about.entitled?.slot ?? null))
  );
}
