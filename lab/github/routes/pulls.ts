import { z } from 'zod';
import type { Need } from '../access.js';
import { ownerLogin } from '../access.js';
import { pullRequestEvent } from '../events/events.js';
import { listCommits, readCommits, resolveCommit } from '../git/read.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { created, ok, onRepo, paged, readBody } from '../http.js';
import { closePull, publishHead } from '../heads.js';
import { pullByNumber, pullsOf, repoByName } from '../lookup.js';
import { baseTip, pullCommits, pullFiles } from '../pull-requests.js';
import { invalid, notFound, Refusal } from '../refusal.js';
import type { PullRequest, User } from '../state.js';
import { commitView, fileView } from '../views/commit.js';
import { pullFull, pullSimple } from '../views/pull-request.js';

const READ: Need = { app: [['pull_requests', 'read']], person: 'read' };
const WRITE: Need = { app: [['pull_requests', 'write']], person: 'read' };

/** The pull request in the URL, or 404. */
export function pullOf({ github, repo, params }: RepoCall): PullRequest {
  const pull = pullByNumber(github.state, repo.id, Number(params['pull_number']));
  if (!pull) throw notFound();
  return pull;
}

/** The caller; routes that write to repositories always have one. */
export function actorOf({ identity }: RepoCall): User {
  if (!identity.actor) throw new Refusal(401, 'Requires authentication');
  return identity.actor;
}

/** GitHub's lists of a pull request's commits and files stop here. */
const MAX_COMMITS = 250;
const MAX_FILES = 3000;

/** `GET …/pulls`: by `state` (open), `head` (`owner:branch`) and `base`, newest first. */
function listPulls(call: RepoCall): Promise<Reply> {
  const { github, repo, query } = call;
  const wanted = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const label = (pull: PullRequest) => {
    const from = github.state.repos.get(pull.head.repo_id) ?? repo;
    return `${ownerLogin(github.state, from)}:${pull.head.ref}`;
  };
  const pulls = pullsOf(github.state, repo.id).filter(
    (pull) =>
      (wanted === 'all' || pull.state === wanted) &&
      (head === null || label(pull) === head) &&
      (base === null || pull.base.ref === base),
  );
  if (query.get('sort') === 'updated')
    pulls.sort((a, b) => a.updated_at.getTime() - b.updated_at.getTime());
  const ascending = query.get('direction') === 'asc';
  return paged(call, ascending ? pulls : pulls.reverse(), (pull) => pullSimple(github.state, pull));
}

const newPull = z.object({
  title: z.string().min(1).max(256),
  head: z.string().min(1),
  base: z.string().min(1),
  body: z.string().nullable().default(null),
  draft: z.boolean().default(false),
});

const failed = (field: string, message?: string) =>
  invalid('Validation Failed', [
    message === undefined
      ? { resource: 'PullRequest', field, code: 'invalid' }
      : { resource: 'PullRequest', code: 'custom', message },
  ]);

/** `POST …/pulls`. `head` is a branch, or `owner:branch` of a repository of the same name. */
async function createPull(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const { state } = github;
  const actor = actorOf(call);
  const wish = readBody(call, newPull);
  const [branch = '', owner] = wish.head.split(':').reverse();
  const from = owner === undefined ? repo : repoByName(state, owner, repo.name);
  const head_sha = from && (await resolveCommit(from.dir, `refs/heads/${branch}`));
  if (!from || !head_sha) throw failed('head');
  const base_sha = await resolveCommit(repo.dir, `refs/heads/${wish.base}`);
  if (!base_sha) throw failed('base');
  const twin = pullsOf(state, repo.id).find(
    (pull) =>
      pull.state === 'open' &&
      pull.head.repo_id === from.id &&
      pull.head.ref === branch &&
      pull.base.ref === wish.base,
  );
  const label = `${ownerLogin(state, from)}:${branch}`;
  if (twin) throw failed('', `A pull request already exists for ${label}.`);
  const brings = { to: head_sha, from: base_sha };
  if (from.id === repo.id && (await listCommits(repo.dir, brings)).length === 0)
    throw failed('', `No commits between ${wish.base} and ${branch}`);
  const now = state.clock.now();
  const id = state.next_id();
  const pull: PullRequest = {
    id,
    number: repo.next_number++,
    repo_id: repo.id,
    author_id: actor.id,
    title: wish.title,
    body: wish.body,
    draft: wish.draft,
    state: 'open',
    created_at: now,
    updated_at: now,
    closed_at: null,
    merged_at: null,
    merged_by_id: null,
    merge_commit_sha: null,
    base: { ref: wish.base, sha: base_sha },
    base_changes: [],
    head: { repo_id: from.id, ref: branch, sha: head_sha },
    requested_user_ids: new Set(),
    requested_team_ids: new Set(),
    landed: [],
    merged_commits: [],
  };
  state.pulls.set(id, pull);
  await publishHead(github, pull);
  await pullRequestEvent(github, pull, 'opened', actor);
  return created(await pullFull(state, pull));
}

