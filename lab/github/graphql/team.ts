import { timestamp } from '../clock.js';
import { canSee, demandOrg } from '../access.js';
import {
  byId,
  childTeams,
  directMembers,
  membersBelow,
  openInvitations,
  teamBySlug,
  teamMembers,
  teamRoleOn,
  teamVisible,
} from '../lookup.js';
import { nodeId } from '../node-id.js';
import { Refusal } from '../refusal.js';
import type { Org, Repo, Team } from '../state.js';
import type { Page } from './connection.js';
import { connection } from './connection.js';
import type { Field, Fields, Graph } from './graph.js';

type Membership = 'ALL' | 'IMMEDIATE' | 'CHILD_TEAM';

/** An organisation. As on GitHub, `team` is null if there is none of that name or it may not be seen. */
export function organizationFields(graph: Graph, org: Org): Fields {
  const { state } = graph.github;
  const team: Field<{ slug: string }> = ({ slug }) => {
    const found = teamBySlug(state, org.id, slug);
    if (!mayReadTeams(graph, org)) return null;
    return found && teamVisible(state, found, graph.identity) ? graph.team(found) : null;
  };
  const membersWithRole: Field<Page> = (page, info) =>
    mayReadTeams(graph, org)
      ? connection(page, info, {
          all: [...org.members].sort(byKey),
          key: ([id]) => id,
          node: ([id]) => graph.user(byId(state.users, id)),
          edge: ([, role]) => ({ role: role.toUpperCase() }),
        })
      : null;
  return {
    __typename: 'Organization',
    id: nodeId('Organization', org.id),
    databaseId: org.id,
    login: org.login,
    name: null,
    resourcePath: `/${org.login}`,
    url: `${state.url}/${org.login}`,
    avatarUrl: `${state.url}/avatars/u/${org.id}`,
    createdAt: timestamp(org.created_at),
    team,
    membersWithRole,
  };
}

/** Whether the caller may know about teams at all; throws FORBIDDEN for an app without `members`. */
function mayReadTeams({ github, identity }: Graph, org: Org): boolean {
  try {
    demandOrg(github.state, identity, org.login, 'read');
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return false;
    throw error;
  }
}

/** The members of a team: its own, those of the teams below it, or both. */
function membersOf({ github: { state } }: Graph, team: Team, membership: Membership) {
  if (membership === 'ALL') return teamMembers(state, team);
  return membership === 'IMMEDIATE' ? directMembers(state, team) : membersBelow(state, team);
}

/** Who is invited to the organisation and to the team. */
const invitations =
  (graph: Graph, team: Team, org: Org): Field<Page> =>
  (page, info) => {
    const { state } = graph.github;
    return connection(page, info, {
      all: openInvitations(state, org).filter(({ teams }) => teams.has(team.id)),
      key: ({ id }) => id,
      node: ({ id, invitee_id, created_at }) => ({
        __typename: 'OrganizationInvitation',
        id: nodeId('OrganizationInvitation', id),
        createdAt: timestamp(created_at),
        email: null,
        invitationType: 'USER',
        invitationSource: 'MEMBER',
        role: 'DIRECT_MEMBER',
        invitee: () => graph.user(byId(state.users, invitee_id)),
        organization: () => graph.organization(org),
      }),
    });
  };

/** The repositories that a team may do something on and the caller can see; `query` is a part of the name. */
const repositories =
  (graph: Graph, team: Team): Field<Page & { query?: string }> =>
  ({ query = '', ...page }, info) => {
    const { state } = graph.github;
    const permission = (repo: Repo) => teamRoleOn(state, team, repo);
    const named = ({ name }: Repo) => name.toLowerCase().includes(query.toLowerCase());
    return connection(page, info, {
      all: [...state.repos.values()].filter(
        (repo) =>
          repo.owner_id === team.org_id &&
          named(repo) &&
          permission(repo) !== null &&
          canSee(state, graph.identity, repo),
      ),
      key: ({ id }) => id,
      node: (repo) => graph.repository(repo),
      edge: (repo) => ({ permission: permission(repo)?.toUpperCase() }),
    });
  };

/** The teams above a team, the nearest first. */
function ancestorsOf({ github: { state } }: Graph, team: Team): Team[] {
  const above: Team[] = [];
  for (let id = team.parent_id; id !== null; id = above.at(-1)?.parent_id ?? null)
    above.push(byId(state.teams, id));
  return above;
}

function descendantsOf(graph: Graph, team: Team): Team[] {
  const children = childTeams(graph.github.state, team.id);
  return children.flatMap((child) => [child, ...descendantsOf(graph, child)]);
}

const byKey = ([a]: readonly [number, unknown], [b]: readonly [number, unknown]) => a - b;

/** A team. The caller of this function has made sure that it may be seen. */
export function teamFields(graph: Graph, team: Team): Fields {
  const { state } = graph.github;
  const org = byId(state.orgs, team.org_id);
  const members: Field<Page & { membership: Membership }> = ({ membership, ...page }, info) =>
    connection(page, info, {
      all: [...membersOf(graph, team, membership)].sort(byKey),
      key: ([id]) => id,
      node: ([id]) => graph.user(byId(state.users, id)),
      edge: ([, role]) => ({ role: role.toUpperCase() }),
    });
  const teams =
    <Args>(list: (args: Args) => Team[]): Field<Page & Args> =>
    (args, info) =>
      connection(args, info, {
        all: list(args).filter((one) => teamVisible(state, one, graph.identity)),
        node: (one) => graph.team(one),
      });
  return {
    __typename: 'Team',
    id: nodeId('Team', team.id),
    databaseId: team.id,
    slug: team.slug,
    name: team.name,
    combinedSlug: `${org.login}/${team.slug}`,
    description: null,
    privacy: team.privacy === 'secret' ? 'SECRET' : 'VISIBLE',
    createdAt: timestamp(team.created_at),
    resourcePath: `/orgs/${org.login}/teams/${team.slug}`,
    url: `${state.url}/orgs/${org.login}/teams/${team.slug}`,
    organization: () => graph.organization(org),
    parentTeam: () =>
      team.parent_id === null ? null : graph.team(byId(state.teams, team.parent_id)),
    ancestors: teams(() => ancestorsOf(graph, team)),
    childTeams: teams(({ immediateOnly }: { immediateOnly: boolean }) =>
      immediateOnly ? childTeams(state, team.id) : descendantsOf(graph, team),
    ),
    members,
    invitations: invitations(graph, team, org),
    repositories: repositories(graph, team),
  };
}
