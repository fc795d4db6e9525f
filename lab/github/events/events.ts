import { timestamp } from '../clock.js';
import type { GitHub } from '../github.js';
import { byId, fullName } from '../lookup.js';
import type { CheckRun, Comment, Org, PullRequest, Repo, Review, Team, User } from '../state.js';
import { simpleUser } from '../views/account.js';
import { checkRunView } from '../views/check-run.js';
import { orgMembershipView } from '../views/org-invitation.js';
import { pullFull, pullSimple } from '../views/pull-request.js';
import { reactions } from '../views/reactions.js';
import { commentView, reviewView } from '../views/review.js';
import { teamView } from '../views/team.js';
import type { Body } from './emit.js';
import { emit, emitOrg } from './emit.js';

/** A `pull_request` event; `more` is what its action adds (`before` and `after`, `changes`, …). */
export async function pullRequestEvent(
  github: GitHub,
  pull: PullRequest,
  action: string,
  sender: User,
  more: Body = {},
): Promise<void> {
  const repo = byId(github.state.repos, pull.repo_id);
  const pull_request = await pullFull(github.state, pull);
  const body = { action, number: pull.number, pull_request, ...more };
  emit(github, repo, { event: 'pull_request', sender }, body);
}

/** A `pull_request_review` event. Its pull request has the short form, and its `state` is in lower case. */
export function reviewEvent(
  github: GitHub,
  review: Review,
  action: 'submitted' | 'dismissed',
  sender: User,
): void {
  const pull = byId(github.state.pulls, review.pull_id);
  const repo = byId(github.state.repos, pull.repo_id);
  const view = reviewView(github.state, review);
  emit(
    github,
    repo,
    { event: 'pull_request_review', sender },
    {
      action,
      review: { ...view, state: view.state.toLowerCase(), updated_at: view.submitted_at },
      pull_request: pullSimple(github.state, pull),
    },
  );
}

/** A `check_run` event; a request to run it again only goes to the app that made it. */
export function checkRunEvent(
  github: GitHub,
  run: CheckRun,
  action: 'created' | 'completed' | 'rerequested',
  sender: User,
): void {
  const repo = byId(github.state.repos, run.repo_id);
  const only = action === 'rerequested' ? { only_app: run.app_id } : {};
  const view = checkRunView(github.state, run);
  const stamp = timestamp(run.started_at ?? github.state.clock.now());
  const check_suite = {
    id: view.check_suite?.id,
    node_id: view.node_id,
    head_branch: view.pull_requests[0]?.head.ref ?? null,
    head_sha: run.head_sha,
    status: run.status,
    conclusion: run.conclusion,
    url: `${github.state.url}/repos/${fullName(github.state, repo)}/check-suites/${view.check_suite?.id}`,
    before: null,
    after: null,
    pull_requests: view.pull_requests,
    app: view.app,
    created_at: stamp,
    updated_at: stamp,
  };
  const check_run = { ...view, check_suite };
  emit(github, repo, { event: 'check_run', sender, ...only }, { action, check_run });
}

/** An `issue_comment` event on a pull request. */
export function commentEvent(
  github: GitHub,
  comment: Comment,
  action: 'created' | 'edited',
  sender: User,
  more: Body = {},
): void {
  const { state } = github;
  const repo = byId(state.repos, comment.repo_id);
  const pull = [...state.pulls.values()].find(
    (one) => one.repo_id === repo.id && one.number === comment.number,
  );
  if (!pull) return;
  emit(
    github,
    repo,
    { event: 'issue_comment', sender },
    {
      action,
      comment: commentView(state, comment),
      issue: issueView(github, pull),
      ...more,
    },
  );
}

function issueView(github: GitHub, pull: PullRequest) {
  const view = pullSimple(github.state, pull);
  const comments = [...github.state.comments.values()].filter(
    (comment) => comment.repo_id === pull.repo_id && comment.number === pull.number,
  ).length;
  const { id, node_id, number, title, user, body, labels, assignee, assignees, milestone } = view;
  const { issue_url: url, comments_url, locked, created_at, updated_at, closed_at } = view;
  return {
    url,
    repository_url: view.base.repo.url,
    labels_url: `${url}/labels{/name}`,
    comments_url,
    events_url: `${url}/events`,
    html_url: view.html_url,
    ...{ id, node_id, number, title, user, labels, state: view.state, locked, assignee, assignees },
    ...{ milestone, comments, created_at, updated_at, closed_at, body },
    author_association: view.author_association,
    active_lock_reason: null,
    draft: pull.draft,
    pull_request: {
      url: view.url,
      html_url: view.html_url,
      diff_url: view.diff_url,
      patch_url: view.patch_url,
      merged_at: view.merged_at,
    },
    reactions: reactions(url),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: null,
  };
}

/** A `repository` event: renamed, edited, transferred. */
export function repositoryEvent(
  github: GitHub,
  repo: Repo,
  action: 'renamed' | 'edited' | 'transferred',
  sender: User,
  changes: Body,
): void {
  emit(github, repo, { event: 'repository', sender }, { action, changes });
}

/** A `membership` event: somebody joined or left a team. */
export function membershipEvent(
  github: GitHub,
  team: Team,
  member: User,
  action: 'added' | 'removed',
  sender: User,
): void {
  const { state } = github;
  emitOrg(
    github,
    byId(state.orgs, team.org_id),
    { event: 'membership', sender },
    {
      action,
      scope: 'team',
      member: simpleUser(state, member),
      team: teamView(state, team),
    },
  );
}

/** An `organization` event: somebody became a member of the organisation, or is no longer one. */
export function organizationEvent(
  github: GitHub,
  org: Org,
  member: User,
  action: 'member_added' | 'member_removed',
  sender: User,
): void {
  const { organization: _, ...membership } = orgMembershipView(github.state, org, member);
  emitOrg(github, org, { event: 'organization', sender }, { action, membership });
}
