import { pullRequestEvent } from './events/events.js';
import type { Commit, Person } from './git/read.js';
import { isAncestor, readCommit, readCommits } from './git/read.js';
import { commitTree, mergeTrees, updateRef } from './git/write.js';
import type { GitHub } from './github.js';
import { byId, headRepo, roleAtLeast, roleOn } from './lookup.js';
import { baseTip, mergedTree, pullCommits } from './pull-requests.js';
import { refMoved } from './ref-moves.js';
import { Refusal } from './refusal.js';
import { unmetChecks } from './required-checks.js';
import type { PullRequest, Repo, State, User } from './state.js';
import { ownerLogin } from './access.js';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface MergeWish {
  readonly method: MergeMethod;
  /** Only if the head is still there. */
  readonly sha?: string | undefined;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
}

/** The committer of changes in the browser or by the API, which nobody has as an account. */
export const webCommitter = (date: Date): Person => ({
  name: 'GitHub',
  email: 'noreply@github.com',
  date,
});

/** How a person's changes in the browser are signed. */
export const signature = (user: User, date: Date): Person => ({
  name: user.name ?? user.login,
  email: user.email ?? `${user.id}+${user.login}@users.noreply.github.com`,
  date,
});

const refuse = (message: string) => new Refusal(405, message);

/** Throws GitHub's answer if it would not merge; admins may, unless `enforce_admins`. */
async function checkMerge(
  state: State,
  repo: Repo,
  pull: PullRequest,
  actor: User,
  wish: MergeWish,
): Promise<void> {
  if (pull.state === 'closed') throw refuse('Pull Request is not mergeable');
  if (pull.draft) throw refuse('Pull Request is still a draft');
  if (wish.sha !== undefined && wish.sha !== pull.head.sha)
    throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
  const protection = repo.protection.get(pull.base.ref);
  const admin = roleAtLeast(roleOn(state, repo, actor.id), 'admin');
  if (!protection || (admin && !protection.enforce_admins)) return;
  const unmet = unmetChecks(state, repo, protection, pull.head.sha);
  if (unmet.length > 0) throw refuse(unmet.join(' '));
  if (protection.strict && !(await isAncestor(repo.dir, await baseTip(state, pull), pull.head.sha)))
    throw refuse('Head branch is out of date. Review and try the merge again.');
}

interface Landing {
  /** Oldest first; the last becomes the tip. */
  readonly commits: readonly string[];
}

/** Replays commits one by one onto the tip; null if one conflicts or is a merge. */
async function rebase(
  repo: Repo,
  tip: string,
  commits: readonly Commit[],
  committer: Person,
): Promise<Landing | null> {
  const landed: string[] = [];
  let onto = await readCommit(repo.dir, tip);
  for (const commit of commits) {
    const [parent, ...more] = commit.parents;
    if (parent === undefined || more.length > 0) return null;
    const tree =
      parent === onto.sha ? commit.tree : await mergeTrees(repo.dir, parent, onto.sha, commit.sha);
    if (tree === null) return null;
    const { author, message } = commit;
    const sha = await commitTree(repo.dir, {
      tree,
      parents: [onto.sha],
      author,
      committer,
      message,
    });
    landed.push(sha);
    onto = await readCommit(repo.dir, sha);
  }
  return landed.length > 0 ? { commits: landed } : null;
}

/** A trailer for everybody except the author who wrote one of the commits, once each. */
function coAuthors(commits: readonly Commit[], author: Person): string {
  const lines = commits
    .filter((commit) => commit.author.email !== author.email)
    .map(({ author: { name, email } }) => `Co-authored-by: ${name} <${email}>`);
  return [...new Set(lines)].join('\n');
}

function squashMessage(
  pull: PullRequest,
  commits: readonly Commit[],
  wish: MergeWish,
  author: Person,
): string {
  const [only] = commits;
  const body =
    commits.length === 1
      ? (only?.message.split('\n').slice(1).join('\n').trim() ?? '')
      : commits.map(({ message }) => `* ${message}`).join('\n\n');
  const title =
    wish.title ??
    `${commits.length === 1 ? only?.message.split('\n')[0] : pull.title} (#${pull.number})`;
  return [title, wish.message ?? body, coAuthors(commits, author)].filter(Boolean).join('\n\n');
}

async function land(
  github: GitHub,
  repo: Repo,
  pull: PullRequest,
  tip: string,
  actor: User,
  wish: MergeWish,
): Promise<Landing | null> {
  const { state } = github;
  const now = state.clock.now();
  const commits = await readCommits(repo.dir, await pullCommits(state, pull));
  if (wish.method === 'rebase') return rebase(repo, tip, commits, signature(actor, now));
  const tree = await mergedTree(repo.dir, tip, pull.head.sha);
  if (tree === null) return null;
  const committer = webCommitter(now);
  if (wish.method === 'squash') {
    const author = signature(byId(state.users, pull.author_id), now);
    const message = squashMessage(pull, commits, wish, author);
    return {
      commits: [await commitTree(repo.dir, { tree, parents: [tip], author, committer, message })],
    };
  }
  const fork = headRepo(state, pull);
  const from = `${fork ? ownerLogin(state, fork) : 'unknown repository'}/${pull.head.ref}`;
  const title = wish.title ?? `Merge pull request #${pull.number} from ${from}`;
  const message = [title, wish.message ?? pull.title].filter(Boolean).join('\n\n');
  const author = signature(actor, now);
  const parents = [tip, pull.head.sha];
  return { commits: [await commitTree(repo.dir, { tree, parents, author, committer, message })] };
}

/** Merges a pull request like GitHub and returns the commit it names; throws Refusal 405 or 409. */
export async function mergePull(
  github: GitHub,
  pull: PullRequest,
  actor: User,
  wish: MergeWish,
): Promise<string> {
  const { state } = github;
  const repo = byId(state.repos, pull.repo_id);
  await checkMerge(state, repo, pull, actor, wish);
  const ref = `refs/heads/${pull.base.ref}`;
  const tip = await baseTip(state, pull);
  const landing = await land(github, repo, pull, tip, actor, wish);
  const after = landing?.commits.at(-1);
  if (!landing || after === undefined)
    throw refuse(
      wish.method === 'rebase' ? "This branch can't be rebased" : 'Pull Request is not mergeable',
    );
  const merged_commits = await pullCommits(state, pull);
  if (!(await updateRef(repo.dir, ref, after, tip)))
    throw new Refusal(409, 'Base branch was modified. Review and try the merge again.');
  const now = state.clock.now();
  pull.base.sha = tip;
  Object.assign(pull, { state: 'closed', closed_at: now, updated_at: now, merged_at: now });
  Object.assign(pull, { merged_by_id: actor.id, merge_commit_sha: after });
  Object.assign(pull, { landed: landing.commits, merged_commits });
  await refMoved(github, repo, { ref, before: tip, after }, actor, 'pr_merge');
  await pullRequestEvent(github, pull, 'closed', actor);
  return after;
}
