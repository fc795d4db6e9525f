import { timestamp } from '../clock.js';
import { accountById, byId, fullName, headRepo, roleOn } from '../lookup.js';
import { nodeId } from '../node-id.js';
import { isMergeable, pullCommits, pullFiles } from '../pull-requests.js';
import { unmetChecks } from '../required-checks.js';
import type { PullRequest, Repo, State } from '../state.js';
import { simpleUser } from './account.js';
import { repositoryView } from './repository.js';
import { teamView } from './team.js';
import type { PullRequestFull, PullRequestSimple } from './types.js';

const when = (at: Date | null) => (at === null ? null : timestamp(at));

/** How the author of something is related to the repository. */
export function authorAssociation(state: State, repo: Repo, user_id: number) {
  if (repo.owner_id === user_id) return 'OWNER' as const;
  if (state.orgs.get(repo.owner_id)?.members.has(user_id)) return 'MEMBER' as const;
  return roleOn(state, repo, user_id) ? ('COLLABORATOR' as const) : ('NONE' as const);
}

/** The repository, which GitHub's description always has here, is null for a fork that is gone. */
function branchView(state: State, repo: Repo | null, ref: string, sha: string) {
  if (!repo) return { label: ref, ref, sha, user: null as never, repo: null as never };
  const owner = accountById(state, repo.owner_id);
  return {
    label: `${owner.login}:${ref}`,
    ref,
    sha,
    user: simpleUser(state, owner),
    repo: repositoryView(state, repo),
  };
}

/** A pull request in a list. */
export function pullSimple(state: State, pull: PullRequest) {
  const repo = byId(state.repos, pull.repo_id);
  const name = fullName(state, repo);
  const url = `${state.url}/repos/${name}/pulls/${pull.number}`;
  const issue = `${state.url}/repos/${name}/issues/${pull.number}`;
  const html = `${state.url}/${name}/pull/${pull.number}`;
  const statuses = `${state.url}/repos/${name}/statuses/${pull.head.sha}`;
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: simpleUser(state, byId(state.users, pull.author_id)),
    body: pull.body,
    created_at: timestamp(pull.created_at),
    updated_at: timestamp(pull.updated_at),
    closed_at: when(pull.closed_at),
    merged_at: when(pull.merged_at),
    merge_commit_sha: pull.merge_commit_sha,
    assignee: null,
    assignees: [],
    requested_reviewers: [...pull.requested_user_ids].map((id) =>
      simpleUser(state, byId(state.users, id)),
    ),
    requested_teams: [...pull.requested_team_ids].map((id) =>
      teamView(state, byId(state.teams, id)),
    ),
    labels: [],
    milestone: null,
    draft: pull.draft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${state.url}/repos/${name}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    head: branchView(state, headRepo(state, pull), pull.head.ref, pull.head.sha),
    base: branchView(state, repo, pull.base.ref, pull.base.sha),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${state.url}/repos/${name}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: authorAssociation(state, repo, pull.author_id),
    auto_merge: null,
    active_lock_reason: null,
  } satisfies PullRequestSimple;
}

/** What prevents merging, in GitHub's words. */
function mergeableState(state: State, pull: PullRequest, mergeable: boolean): string {
  if (pull.state === 'closed') return 'unknown';
  if (!mergeable) return 'dirty';
  if (pull.draft) return 'draft';
  const repo = byId(state.repos, pull.repo_id);
  const protection = repo.protection.get(pull.base.ref);
  const unmet = protection ? unmetChecks(state, repo, protection, pull.head.sha) : [];
  return unmet.length > 0 ? 'blocked' : 'clean';
}

/** `GET /repos/{owner}/{repo}/pulls/{pull_number}`, and the pull request in its webhooks. */
export async function pullFull(state: State, pull: PullRequest): Promise<PullRequestFull> {
  const mergeable = await isMergeable(state, pull);
  const files = await pullFiles(state, pull);
  const commits = await pullCommits(state, pull);
  const comments = [...state.comments.values()].filter(
    (comment) => comment.repo_id === pull.repo_id && comment.number === pull.number,
  );
  const merged_by = pull.merged_by_id === null ? null : byId(state.users, pull.merged_by_id);
  return {
    ...pullSimple(state, pull),
    merged: pull.merged_at !== null,
    mergeable: pull.state === 'open' ? mergeable : null,
    rebaseable: pull.state === 'open' ? mergeable : null,
    mergeable_state: mergeableState(state, pull, mergeable),
    merged_by: merged_by && simpleUser(state, merged_by),
    comments: comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: commits.length,
    additions: files.reduce((all, file) => all + file.additions, 0),
    deletions: files.reduce((all, file) => all + file.deletions, 0),
    changed_files: files.length,
  };
}
