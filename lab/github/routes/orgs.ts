import { demandOrg, demandTeam } from '../access.js';
import { membershipEvent, organizationEvent } from '../events/events.js';
import type { Call, Reply, Route } from '../http.js';
import { noContent, ok, paged, route } from '../http.js';
import {
  byId,
  teamMembers,
  teamsOf,
  teamVisible,
  userByLogin,
  childTeams,
  openInvitations,
  orgByLogin,
} from '../lookup.js';
import { notFound } from '../refusal.js';
import type { Level, Team, User } from '../state.js';
import { simpleUser } from '../views/account.js';
import { orgMembershipView, teamFull, teamView } from '../views/team.js';

const orgOf = (call: Call, level: Level = 'read') =>
  demandOrg(call.github.state, call.identity, call.params['org'] ?? '', level);

function teamOf(call: Call, level: Level = 'read'): Team {
  const org = orgOf(call, level);
  return demandTeam(call.github.state, call.identity, org, call.params['team_slug'] ?? '');
}

function userOf(call: Call): User {
  const user = userByLogin(call.github.state, call.params['username'] ?? '');
  if (!user) throw notFound();
  return user;
}

/**
 * `GET /orgs/{org}/members/{username}`: 204 or 404; callers who are not members are redirected to the public members
 * (302).
 */
function isMember(call: Call): Reply {
  const { identity, github } = call;
  const org = orgByLogin(github.state, call.params['org'] ?? '');
  const asker = identity.actor?.id ?? 0;
  if (org && !identity.installation && !org.members.has(asker))
    return {
      status: 302,
      headers: { location: call.url.href.replace('/members/', '/public_members/') },
    };
  return orgOf(call).members.has(userOf(call).id) ? noContent : notFoundReply();
}

/**
 * `GET /orgs/{org}/memberships/{username}`: of somebody who is a member or, `pending`, invited; only members and apps
 * that may read members see it.
 */
function orgMembership(call: Call): Reply {
  const { state } = call.github;
  const org = orgOf(call);
  const user = userOf(call);
  const role = org.members.get(user.id);
  if (role) return ok(orgMembershipView(state, org, user, role, 'active'));
  const invited = openInvitations(state, org).some((one) => one.invitee_id === user.id);
  if (!invited) throw notFound();
  return ok(orgMembershipView(state, org, user, 'member', 'pending'));
}

const notFoundReply = (): never => {
  throw notFound();
};

function listMembers(call: Call): Promise<Reply> {
  const { state } = call.github;
  const role = call.query.get('role') ?? 'all';
  const ids = [...orgOf(call).members].filter(([, had]) => role === 'all' || had === role);
  return paged(call, ids, ([id]) => simpleUser(state, byId(state.users, id)));
}

function listTeams(call: Call): Promise<Reply> {
  const { state } = call.github;
  const teams = teamsOf(state, orgOf(call).id).filter((team) =>
    teamVisible(state, team, call.identity),
  );
  return paged(call, teams, (team) => teamView(state, team));
}

/** `GET …/teams/{team_slug}/members`: with those of child teams, like on GitHub. */
function listTeamMembers(call: Call): Promise<Reply> {
  const { state } = call.github;
  const role = call.query.get('role') ?? 'all';
  const members = [...teamMembers(state, teamOf(call))];
  const wanted = members.filter(([, had]) => role === 'all' || had === role);
  return paged(call, wanted, ([id]) => simpleUser(state, byId(state.users, id)));
}

/** `DELETE /orgs/{org}/members/{username}`: removes them from the organisation and from all its teams. */
function removeFromOrg(call: Call): Reply {
  const { github, identity } = call;
  const org = orgOf(call, 'write');
  const user = userOf(call);
  if (!org.members.delete(user.id)) throw notFound();
  if (identity.actor) organizationEvent(github, org, user, 'member_removed', identity.actor);
  for (const team of teamsOf(github.state, org.id))
    if (team.members.delete(user.id) && identity.actor)
      membershipEvent(github, team, user, 'removed', identity.actor);
  return noContent;
}

const TEAM = '/orgs/{org}/teams/{team_slug}';

/** `GET /organizations/{org_id}/team/{team_id}`: a team by ids that no renaming changes. */
function teamById(call: Call): Reply {
  const { github, params, identity } = call;
  const team = github.state.teams.get(Number(params['team_id']));
  const org = github.state.orgs.get(Number(params['org_id']));
  if (!org || team?.org_id !== org.id) throw notFound();
  demandOrg(github.state, identity, org.login, 'read');
  return ok(teamFull(github.state, demandTeam(github.state, identity, org, team.slug)));
}

export const orgRoutes: readonly Route[] = [
  route('GET', '/orgs/{org}/members', 'person', listMembers),
  route('GET', '/orgs/{org}/members/{username}', 'person', isMember),
  route('DELETE', '/orgs/{org}/members/{username}', 'person', removeFromOrg),
  route('GET', '/orgs/{org}/memberships/{username}', 'person', orgMembership),
  route('GET', '/orgs/{org}/teams', 'person', listTeams),
  route('GET', TEAM, 'person', (call) => ok(teamFull(call.github.state, teamOf(call)))),
  route('GET', '/organizations/{org_id}/team/{team_id}', 'person', teamById),
  route('GET', `${TEAM}/members`, 'person', listTeamMembers),
  route('GET', `${TEAM}/teams`, 'person', (call) => {
    const { state } = call.github;
    return paged(call, childTeams(state, teamOf(call).id), (team) => teamView(state, team));
  }),
];
