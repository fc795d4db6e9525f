import { canonical } from '../reading/canonical.js';
import type { AskedRequirement } from './facts.js';
import type { Who } from '../grant/record.js';
import { isHuman, whoIs, type Person, type Team } from '../grant/person.js';
import { notTheApprover, type ApproverIds } from '../policy/approvers.js';
import { own } from '../reading/problem.js';
import { coded, type Reason, type ReasonCode } from '../reading/reason.js';

/** Everybody whom requirements may name, in their current state on GitHub. */
export interface People {
  /** By slug; null where GitHub knows no such team. */
  readonly teams: Readonly<Record<string, Pick<Team, 'id' | 'members'> | null>>;
  /** By login in lower case; null where there is no such account. */
  readonly accounts: Readonly<Record<string, Person | null>>;
  /** The teams that settings or the catalog declare. Policy may not ask others (invariant 9). */
  readonly approver_teams: readonly string[];
  /** Who the names of approvers are, by the policy in force (invariant 6); null offline, where nobody knows ids. */
  readonly ids: ApproverIds | null;
  /** Who was left out of `teams` for being in one only by a live grant of Daypass (invariant 4). */
  readonly by_grant?: ReadonlySet<number>;
}

/** What rules ask of the same people, who these are, and what is wrong with asking them. */
export interface Asking {
  readonly asked_by: readonly Reason[];
  readonly teams: readonly string[];
  readonly users: readonly string[];
  readonly count: number;
  /** Everybody named, by id. */
  readonly named: ReadonlyMap<number, Who>;
  /** Those of them whose approval would count. */
  readonly accepts: ReadonlyMap<number, Who>;
  readonly denials: readonly Reason[];
}

/**
 * Merges requirements of the same people to the highest count and finds who they are. `barred` has the ids that never
 * count for this change: requester, subject, contributors (invariant 4).
 */
export function asking(
  requirements: readonly AskedRequirement[],
  people: People,
  barred: ReadonlySet<number>,
): readonly Asking[] {
  const merged = new Map<string, AskedRequirement[]>();
  for (const requirement of requirements) {
    const key = canonical(whom(requirement));
    merged.set(key, [...(merged.get(key) ?? []), requirement]);
  }
  return [...merged.values()].flatMap((same) => {
    const [first] = same;
    return first ? [resolved(first, same, people, barred)] : [];
  });
}

/** Whom a requirement accepts, sorted and with logins in lower case. */
function whom({ any_of, exclude }: AskedRequirement) {
  const users = any_of.users.map((login) => login.toLowerCase());
  return {
    teams: [...new Set(any_of.teams)].sort(),
    users: [...new Set(users)].sort(),
    exclude: [...new Set(exclude)].sort((a, b) => a - b),
  };
}

function resolved(
  first: AskedRequirement,
  same: readonly AskedRequirement[],
  people: People,
  barred: ReadonlySet<number>,
): Asking {
  const { teams, users, exclude } = whom(first);
  const { ids } = people;
  const count = Math.max(...same.map((requirement) => requirement.count));
  const found: Person[] = [];
  const denials: Reason[] = [];
  const deny = (code: ReasonCode, message: string) =>
    denials.push({ code, rule: first.rule, message });

  for (const slug of teams) {
    const team = own(people.teams, slug);
    if (!people.approver_teams.includes(slug)) {
      const why = 'which is neither in settings nor an owner in the catalog';
      deny('team_not_declared', `asks for the team ${slug}, ${why}`);
    } else if (!team) {
      deny('unknown_team', `asks for the team ${slug}, which GitHub does not know`);
    } else {
      const why = ids && notTheApprover('team', team.id, own(ids.teams, slug) ?? null);
      if (why !== null) deny('approver_changed', `asks for the team ${slug}, which ${why}`);
      else found.push(...team.members);
    }
  }
  for (const login of users) {
    const account = own(people.accounts, login);
    const recorded = ids && own(ids.users, login);
    if (!account) deny('unknown_user', `asks for ${login}, whom GitHub does not know`);
    else if (recorded === undefined) {
      const why = 'whose id is not under ids.users in settings.yaml';
      deny('user_not_declared', `asks for ${login}, ${why}`);
    } else {
      const why = ids && notTheApprover('account', account.id, recorded);
      if (why !== null) deny('approver_changed', `asks for ${login}, who ${why}`);
      else found.push(account);
    }
  }
  const named = byId(found);
  const accepts = byId(
    found.filter((one) => isHuman(one) && !barred.has(one.id) && !exclude.includes(one.id)),
  );
  if (!Number.isSafeInteger(count) || count < 1) {
    deny('wrong_count', `asks for ${count} approvals, which is not a number of people`);
  } else if (denials.length === 0 && accepts.size < count) {
    const names = [...teams, ...users].join(', ') || 'nobody';
    deny(
      'too_few_people',
      `only ${accepts.size} of ${count} can be found among ${names}: requester, subject, contributors and bots do not count`,
    );
  }
  const asked_by = coded('asked', same);
  return { asked_by, teams, users, count, named, accepts, denials };
}

function byId(people: readonly Person[]): ReadonlyMap<number, Who> {
  const sorted = [...people].sort((a, b) => a.id - b.id);
  return new Map(sorted.map((one) => [one.id, whoIs(one)]));
}
