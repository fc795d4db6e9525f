import { z } from 'zod';
import { statusOf } from '../../clients/github/requests.js';
import { TargetFault } from '../../ports.js';
import type { GitHub, How } from './connect.js';

/** An identity here is a numeric GitHub id: people can change their login, and somebody else can take the old one. */
const ID = /^[1-9]\d{0,15}$/;

/** What is wrong with an identity, in words; null if it may be used. */
export const refuseIdentity = (identity: string): string | null =>
  ID.test(identity) ? null : 'must be the numeric id of a GitHub account, by the pattern "{id}"';

/** The logins that people can have; a bot's has brackets. */
const PERSONAL = /^[A-Za-z0-9_-]+$/;

/** Asks in a query whose a login is: its variable, its field, and what the field answers. */
export const whose = {
  asks: (login: string | null): login is string => login !== null && PERSONAL.test(login),
  variable: '$login: String!',
  field: 'user(login: $login) { databaseId login }',
  answer: z.object({ databaseId: z.number().int(), login: z.string() }).nullish(),
};

/** A login as GitHub just told it, and the id of whoever has it. */
export type ToldLogin = z.infer<typeof whose.answer>;

/** The login that somebody was just told to have; null if it is another's. */
export const loginOf = (told: ToldLogin, identity: string): string | null =>
  told && String(told.databaseId) === identity ? told.login : null;

const account = z.object({ id: z.number().int(), login: z.string(), type: z.string() });

/**
 * What the account with an id is called now. GitHub gives by login, and a login can change hands at any moment: the call
 * before one that gives is always this one or `memberLogin`, whatever was read earlier; before one that leaves less than
 * there is, the look that just told the login will do.
 */
export async function accountLogin(github: GitHub, identity: string, how: How): Promise<string> {
  const route = 'GET /user/{account_id}';
  try {
    const found = await github.call(route, { account_id: Number(identity) }, account, how);
    if (String(found.id) === identity && found.type === 'User') return found.login;
    throw new TargetFault(`the GitHub account ${identity} is not a person`, true);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    throw new TargetFault(`GitHub has no account with the id ${identity}`, true, { cause: error });
  }
}

/**
 * The same for a member of the organisation, by one call that says both; throws for anybody else. `known` is a login
 * that they may have: if it is not theirs (any more), theirs is looked up.
 */
export async function memberLogin(
  github: GitHub,
  org: string,
  { identity, known }: { readonly identity: string; readonly known: string | null },
  how: How,
): Promise<string> {
  const told = known === null ? null : await memberCalled(github, org, known, how);
  if (told !== null && String(told.id) === identity) return told.login;
  const username = await accountLogin(github, identity, how);
  const found = await memberCalled(github, org, username, how);
  if (found !== null && String(found.id) === identity) return found.login;
  if (found !== null)
    throw new TargetFault(`${username} became another's login while it was being read`, false);
  const why = `${username} is not a member of ${org}: adding them to a team would make them one, and that would outlive the grant`;
  throw new TargetFault(why, true);
}

const organizationMembership = z.object({ state: z.string(), role: z.string(), user: account });

/**
 * The member of the organisation who has a login now; null if none has. Who has yet to accept, or only pays the bills, is
 * none.
 */
async function memberCalled(
  github: GitHub,
  org: string,
  username: string,
  how: How,
): Promise<z.infer<typeof account> | null> {
  const route = 'GET /orgs/{org}/memberships/{username}';
  try {
    const found = await github.call(route, { org, username }, organizationMembership, how);
    const member = found.state === 'active' && /^(admin|member)$/.test(found.role);
    return member && found.user.type === 'User' ? found.user : null;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return null;
  }
}
