import { z } from 'zod';
import { statusOf } from '../../clients/github/requests.js';
import { TargetFault } from '../../ports.js';
import type { GitHub, How } from '../github/connect.js';

/** The levels that a team can give, weakest first. */
export const TEAM_LEVELS = ['member', 'maintainer'] as const;
export type TeamLevel = (typeof TEAM_LEVELS)[number];

export interface TargetTeam {
  readonly id: number;
  readonly organization_id: number;
  /** The organisation's login now. */
  readonly org: string;
  readonly slug: string;
}

/** What one person is to a team. */
export interface TeamAccess {
  /** Their current login. */
  readonly login: string;
  readonly direct: TeamLevel | null;
  /** To the organisation, and with that into the team. */
  readonly invited: boolean;
  /** In a team below it. */
  readonly below: boolean;
  /** Of the organisation. */
  readonly owner: boolean;
}

const team = z.object({
  id: z.number().int(),
  slug: z.string(),
  organization: z.object({ id: z.number().int(), login: z.string() }),
});

/**
 * The team with an id, even if it was renamed; throws if it does not belong to the organisation. GitHub's own links
 * have this form: https://docs.github.com/en/rest/teams/teams#get-a-team-by-name
 */
export async function teamById(github: GitHub, object: string, how: How): Promise<TargetTeam> {
  const { id: org_id, login } = await github.organization();
  const route = 'GET /organizations/{org_id}/team/{team_id}';
  const found = await github.call(route, { org_id, team_id: Number(object) }, team, how);
  if (String(found.id) !== object || found.organization.id !== org_id)
    throw new TargetFault(`the team ${object} does not belong to ${login}`, true);
  return { id: found.id, organization_id: org_id, org: found.organization.login, slug: found.slug };
}

const person = z.object({ databaseId: z.number().int(), login: z.string() });
const member = z.object({ role: z.enum(['MEMBER', 'MAINTAINER']), node: person });
const invited = z.object({ node: z.object({ invitee: person.nullable() }) });

const PAGE = 'totalCount pageInfo { hasNextPage endCursor }';
const MEMBERS = `{ ${PAGE} edges { role node { databaseId login } } }`;
const DIRECT = `members(first: 100, after: $after, membership: IMMEDIATE) ${MEMBERS}`;
const BELOW = `members(first: 100, after: $after, membership: CHILD_TEAM) ${MEMBERS}`;
const INVITED = `invitations(first: 100, after: $after) { ${PAGE}
  edges { node { invitee { databaseId login } } } }`;

/** The whole of one of a team's lists; throws if GitHub cut it or another team took the team's name. */
async function all<T>(github: GitHub, at: TargetTeam, what: string, edge: z.ZodType<T>, how: How) {
  const query = `query Team($org: String!, $slug: String!, $after: String) {
    organization(login: $org) { team(slug: $slug) { databaseId list: ${what} } }
  }`;
  const page = z.object({
    organization: z.object({
      team: z.object({
        databaseId: z.number().int(),
        list: z.object({
          totalCount: z.number().int(),
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
          edges: z.array(edge),
        }),
      }),
    }),
  });
  const { org, slug } = at;
  return github.whole(`who is in ${org}/${slug}`, async (after) => {
    const read = await github.graphql(query, { org, slug, after }, page, how);
    const { databaseId, list } = read.organization.team;
    if (databaseId !== at.id)
      throw new TargetFault(
        `${org}/${slug} was replaced by another team while it was being read`,
        false,
      );
    return { ...list, nodes: list.edges };
  });
}

const accounts = z.array(z.object({ id: z.number().int(), login: z.string() }));

/**
 * Everybody's relation to a team, by numeric id: complete, or an error. Owners are listed whether they are in it or
 * not.
 */
export async function rolesIn(
  github: GitHub,
  at: TargetTeam,
  how: How,
): Promise<ReadonlyMap<string, TeamAccess>> {
  const roles = new Map<string, TeamAccess>();
  const add = (id: number, login: string, more: Partial<TeamAccess>) => {
    const none = { direct: null, invited: false, below: false, owner: false };
    const known = roles.get(String(id)) ?? { login, ...none };
    roles.set(String(id), { ...known, ...more });
  };
  // Invited, below, then in the team: somebody who moves on meanwhile is seen twice, not missed.
  for (const { node } of await all(github, at, INVITED, invited, how))
    if (node.invitee) add(node.invitee.databaseId, node.invitee.login, { invited: true });
  for (const { node } of await all(github, at, BELOW, member, how))
    add(node.databaseId, node.login, { below: true });
  for (const { role, node } of await all(github, at, DIRECT, member, how)) {
    const direct = role === 'MAINTAINER' ? 'maintainer' : 'member';
    add(node.databaseId, node.login, { direct, invited: false });
  }
  const owners = { org: at.org, role: 'admin' };
  for (const { id, login } of await github.list('GET /orgs/{org}/members', owners, accounts, how))
    add(id, login, { owner: true });
  return roles;
}

const membership = z.object({ state: z.string(), role: z.enum(TEAM_LEVELS) });

/** The role that an invited person will have in the team, which GitHub's lists of invitations do not show. */
export async function pendingLevel(
  github: GitHub,
  { org, slug }: TargetTeam,
  username: string,
  how: How,
): Promise<TeamLevel> {
  const route = 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}';
  try {
    const found = await github.call(route, { org, team_slug: slug, username }, membership, how);
    if (found.state === 'pending') return found.role;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  throw new TargetFault(`the invitation of ${username} changed while it was being read`, false);
}

const invitation = z.object({
  id: z.number().int(),
  login: z.string().nullable(),
  inviter: z.object({ login: z.string() }),
  team_count: z.number().int(),
});

/**
 * The open invitation that would bring somebody into a team, with its author and the number of teams that it is for.
 */
export async function invitationOf(
  github: GitHub,
  { org, slug }: TargetTeam,
  username: string,
  how: How,
): Promise<{ readonly id: number; readonly inviter: string; readonly teams: number } | null> {
  const route = 'GET /orgs/{org}/teams/{team_slug}/invitations';
  const open = await github.list(route, { org, team_slug: slug }, z.array(invitation), how);
  const found = open.find(({ login }) => login?.toLowerCase() === username.toLowerCase());
  return found ? { id: found.id, inviter: found.inviter.login, teams: found.team_count } : null;
}
