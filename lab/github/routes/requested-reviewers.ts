import { z } from 'zod';
import type { Need } from '../access.js';
import { pullRequestEvent } from '../events/events.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { created, ok, onRepo, readBody } from '../http.js';
import { byId, fullName, roleOn, teamBySlug, teamRoleOn, userByLogin } from '../lookup.js';
import { invalid } from '../refusal.js';
import type { PullRequest, Team, User } from '../state.js';
import { simpleUser } from '../views/account.js';
import { pullSimple } from '../views/pull-request.js';
import { teamView } from '../views/team.js';
import { actorOf, pullOf } from './pulls.js';

const wishSchema = z.object({
  reviewers: z.array(z.string()).default([]),
  team_reviewers: z.array(z.string()).default([]),
});

interface Asked {
  readonly users: readonly User[];
  readonly teams: readonly Team[];
}

/**
 * Reviews can be requested from people and teams with access to the repository, and never from the author: else 422.
 */
function readWish(call: RepoCall, pull: PullRequest): Asked {
  const { github, repo } = call;
  const { state } = github;
  const wish = readBody(call, wishSchema);
  const stranger = () =>
    invalid(
      'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a ' +
        `collaborator of the ${fullName(state, repo)} repository.`,
    );
  const users = wish.reviewers.map((login) => {
    const user = userByLogin(state, login);
    if (user?.id === pull.author_id)
      throw invalid('Review cannot be requested from pull request author.');
    if (!user || roleOn(state, repo, user.id) === null) throw stranger();
    return user;
  });
  const teams = wish.team_reviewers.map((slug) => {
    const team = teamBySlug(state, repo.owner_id, slug);
    if (!team || teamRoleOn(state, team, repo) === null) throw stranger();
    return team;
  });
  return { users, teams };
}

/** One event for each person and team that was added or removed. */
async function announce(
  call: RepoCall,
  pull: PullRequest,
  action: 'review_requested' | 'review_request_removed',
  { users, teams }: Asked,
): Promise<void> {
  const { github } = call;
  const actor = actorOf(call);
  pull.updated_at = github.state.clock.now();
  for (const user of users) {
    const requested_reviewer = simpleUser(github.state, user);
    await pullRequestEvent(github, pull, action, actor, { requested_reviewer });
  }
  for (const team of teams) {
    const requested_team = teamView(github.state, team);
    await pullRequestEvent(github, pull, action, actor, { requested_team });
  }
}

async function request(call: RepoCall): Promise<Reply> {
  const pull = pullOf(call);
  const { users, teams } = readWish(call, pull);
  const asked = {
    users: users.filter(({ id }) => !pull.requested_user_ids.has(id)),
    teams: teams.filter(({ id }) => !pull.requested_team_ids.has(id)),
  };
  for (const { id } of users) pull.requested_user_ids.add(id);
  for (const { id } of teams) pull.requested_team_ids.add(id);
  await announce(call, pull, 'review_requested', asked);
  return created(pullSimple(call.github.state, pull));
}

async function withdraw(call: RepoCall): Promise<Reply> {
  const pull = pullOf(call);
  const { users, teams } = readWish(call, pull);
  await announce(call, pull, 'review_request_removed', {
    users: users.filter(({ id }) => pull.requested_user_ids.delete(id)),
    teams: teams.filter(({ id }) => pull.requested_team_ids.delete(id)),
  });
  return ok(pullSimple(call.github.state, pull));
}

function list(call: RepoCall): Reply {
  const { state } = call.github;
  const pull = pullOf(call);
  return ok({
    users: [...pull.requested_user_ids].map((id) => simpleUser(state, byId(state.users, id))),
    teams: [...pull.requested_team_ids].map((id) => teamView(state, byId(state.teams, id))),
  });
}

const PATH = '/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers';
const WRITE: Need = { app: [['pull_requests', 'write']], person: 'triage' };

export const requestedReviewerRoutes: readonly Route[] = [
  onRepo('GET', PATH, { app: [['pull_requests', 'read']], person: 'read' }, list),
  onRepo('POST', PATH, WRITE, request),
  onRepo('DELETE', PATH, WRITE, withdraw),
];
