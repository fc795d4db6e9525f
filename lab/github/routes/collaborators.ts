import { z } from 'zod';
import type { Need } from '../access.js';
import { timestamp } from '../clock.js';
import type { Call, Reply, RepoCall, Route } from '../http.js';
import { created, noContent, ok, onRepo, paged, readBody, route } from '../http.js';
import { byId, fullName, roleAtLeast, userByLogin } from '../lookup.js';
import { nodeId } from '../node-id.js';
import { invalid, notFound } from '../refusal.js';
import type { Repo, RepoInvitation, RepoRole, State, User } from '../state.js';
import { simpleUser } from '../views/account.js';
import { repositoryView } from '../views/repository.js';
import type { InvitationAnswer } from '../views/types.js';

/** Reading and changing roles needs the right to administer the repository. */
const READ: Need = { app: [['administration', 'read']], person: 'admin' };
const WRITE: Need = { app: [['administration', 'write']], person: 'admin' };

/** An invitation can be accepted for a week. */
const OPEN_MS = 7 * 24 * 3_600_000;

const ROLES: Readonly<Record<string, RepoRole>> = {
  pull: 'read',
  triage: 'triage',
  push: 'write',
  maintain: 'maintain',
  admin: 'admin',
};

const expired = (state: State, { created_at }: RepoInvitation) =>
  created_at.getTime() + OPEN_MS <= state.clock.now().getTime();

function invitationView(state: State, repo: Repo, one: RepoInvitation): InvitationAnswer {
  const url = `${state.url}/user/repository_invitations/${one.id}`;
  return {
    id: one.id,
    node_id: nodeId('RepositoryInvitation', one.id),
    repository: repositoryView(state, repo),
    invitee: simpleUser(state, byId(state.users, one.invitee_id)),
    inviter: simpleUser(state, byId(state.users, one.inviter_id)),
    permissions: one.role,
    created_at: timestamp(one.created_at),
    expired: expired(state, one),
    url,
    html_url: `${state.url}/${fullName(state, repo)}/invitations`,
  };
}

function userOf(call: Call): User {
  const user = userByLogin(call.github.state, call.params['username'] ?? '');
  if (!user) throw notFound();
  return user;
}

/**
 * `PUT …/collaborators/{username}`: a member of the owning organisation, or somebody who is a collaborator already,
 * gets the role at once (204); anybody else gets an invitation (201). A member cannot get less than the organisation
 * gives to all.
 */
function addCollaborator(call: RepoCall): Reply {
  const { repo, github, identity } = call;
  const { state } = github;
  const user = userOf(call);
  const { permission } = readBody(call, z.object({ permission: z.string().default('push') }));
  const role = ROLES[permission];
  if (!role) throw invalid('Validation Failed');
  const org = state.orgs.get(repo.owner_id);
  const member = org?.members.has(user.id) ?? false;
  if (member && org?.default_permission && !roleAtLeast(role, org.default_permission))
    throw invalid(`Cannot assign ${user.login} permission of ${role}`);
  if (member || repo.collaborators.has(user.id)) {
    repo.collaborators.set(user.id, role);
    return noContent;
  }
  const open = [...repo.invitations.values()].find(({ invitee_id }) => invitee_id === user.id);
  const invitation = open ?? {
    id: state.next_id(),
    invitee_id: user.id,
    inviter_id: identity.actor?.id ?? 0,
    role,
    created_at: state.clock.now(),
  };
  invitation.role = role;
  repo.invitations.set(invitation.id, invitation);
  return created(invitationView(state, repo, invitation));
}

/** `DELETE …/collaborators/{username}`: removes the direct role, and open invitations with it. */
function removeCollaborator(call: RepoCall): Reply {
  const { repo } = call;
  const user = userOf(call);
  repo.collaborators.delete(user.id);
  for (const { id, invitee_id } of repo.invitations.values())
    if (invitee_id === user.id) repo.invitations.delete(id);
  return noContent;
}

function invitationOf({ repo, params }: RepoCall): RepoInvitation {
  const found = repo.invitations.get(Number(params['invitation_id']));
  if (!found) throw notFound();
  return found;
}

/** `PATCH …/invitations/{invitation_id}`: here the roles have their other names. */
function changeInvitation(call: RepoCall): Reply {
  const invitation = invitationOf(call);
  const roles = z.enum(['read', 'triage', 'write', 'maintain', 'admin']);
  const { permissions } = readBody(call, z.object({ permissions: roles.optional() }));
  invitation.role = permissions ?? invitation.role;
  return ok(invitationView(call.github.state, call.repo, invitation));
}

/** `PATCH /user/repository_invitations/{invitation_id}`: the person accepts. */
function accept({ github: { state }, identity, params }: Call): Reply {
  const id = Number(params['invitation_id']);
  for (const repo of state.repos.values()) {
    const invitation = repo.invitations.get(id);
    if (!invitation || invitation.invitee_id !== identity.actor?.id) continue;
    if (expired(state, invitation)) break;
    repo.invitations.delete(id);
    repo.collaborators.set(invitation.invitee_id, invitation.role);
    return noContent;
  }
  throw notFound();
}

const REPO = '/repos/{owner}/{repo}';

export const collaboratorRoutes: readonly Route[] = [
  onRepo('PUT', `${REPO}/collaborators/{username}`, WRITE, addCollaborator),
  onRepo('DELETE', `${REPO}/collaborators/{username}`, WRITE, removeCollaborator),
  onRepo('GET', `${REPO}/invitations`, READ, (call) =>
    paged(call, [...call.repo.invitations.values()], (one) =>
      invitationView(call.github.state, call.repo, one),
    ),
  ),
  onRepo('PATCH', `${REPO}/invitations/{invitation_id}`, WRITE, changeInvitation),
  onRepo('DELETE', `${REPO}/invitations/{invitation_id}`, WRITE, (call) => {
    call.repo.invitations.delete(invitationOf(call).id);
    return noContent;
  }),
  route('PATCH', '/user/repository_invitations/{invitation_id}', 'person', accept),
];
