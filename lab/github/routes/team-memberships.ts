import { z } from 'zod';
import { demandOrg, demandTeam } from '../access.js';
import { membershipEvent, organizationEvent } from '../events/events.js';
import type { Call, Reply, Route } from '../http.js';
import { noContent, ok, readBody, route } from '../http.js';
import { byId, directMembers, openInvitations, teamMembers, userByLogin } from '../lookup.js';
import { notFound, Refusal } from '../refusal.js';
import type { Org, OrgInvitation, Team, User } from '../state.js';
import { membershipView } from '../views/team.js';

/** What a call on `/orgs/{org}/teams/{team_slug}/memberships/{username}` is about. */
interface About {
  readonly org: Org;
  readonly team: Team;
  readonly user: User;
  /** About a person who is not a member of the organisation yet. */
  readonly invitation: OrgInvitation | undefined;
}

function about({ github: { state }, identity, params }: Call): About {
  const org = demandOrg(state, identity, params['org'] ?? '', 'read');
  const team = demandTeam(state, identity, org, params['team_slug'] ?? '');
  const user = userByLogin(state, params['username'] ?? '');
  if (!user) throw notFound();
  const invitation = openInvitations(state, org).find((one) => one.invitee_id === user.id);
  return { org, team, user, invitation };
}

/**
 * Members can be changed by owners of the organisation and maintainers of the team, but not in a team of an identity
 * provider.
 */
function changing(call: Call): About {
  const { github, identity } = call;
  const found = about(call);
  const mine = identity.actor && directMembers(github.state, found.team).get(identity.actor.id);
  if (identity.installation || mine !== 'maintainer')
    demandOrg(github.state, identity, found.org.login, 'write');
  if (found.team.synchronised)
    throw new Refusal(403, "This team's members are synchronised with an identity provider.");
  return found;
}

function getMembership(call: Call): Reply {
  const { state } = call.github;
  const { team, user, invitation } = about(call);
  const role = teamMembers(state, team).get(user.id);
  if (role) return ok(membershipView(state, team, user.login, role, 'active'));
  const pending = invitation?.teams.get(team.id);
  if (!pending) throw notFound();
  return ok(membershipView(state, team, user.login, pending, 'pending'));
}

/**
 * `PUT …/memberships/{username}`: a member of the organisation is added at once; anybody else is invited to the organisation
 * and is in the team (`pending` until then) on accepting.
 */
function addMember(call: Call): Reply {
  const { github, identity } = call;
  const { state } = github;
  const { org, team, user, invitation } = changing(call);
  const roles = z.object({ role: z.enum(['member', 'maintainer']).default('member') });
  const { role } = readBody(call, roles);
  if (!org.members.has(user.id)) {
    const open = invitation ?? {
      id: state.next_id(),
      org_id: org.id,
      invitee_id: user.id,
      inviter_id: identity.actor?.id ?? 0,
      teams: new Map(),
      created_at: state.clock.now(),
    };
    open.teams.set(team.id, role);
    org.invitations.set(open.id, open);
    return ok(membershipView(state, team, user.login, role, 'pending'));
  }
  const is_new = !team.members.has(user.id);
  team.members.set(user.id, role);
  if (is_new && identity.actor) membershipEvent(github, team, user, 'added', identity.actor);
  const given = directMembers(state, team).get(user.id) ?? role;
  return ok(membershipView(state, team, user.login, given, 'active'));
}

/** `DELETE …/memberships/{username}`: an invitation to the organisation stays open, without the team. */
function removeMember(call: Call): Reply {
  const { github, identity } = call;
  const { team, user, invitation } = changing(call);
  if (invitation?.teams.delete(team.id)) return noContent;
  if (!team.members.delete(user.id)) throw notFound();
  if (identity.actor) membershipEvent(github, team, user, 'removed', identity.actor);
  return noContent;
}

const MEMBERSHIP = '/orgs/{org}/teams/{team_slug}/memberships/{username}';

/** Somebody who accepts becomes a member, and is in the teams that they were invited to. */
export function acceptInvitation(call: Call, org: Org, { id, teams, invitee_id }: OrgInvitation) {
  const { github, identity } = call;
  org.invitations.delete(id);
  org.members.set(invitee_id, 'member');
  const user = byId(github.state.users, invitee_id);
  if (identity.actor) organizationEvent(github, org, user, 'member_added', identity.actor);
  for (const [team_id, role] of teams) {
    const team = byId(github.state.teams, team_id);
    team.members.set(invitee_id, role);
    if (identity.actor) membershipEvent(github, team, user, 'added', identity.actor);
  }
}

export const teamMembershipRoutes: readonly Route[] = [
  route('GET', MEMBERSHIP, 'person', getMembership),
  route('PUT', MEMBERSHIP, 'person', addMember),
  route('DELETE', MEMBERSHIP, 'person', removeMember),
];
