import { z } from 'zod';
import { demandOrg, demandTeam } from '../access.js';
import type { Call, Reply, Route } from '../http.js';
import { noContent, ok, paged, readBody, route } from '../http.js';
import { openInvitations, orgByLogin } from '../lookup.js';
import { notFound } from '../refusal.js';
import type { Level, OrgInvitation } from '../state.js';
import { orgInvitationView, orgMembershipView } from '../views/org-invitation.js';
import { acceptInvitation } from './team-memberships.js';

const orgOf = ({ github, identity, params }: Call, level: Level) =>
  demandOrg(github.state, identity, params['org'] ?? '', level);

const list = (call: Call, all: readonly OrgInvitation[]): Promise<Reply> =>
  paged(call, all, (one) => orgInvitationView(call.github.state, one));

/** `GET /orgs/{org}/teams/{team_slug}/invitations`: people who will be in the team when they accept. */
function ofTeam(call: Call): Promise<Reply> {
  const { state } = call.github;
  const org = orgOf(call, 'read');
  const team = demandTeam(state, call.identity, org, call.params['team_slug'] ?? '');
  return list(
    call,
    openInvitations(state, org).filter(({ teams }) => teams.has(team.id)),
  );
}

/** `DELETE /orgs/{org}/invitations/{invitation_id}`: cancels it, with everything that it would have given. */
function cancel(call: Call): Reply {
  const org = orgOf(call, 'write');
  if (!org.invitations.delete(Number(call.params['invitation_id']))) throw notFound();
  return noContent;
}

/** `PATCH /user/memberships/orgs/{org}`: the person accepts. */
function accept(call: Call): Reply {
  const { state } = call.github;
  const { actor } = call.identity;
  readBody(call, z.object({ state: z.literal('active') }));
  const org = orgByLogin(state, call.params['org'] ?? '');
  const open =
    org && openInvitations(state, org).find(({ invitee_id }) => invitee_id === actor?.id);
  if (!org || !open || !actor) throw notFound();
  acceptInvitation(call, org, open);
  return ok(orgMembershipView(state, org, actor));
}

export const orgInvitationRoutes: readonly Route[] = [
  route('GET', '/orgs/{org}/invitations', 'person', (call) =>
    list(call, openInvitations(call.github.state, orgOf(call, 'read'))),
  ),
  route('DELETE', '/orgs/{org}/invitations/{invitation_id}', 'person', cancel),
  route('GET', '/orgs/{org}/teams/{team_slug}/invitations', 'person', ofTeam),
  route('PATCH', '/user/memberships/orgs/{org}', 'person', accept),
];
