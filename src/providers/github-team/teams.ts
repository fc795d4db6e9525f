import { z } from 'zod';
import { TargetFault } from '../../ports.js';
import { byNameOrId, NotByThatName } from '../github/by-name.js';
import type { GitHub, How } from '../github/connect.js';
import type { ToRead } from '../github/organization.js';
import { whose, type ToldLogin } from '../github/people.js';

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
async function teamById(github: GitHub, object: string, how: How): Promise<TargetTeam> {
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
const INVITED = `invitations(first: 100, after: $after) { ${PAGE}
  edges { node { invitee { databaseId login } } } }`;
const BELOW = `members(first: 100, after: $after, membership: CHILD_TEAM) ${MEMBERS}`;
const DIRECT = `members(first: 100, after: $after, membership: IMMEDIATE) ${MEMBERS}`;

const identified = z.object({ databaseId: z.number().int(), slug: z.string() });
const listOf = <Edge>(edge: z.ZodType<Edge>) =>
  z.object({
    totalCount: z.number().int(),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    edges: z.array(edge),
  });
const lists = identified.extend({
  invited: listOf(invited),
  below: listOf(member),
  direct: listOf(member),
});

/** What to ask about a team: fields, from a page on, and whose a login is. */
interface TeamQuery<T> {
  readonly fields: string;
  readonly answer: z.ZodType<T>;
  readonly after: string | null;
  readonly login: string | null;
}

async function ask<T extends z.infer<typeof identified>>(
  github: GitHub,
  at: TargetTeam,
  { fields, answer, after, login }: TeamQuery<T>,
  how: How,
) {
  const named = whose.asks(login);
  const query = `query Team(
    $org: String!, $slug: String!, $after: String${named ? `, ${whose.variable}` : ''}
  ) {
    organization(login: $org) {
      databaseId login team(slug: $slug) { databaseId slug ${fields} }
    }
    ${named ? whose.field : ''}
  }`;
  const shape = z.object({
    organization: z
      .object({ databaseId: z.number().int(), login: z.string(), team: answer.nullable() })
      .nullable(),
    user: whose.answer,
  });
  const { org, slug } = at;
  const variables = { org, slug, after, ...(named && { login }) };
  const missing = /^(organization|team|user)$/;
  const found = await github.graphql(query, variables, shape, { ...how, missing });
  const there = found.organization;
  if (there?.databaseId !== at.organization_id || there.team?.databaseId !== at.id)
    throw new NotByThatName(
      `${org}/${slug} is not the team ${at.id}, or was replaced by another while it was being read`,
      false,
    );
  return { team: there.team, org: there.login, told: found.user };
}

/** The whole of one of a team's lists; throws if GitHub cut it. */
const whole = <T>(github: GitHub, at: TargetTeam, what: string, edge: z.ZodType<T>, how: How) =>
  github.whole(`who is in ${at.org}/${at.slug}`, async (after) => {
    const asked = {
      ...{ fields: `list: ${what}`, answer: identified.extend({ list: listOf(edge) }) },
      ...{ after, login: null },
    };
    const { list } = (await ask(github, at, asked, how)).team;
    return { ...list, nodes: list.edges };
  });

/**
 * All of a team's lists: by one call if each has one page, otherwise one list after another. Within one call GitHub may
 * read them in any order, so somebody who accepts an invitation in that moment could be missed by it, but not by the
 * next as well: an end reads twice, and takes away what either shows (invariant 14).
 */
async function all(github: GitHub, at: TargetTeam, login: string | null, how: How) {
  const fields = `invited: ${INVITED} below: ${BELOW} direct: ${DIRECT}`;
  const asked = { fields, answer: lists, after: null, login };
  const { team, org, told } = await ask(github, at, asked, how);
  const now = { ...at, org, slug: team.slug };
  const parts = [team.invited, team.below, team.direct];
  if (parts.some(({ pageInfo }) => pageInfo.hasNextPage))
    return {
      ...{ at: now, told },
      // Invited, below, then in the team: somebody who moves on meanwhile is seen twice, not missed.
      invited: await whole(github, now, INVITED, invited, how),
      below: await whole(github, now, BELOW, member, how),
      direct: await whole(github, now, DIRECT, member, how),
    };
  if (parts.some(({ totalCount, edges }) => edges.length !== totalCount))
    throw new TargetFault(`the list of who is in ${org}/${team.slug} was cut`, false);
  return {
    ...{ at: now, told },
    invited: team.invited.edges,
    below: team.below.edges,
    direct: team.direct.edges,
  };
}

const owners = z.array(z.object({ id: z.number().int(), login: z.string() }));

/** What a turn knows of a team after a call: who owns the organisation, which a call changes nothing about. */
export interface KeptOwners {
  readonly owners: z.infer<typeof owners>;
}

/** Everybody's relation to a team, by numeric id. Owners are listed whether they are in it or not. */
export interface TeamRoles extends KeptOwners {
  readonly at: TargetTeam;
  readonly roles: ReadonlyMap<string, TeamAccess>;
  readonly told: ToldLogin;
}

/** Everybody's relation to a team that may have been renamed: complete, or an error. */
export async function readTeam(
  github: GitHub,
  { object, names, kept, how }: ToRead<KeptOwners>,
): Promise<TeamRoles> {
  const [org, slug] = names.object?.split('/') ?? [];
  const { id: organization_id } = await github.organization();
  return byNameOrId(
    github,
    org !== undefined && slug !== undefined
      ? { id: Number(object), organization_id, org, slug }
      : null,
    () => teamById(github, object, how),
    (at) => rolesIn(github, at, names.login, kept, how),
  );
}

async function rolesIn(
  github: GitHub,
  named: TargetTeam,
  login: string | null,
  kept: KeptOwners | null,
  how: How,
): Promise<TeamRoles> {
  const roles = new Map<string, TeamAccess>();
  const add = (id: number, login: string, more: Partial<TeamAccess>) => {
    const none = { direct: null, invited: false, below: false, owner: false };
    const known = roles.get(String(id)) ?? { login, ...none };
    roles.set(String(id), { ...known, ...more });
  };
  const { at, told, invited, below, direct } = await all(github, named, login, how);
  for (const { node } of invited)
    if (node.invitee) add(node.invitee.databaseId, node.invitee.login, { invited: true });
  for (const { node } of below) add(node.databaseId, node.login, { below: true });
  for (const { role, node } of direct) {
    const level = role === 'MAINTAINER' ? 'maintainer' : 'member';
    add(node.databaseId, node.login, { direct: level, invited: false });
  }
  const admins = { org: at.org, role: 'admin' };
  const owning =
    kept?.owners ?? (await github.list('GET /orgs/{org}/members', admins, owners, how));
  for (const { id, login } of owning) add(id, login, { owner: true });
  return { at, roles, told, owners: owning };
}