const change = z.object({
  title: z.string().min(1).max(256).optional(),
  body: z.string().nullable().optional(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
});

async function reopen(call: RepoCall, pull: PullRequest, actor: User): Promise<void> {
  const { github } = call;
  const from = github.state.repos.get(pull.head.repo_id);
  const head = from && (await resolveCommit(from.dir, `refs/heads/${pull.head.ref}`));
  if (pull.merged_at || !head) throw failed('', 'state cannot be changed.');
  Object.assign(pull, { state: 'open', closed_at: null, updated_at: github.state.clock.now() });
  pull.head.sha = head;
  pull.base.sha = await baseTip(github.state, pull);
  await publishHead(github, pull);
  await pullRequestEvent(github, pull, 'reopened', actor);
}

/** `PATCH …/pulls/{pull_number}`: by its author, or by people who may write. */
async function updatePull(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const pull = pullOf(call);
  const actor = actorOf(call);
  const wish = readBody(call, change);
  const changes: Record<string, unknown> = {};
  if (wish.title !== undefined && wish.title !== pull.title) {
    changes['title'] = { from: pull.title };
    pull.title = wish.title;
  }
  if (wish.body !== undefined && wish.body !== pull.body) {
    changes['body'] = { from: pull.body ?? '' };
    pull.body = wish.body;
  }
  if (wish.base !== undefined && wish.base !== pull.base.ref) {
    const sha = await resolveCommit(repo.dir, `refs/heads/${wish.base}`);
    if (!sha || pull.state === 'closed') throw failed('base');
    changes['base'] = { ref: { from: pull.base.ref }, sha: { from: pull.base.sha } };
    const at = github.state.clock.now();
    pull.base_changes.push({ from: pull.base.ref, to: wish.base, at });
    Object.assign(pull.base, { ref: wish.base, sha });
  }
  pull.updated_at = github.state.clock.now();
  if (Object.keys(changes).length > 0)
    await pullRequestEvent(github, pull, 'edited', actor, { changes });
  if (wish.state === 'closed' && pull.state === 'open') await closePull(github, pull, actor);
  if (wish.state === 'open' && pull.state === 'closed') await reopen(call, pull, actor);
  return ok(await pullFull(github.state, pull));
}

async function listCommitsOf(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const shas = (await pullCommits(github.state, pullOf(call))).slice(0, MAX_COMMITS);
  const commits = await readCommits(repo.dir, shas);
  return paged(call, commits, (commit) => commitView(github.state, repo, commit));
}

async function listFilesOf(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const pull = pullOf(call);
  const files = (await pullFiles(github.state, pull)).slice(0, MAX_FILES);
  return paged(call, files, (file) => fileView(github.state, repo, file, pull.head.sha));
}

const PULL = '/repos/{owner}/{repo}/pulls/{pull_number}';

export const pullRoutes: readonly Route[] = [
  onRepo('GET', '/repos/{owner}/{repo}/pulls', READ, listPulls),
  onRepo('POST', '/repos/{owner}/{repo}/pulls', WRITE, createPull),
  onRepo('GET', PULL, READ, async (call) => ok(await pullFull(call.github.state, pullOf(call)))),
  onRepo('PATCH', PULL, WRITE, updatePull),
  onRepo('GET', `${PULL}/commits`, READ, listCommitsOf),
  onRepo('GET', `${PULL}/files`, READ, listFilesOf),
];
