import type { Need } from '../access.js';
import { diffFiles } from '../git/diff.js';
import { listCommits, mergeBase, readCommit, readCommits, resolveCommit } from '../git/read.js';
import { EMPTY_TREE } from '../git/write.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { ok, onRepo, paged } from '../http.js';
import { fullName } from '../lookup.js';
import { pullsOfCommit } from '../pull-requests.js';
import { invalid, notFound } from '../refusal.js';
import type { Repo } from '../state.js';
import { commitFull, commitView, fileView } from '../views/commit.js';
import { pullSimple } from '../views/pull-request.js';

const CONTENTS: Need = { app: [['contents', 'read']], person: 'read' };
const PULLS: Need = { app: [['pull_requests', 'read']], person: 'read' };

/** A sha, a branch, `heads/BRANCH` or a full ref; null if it does not exist. */
async function commitOf(repo: Repo, ref: string): Promise<string | null> {
  if (/^[0-9a-f]{7,40}$/.test(ref)) {
    const sha = await resolveCommit(repo.dir, ref);
    if (sha) return sha;
  }
  const full = ref.startsWith('refs/') ? ref : `refs/heads/${ref.replace(/^heads\//, '')}`;
  return resolveCommit(repo.dir, full);
}

async function getCommit({ github, repo, params }: RepoCall): Promise<Reply> {
  const sha = await commitOf(repo, params['ref'] ?? '');
  if (!sha) throw invalid(`No commit found for SHA: ${params['ref'] ?? ''}`);
  const commit = await readCommit(repo.dir, sha);
  const files = await diffFiles(repo.dir, commit.parents[0] ?? EMPTY_TREE, sha);
  return ok(commitFull(github.state, repo, commit, files));
}

/** `GET …/commits` from `sha` (the default branch), newest first. */
async function list(call: RepoCall): Promise<Reply> {
  const { github, repo, query } = call;
  const to = await commitOf(repo, query.get('sha') ?? repo.default_branch);
  if (!to) throw notFound();
  const shas = await listCommits(repo.dir, { to });
  return paged(call, shas, async (sha) =>
    commitView(github.state, repo, await readCommit(repo.dir, sha)),
  );
}

async function listPulls(call: RepoCall): Promise<Reply> {
  const { github, repo, params } = call;
  const sha = await commitOf(repo, params['commit_sha'] ?? '');
  if (!sha) throw invalid(`No commit found for SHA: ${params['commit_sha'] ?? ''}`);
  const pulls = await pullsOfCommit(github.state, repo, sha);
  return paged(call, pulls, (pull) => pullSimple(github.state, pull));
}

/** The most files that GitHub's comparison lists. */
const MAX_FILES = 300;

/** `GET …/compare/{base}...{head}`: the difference is from the merge base to the head. */
async function compare(call: RepoCall): Promise<Reply> {
  const { github, repo, params } = call;
  const [from = '', to = ''] = (params['basehead'] ?? '').split('...');
  const bare = (ref: string) => ref.replace(/^[^:/]+:/, '');
  const [base, head] = [await commitOf(repo, bare(from)), await commitOf(repo, bare(to))];
  if (!base || !head) throw notFound();
  const common = await mergeBase(repo.dir, base, head);
  if (!common) throw notFound();
  const ahead = (await listCommits(repo.dir, { to: head, from: base })).reverse();
  const behind = await listCommits(repo.dir, { to: base, from: head });
  const files = (await diffFiles(repo.dir, common, head)).slice(0, MAX_FILES);
  const view = async (sha: string) =>
    commitView(github.state, repo, await readCommit(repo.dir, sha));
  const status =
    ahead.length === 0
      ? behind.length === 0
        ? 'identical'
        : 'behind'
      : behind.length === 0
        ? 'ahead'
        : 'diverged';
  const url = `${github.state.url}/repos/${fullName(github.state, repo)}/compare/${base}...${head}`;
  const html = `${github.state.url}/${fullName(github.state, repo)}/compare/${base}...${head}`;
  const commits = await readCommits(repo.dir, ahead.slice(0, 250));
  return ok({
    url,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: await view(base),
    merge_base_commit: await view(common),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: commits.map((commit) => commitView(github.state, repo, commit)),
    files: files.map((file) => fileView(github.state, repo, file, head)),
  });
}

const REPO = '/repos/{owner}/{repo}';

/** `…/commits/{ref}` accepts slashes, so routes that continue after it must come before it. */
export const commitRoutes: readonly Route[] = [
  onRepo('GET', `${REPO}/commits`, CONTENTS, list),
  onRepo('GET', `${REPO}/commits/{commit_sha}/pulls`, PULLS, listPulls),
  onRepo('GET', `${REPO}/commits/{ref}`, CONTENTS, getCommit),
  onRepo('GET', `${REPO}/compare/{basehead}`, CONTENTS, compare),
];
