import type { Account, Team } from '../grant/person.js';
import { own } from '../reading/problem.js';
import type { PolicyData } from './catalog.js';

/**
 * The numeric ids behind the names of approvers (invariant 6): teams by slug, people by login in lower case. Null is a
 * name that GitHub did not know.
 */
export interface ApproverIds {
  readonly teams: Readonly<Record<string, number | null>>;
  readonly users: Readonly<Record<string, number | null>>;
}

/** The teams that may approve something: those in settings, owners and policy owners (invariant 9). */
export function approverTeams(data: PolicyData): readonly string[] {
  const owners = Object.values(data.catalog).flatMap((resource) => resource.owners);
  const { teams, policy_owners } = data.settings;
  return [...new Set([...teams, ...owners, ...policy_owners.teams])].sort();
}

/** Everybody who may be asked, by name. */
export function approverNames(data: PolicyData) {
  return { teams: approverTeams(data), users: approverUsers(data) };
}

/** The people who may be asked, by login in lower case: policy owners, and those whose id settings has. */
function approverUsers({ settings }: PolicyData): readonly string[] {
  const { policy_owners, ids } = settings;
  const logins = policy_owners.users.map((login) => login.toLowerCase());
  return [...new Set([...logins, ...Object.keys(ids?.users ?? {})])].sort();
}

/** What GitHub says about names now. */
interface Known {
  readonly teams: Readonly<Record<string, Team | null>>;
  readonly accounts: Readonly<Record<string, Account | null>>;
}

/**
 * The ids that count for the names in `data` once it is in force: the id that is written there, else the one that
 * `before` has, else the one that GitHub says now. So a name keeps its id, or stays a name of nobody, for as long as the
 * policies in force name it: no change of policy that says nothing about it lets another team or person take it over.
 * Throws if GitHub was not asked about a name.
 */
export function approverIds(data: PolicyData, before: ApproverIds | null, now: Known): ApproverIds {
  const team = (slug: string): number | null =>
    writtenTeam(data, slug) ?? kept(before?.teams, slug, now.teams);
  const user = (login: string): number | null =>
    writtenUser(data, login) ?? kept(before?.users, login, now.accounts);
  const of = (names: readonly string[], id: (name: string) => number | null) =>
    Object.fromEntries(names.map((name) => [name, id(name)]));
  return { teams: of(approverTeams(data), team), users: of(approverUsers(data), user) };
}

const writtenTeam = ({ settings }: PolicyData, slug: string) =>
  own(settings.ids?.teams ?? {}, slug);

const writtenUser = ({ settings, identities }: PolicyData, login: string) =>
  own(settings.ids?.users ?? {}, login) ?? own(identities.people, login)?.github_id;

/**
 * Those of `ids`, the approvers of `data`, whom neither `data` nor the policy in force says: GitHub alone says who they
 * are, so approvals of `data` are for these ids (invariant 2).
 */
export function newApprovers(ids: ApproverIds, data: PolicyData, before: ApproverIds): ApproverIds {
  const only = (
    of: ApproverIds['teams'],
    known: ApproverIds['teams'],
    written: typeof writtenTeam,
  ) =>
    Object.fromEntries(
      Object.entries(of).filter(
        ([name]) => !Object.hasOwn(known, name) && written(data, name) === undefined,
      ),
    );
  return {
    teams: only(ids.teams, before.teams, writtenTeam),
    users: only(ids.users, before.users, writtenUser),
  };
}

/** Who is asked about a change of policy: by the policy in force, and by the new one where only that has the name. */
export function bothIds(inForce: ApproverIds, given: ApproverIds | null): ApproverIds {
  return {
    teams: { ...given?.teams, ...inForce.teams },
    users: { ...given?.users, ...inForce.users },
  };
}

/** Who of the new approvers was somebody else, or nobody, as an approval read them, in words; `read` is null for unknown. */
export function othersThanRead(read: ApproverIds | null, now: ApproverIds): readonly string[] {
  const whose = (of: ApproverIds['teams'], before: ApproverIds['teams'], what: string) =>
    Object.entries(of).flatMap(([name, id]) => {
      const was = own(before, name);
      if (was === id) return [];
      const then = was === undefined ? 'not known' : inWords(was);
      return [`the ${what} ${name} was ${then} and is now ${inWords(id)}`];
    });
  return [
    ...whose(now.teams, read?.teams ?? {}, 'team'),
    ...whose(now.users, read?.users ?? {}, 'account'),
  ];
}

const inWords = (id: number | null) => (id === null ? 'nobody' : `the one with the id ${id}`);

function kept(
  before: Readonly<Record<string, number | null>> | undefined,
  name: string,
  now: Readonly<Record<string, { readonly id: number } | null>>,
): number | null {
  const known = own(before ?? {}, name);
  if (known !== undefined) return known;
  const found = own(now, name);
  if (found === undefined) throw new Error(`GitHub was not asked about the approver ${name}`);
  return found?.id ?? null;
}

/** The names in `ids` that count for nobody: nobody had them when they were recorded. */
export function unknownApprovers({ teams, users }: ApproverIds): readonly string[] {
  const missing = (of: ApproverIds['teams'], what: string) =>
    Object.keys(of)
      .filter((name) => of[name] === null)
      .map((name) => `${what} ${name}`);
  return [...missing(teams, 'the team'), ...missing(users, 'the account')];
}

/** The teams that are those whose ids are recorded; what stands under a name with another id is left out. */
export function teamsAsRecorded(
  teams: Readonly<Record<string, Team | null>>,
  ids: ApproverIds,
): Readonly<Record<string, Team | null>> {
  return Object.fromEntries(
    Object.entries(teams).filter(([slug, team]) => team?.id === own(ids.teams, slug)),
  );
}

/** Why whoever has the name of an approver now is none, as the end of a sentence about them; null where they are. */
export function notTheApprover(
  kind: 'team' | 'account',
  id: number,
  recorded: number | null,
): string | null {
  if (id === recorded) return null;
  const meant =
    recorded === null
      ? `no ${kind} had this name when the policy came into force`
      : `the policy means the ${kind} with the id ${recorded}`;
  const key = kind === 'team' ? 'teams' : 'users';
  return `is the ${kind} with the id ${id} now, but ${meant}. If this one is to count, its id must be written under ids.${key} in settings.yaml by an approved change of policy, or accepted by an operator's daypass trust.`;
}
