import { withoutGranted } from '../../core/decision/by-grant.js';
import type { AskedRequirement } from '../../core/decision/facts.js';
import type { GrantRecord } from '../../core/grant/record.js';
import { approverIds, approverNames, type ApproverIds } from '../../core/policy/approvers.js';
import type { PolicyData } from '../../core/policy/catalog.js';
import type { Snapshot } from '../../core/change/snapshot.js';
import type { World } from '../../ports.js';

type KnownPeople = Pick<Snapshot, 'teams' | 'accounts'>;

/**
 * Returns the people of a snapshot and everybody that the requirements name; teams without members who are there by a
 * grant.
 */
export type AskPeople = (
  requirements: readonly Pick<AskedRequirement, 'any_of'>[],
) => Promise<KnownPeople & { readonly by_grant: ReadonlySet<number> }>;

/**
 * A snapshot knows the teams that settings and catalog name, and the logins of grant files. Other people named by a
 * requirement are looked up once, when needed: a person who was not looked up is not unknown.
 */
export function askPeople(
  world: Pick<World, 'pullRequests' | 'providers'>,
  snapshot: Snapshot,
  live: readonly GrantRecord[],
): AskPeople {
  let known: KnownPeople = snapshot;
  return async (requirements) => {
    const named = requirements.map(({ any_of }) => any_of);
    const teams = missing(
      named.flatMap((one) => one.teams),
      known.teams,
    );
    const logins = missing(
      named.flatMap((one) => one.users.map((login) => login.toLowerCase())),
      known.accounts,
    );
    if (teams.length + logins.length > 0) {
      const more = await world.pullRequests.people({ teams, logins });
      known = {
        teams: { ...known.teams, ...more.teams },
        accounts: { ...known.accounts, ...more.accounts },
      };
    }
    return {
      ...withoutGranted(known.teams, live, world.providers),
      accounts: known.accounts,
    };
  };
}

function missing(names: readonly string[], known: Readonly<Record<string, unknown>>): string[] {
  return [...new Set(names)].filter((name) => !Object.hasOwn(known, name));
}

/**
 * Who the approvers of a policy are that comes into force with nothing recorded before: the ids that it has written,
 * and what GitHub says now (invariant 6). Throws if GitHub cannot say it of every name.
 */
export async function readApprovers(
  { pullRequests }: Pick<World, 'pullRequests'>,
  data: PolicyData,
): Promise<ApproverIds> {
  const { teams, users: logins } = approverNames(data);
  const known = await pullRequests.people({ teams, logins });
  return approverIds(data, null, known);
}
