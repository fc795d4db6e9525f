import { pullRequestEvent } from './events/events.js';
import { patchId } from './git/diff.js';
import { mergeBase } from './git/read.js';
import { git } from './git/run.js';
import { updateRef } from './git/write.js';
import type { GitHub } from './github.js';
import { byId, headRepo, pullsOf, reviewsOf } from './lookup.js';
import { baseTip, pullCommits } from './pull-requests.js';
import type { PullRequest, Repo, User } from './state.js';

/** Points `refs/pull/N/head` to the head; the commits of a fork are copied for it. */
export async function publishHead(github: GitHub, pull: PullRequest): Promise<void> {
  const repo = byId(github.state.repos, pull.repo_id);
  const ref = `refs/pull/${pull.number}/head`;
  if (pull.head.repo_id === pull.repo_id) {
    await updateRef(repo.dir, ref, pull.head.sha);
    return;
  }
  const fork = headRepo(github.state, pull);
  // The copied commits stay when the fork is gone.
  if (!fork) return;
  await git(repo.dir, ['fetch', '--quiet', '--no-tags', fork.dir, `+${pull.head.sha}:${ref}`]);
}

/** Closes a pull request without merging it. */
export async function closePull(github: GitHub, pull: PullRequest, sender: User): Promise<void> {
  const now = github.state.clock.now();
  pull.base.sha = await baseTip(github.state, pull);
  Object.assign(pull, { state: 'closed', closed_at: now, updated_at: now });
  await pullRequestEvent(github, pull, 'closed', sender);
}

async function patchOf(repo: Repo, base: string, head: string): Promise<string> {
  return patchId(repo.dir, (await mergeBase(repo.dir, base, head)) ?? base, head);
}

/**
 * A pull request's head moved to `after`. Approvals whose patch the push left alone move with it: GitHub was observed
 * to rewrite `commit_id` like this. A head without new commits closes the pull request.
 */
export async function moveHead(
  github: GitHub,
  pull: PullRequest,
  after: string,
  sender: User,
): Promise<void> {
  const { state } = github;
  const repo = byId(state.repos, pull.repo_id);
  const [before, old_base] = [pull.head.sha, pull.base.sha];
  const tip = await baseTip(state, pull);
  pull.head.sha = after;
  pull.base.sha = tip;
  pull.updated_at = state.clock.now();
  pull.merge_commit_sha = null;
  await publishHead(github, pull);
  if ((await pullCommits(state, pull)).length === 0) return closePull(github, pull, sender);
  if ((await patchOf(repo, old_base, before)) === (await patchOf(repo, tip, after)))
    for (const review of reviewsOf(state, pull.id))
      if (review.state === 'APPROVED' && review.commit_id === before) review.commit_id = after;
  await pullRequestEvent(github, pull, 'synchronize', sender, { before, after });
}

/** Open pull requests from, or into, one branch. */
export const openFrom = ({ state }: GitHub, repo: Repo, branch: string): PullRequest[] =>
  [...state.pulls.values()].filter(
    ({ head, state: is }) => is === 'open' && head.repo_id === repo.id && head.ref === branch,
  );

export const openInto = ({ state }: GitHub, repo: Repo, branch: string): PullRequest[] =>
  pullsOf(state, repo.id).filter((pull) => pull.state === 'open' && pull.base.ref === branch);
