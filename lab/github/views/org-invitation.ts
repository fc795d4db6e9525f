import { timestamp } from '../clock.js';
import { byId } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Org, OrgInvitation, State, User } from '../state.js';
import { simpleOrg, simpleUser } from './account.js';
import type { Answer, OrgInvitationAnswer } from './types.js';

/** An invitation to an organisation in a list, which does not have the role in a team. */
export function orgInvitationView(state: State, one: OrgInvitation): OrgInvitationAnswer {
  const url = `${state.url}/organizations/${one.org_id}/invitations/${one.id}`;
  return {
    id: one.id,
    node_id: nodeId('OrganizationInvitation', one.id),
    login: byId(state.users, one.invitee_id).login,
    email: null,
    role: 'direct_member',
    created_at: timestamp(one.created_at),
    failed_at: null,
    failed_reason: null,
    inviter: simpleUser(state, byId(state.users, one.inviter_id)),
    team_count: one.teams.size,
    invitation_teams_url: `${url}/teams`,
    invitation_source: 'member',
  };
}

/** `PATCH /user/memberships/orgs/{org}`, once accepted. */
export const orgMembershipView = (
  state: State,
  org: Org,
  user: User,
): Answer<'orgs', 'updateMembershipForAuthenticatedUser'> => ({
  url: `${state.url}/orgs/${org.login}/memberships/${user.login}`,
  state: 'active',
  role: org.members.get(user.id) ?? 'member',
  organization_url: `${state.url}/orgs/${org.login}`,
  organization: simpleOrg(state, org),
  user: simpleUser(state, user),
});
