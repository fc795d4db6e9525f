import { byId, pullsOf } from './lookup.js';
import type { FileChange } from './git/diff.js';
import { diffFiles } from './git/diff.js';
import { isAncestor, listCommits, mergeBase, readCommit, resolveCommit } from './git/read.js';
import { mergeTrees } from './git/write.js';
import type { PullRequest, Repo, State } from './state.js';

const repoOf = (state: State, pull: PullRequest): Repo => byId(state.repos, pull.repo_id);

/** The base branch's tip now; for a closed pull request, or a base that is gone, the base it last had. */
export async function baseTip(state: State, pull: PullRequest): Promise<string> {
  if (pull.state === 'closed') return pull.base.sha;
  return (
    (await resolveCommit(repoOf(state, pull).dir, `refs/heads/${pull.base.ref}`)) ?? pull.base.sha
  );
}

/** The merge base of a pull request's base branch and head (of what it was merged onto, once merged). */
async function pullMergeBase(state: State, pull: PullRequest): Promise<string> {
  const tip = await baseTip(state, pull);
  return (await mergeBase(repoOf(state, pull).dir, tip, pull.head.sha)) ?? tip;
}

/** Shas of the commits base..head, oldest first. */
export async function pullCommits(state: State, pull: PullRequest): Promise<string[]> {
  const { dir } = repoOf(state, pull);
  const from = await baseTip(state, pull);
  return (await listCommits(dir, { to: pull.head.sha, from })).reverse();
}

/** The files that differ from the merge base to the head. */
export async function pullFiles(state: State, pull: PullRequest): Promise<FileChange[]> {
  const { dir } = repoOf(state, pull);
  return diffFiles(dir, await pullMergeBase(state, pull), pull.head.sha);
}

/** The tree that merging `head` into `base` gives, or null if they conflict. */
export async function mergedTree(dir: string, base: string, head: string): Promise<string | null> {
  const from = await mergeBase(dir, base, head);
  if (from === null) return null;
  if (from === base) return (await readCommit(dir, head)).tree;
  if (from === head) return (await readCommit(dir, base)).tree;
  return mergeTrees(dir, from, base, head);
}

/** Whether it can be merged without conflict; closed and merged ones cannot. */
export async function isMergeable(state: State, pull: PullRequest): Promise<boolean> {
  if (pull.state !== 'open') return false;
  const tip = await baseTip(state, pull);
  return (await mergedTree(repoOf(state, pull).dir, tip, pull.head.sha)) !== null;
}

/**
 * The pull requests that GitHub links to a commit: those that put it on their base branch or had it as one of their own
 * when merged, else the open ones whose base..head has it.
 */
export async function pullsOfCommit(state: State, repo: Repo, sha: string): Promise<PullRequest[]> {
  const pulls = pullsOf(state, repo.id);
  const merged = pulls.filter(
    (pull) => pull.landed.includes(sha) || pull.merged_commits.includes(sha),
  );
  if (merged.length > 0) return state.ties_late ? [] : merged;
  const holds = await Promise.all(
    pulls.map(
      async (pull) =>
        pull.state === 'open' &&
        (await isAncestor(repo.dir, sha, pull.head.sha)) &&
        !(await isAncestor(repo.dir, sha, await baseTip(state, pull))),
    ),
  );
  return pulls.filter((_, i) => holds[i]);
}
