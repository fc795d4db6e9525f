import { timestamp } from '../clock.js';
import { byId, teamMembers } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Org, State, Team, TeamRole, User } from '../state.js';
import { simpleOrg, simpleUser } from './account.js';
import type { Answer, TeamAnswer, TeamFull } from './types.js';

type TeamSimple = NonNullable<TeamAnswer['parent']>;

const orgOf = (state: State, team: Team): Org => byId(state.orgs, team.org_id);

function teamSimple(state: State, team: Team): TeamSimple {
  const org = orgOf(state, team);
  const url = `${state.url}/organizations/${org.id}/team/${team.id}`;
  return {
    id: team.id,
    node_id: nodeId('Team', team.id),
    name: team.name,
    slug: team.slug,
    description: null,
    privacy: team.privacy,
    notification_setting: 'notifications_enabled',
    url,
    html_url: `${state.url}/orgs/${org.login}/teams/${team.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    permission: 'pull',
    type: 'organization',
    organization_id: org.id,
  };
}

/** A team in lists, pull requests and webhooks. */
export function teamView(state: State, team: Team): TeamAnswer {
  const parent = team.parent_id === null ? null : byId(state.teams, team.parent_id);
  return { ...teamSimple(state, team), parent: parent && teamSimple(state, parent) };
}

/** `GET /orgs/{org}/teams/{team_slug}`. */
export function teamFull(state: State, team: Team): TeamFull {
  const org = orgOf(state, team);
  return {
    ...teamView(state, team),
    privacy: team.privacy,
    notification_setting: 'notifications_enabled',
    members_count: teamMembers(state, team).size,
    repos_count: team.repos.size,
    created_at: timestamp(team.created_at),
    updated_at: timestamp(team.created_at),
    organization: {
      login: org.login,
      id: org.id,
      node_id: nodeId('Organization', org.id),
      url: `${state.url}/orgs/${org.login}`,
      repos_url: `${state.url}/orgs/${org.login}/repos`,
      events_url: `${state.url}/orgs/${org.login}/events`,
      hooks_url: `${state.url}/orgs/${org.login}/hooks`,
      issues_url: `${state.url}/orgs/${org.login}/issues`,
      members_url: `${state.url}/orgs/${org.login}/members{/member}`,
      public_members_url: `${state.url}/orgs/${org.login}/public_members{/member}`,
      avatar_url: `${state.url}/avatars/u/${org.id}`,
      description: null,
      has_organization_projects: true,
      has_repository_projects: true,
      public_repos: 0,
      public_gists: 0,
      followers: 0,
      following: 0,
      html_url: `${state.url}/${org.login}`,
      type: 'Organization',
      created_at: timestamp(org.created_at),
      updated_at: timestamp(org.created_at),
      archived_at: null,
    },
  };
}

/** `GET /orgs/{org}/memberships/{username}`. */
export function orgMembershipView(
  state: State,
  org: Org,
  user: User,
  role: 'admin' | 'member',
  membership: 'active' | 'pending',
): Answer<'orgs', 'getMembershipForUser'> {
  const organization_url = `${state.url}/orgs/${org.login}`;
  return {
    url: `${organization_url}/memberships/${user.login}`,
    state: membership,
    role,
    organization_url,
    direct_membership: true,
    enterprise_teams_providing_indirect_membership: [],
    organization: simpleOrg(state, org),
    user: simpleUser(state, user),
  };
}

/** `GET/PUT /orgs/{org}/teams/{team_slug}/memberships/{username}`. */
export function membershipView(
  state: State,
  team: Team,
  login: string,
  role: TeamRole,
  membership: 'active' | 'pending',
): Answer<'teams', 'getMembershipForUserInOrg'> {
  return {
    url: `${state.url}/organizations/${team.org_id}/team/${team.id}/memberships/${login}`,
    role,
    state: membership,
  };
}
