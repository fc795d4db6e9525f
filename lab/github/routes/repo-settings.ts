import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Need } from '../access.js';
import { repositoryEvent } from '../events/events.js';
import { resolveCommit } from '../git/read.js';
import { git } from '../git/run.js';
import { initBare } from '../git/write.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { ok, onRepo, readBody } from '../http.js';
import { accountById, fullName, orgByLogin, repoByName } from '../lookup.js';
import { invalid, Refusal } from '../refusal.js';
import type { Repo, State } from '../state.js';
import { simpleOrg, simpleUser } from '../views/account.js';
import { fullRepository } from '../views/repository.js';
import { actorOf } from './pulls.js';

const ADMIN: Need = { app: [['administration', 'write']], person: 'admin' };
const NAME = /^[A-Za-z0-9._-]+$/;

/** From now on the old name redirects here; if a repository has that name again, it does not. */
function renamed(state: State, repo: Repo, before: string): void {
  state.former_names.set(before.toLowerCase(), repo.id);
  state.former_names.delete(fullName(state, repo).toLowerCase());
}

const taken = (name: string) =>
  invalid('Repository creation failed.', [
    { resource: 'Repository', code: 'custom', field: 'name', message: `${name} already exists` },
  ]);

const settings = z.object({
  name: z.string().regex(NAME).optional(),
  default_branch: z.string().optional(),
  private: z.boolean().optional(),
});

/** `PATCH /repos/{owner}/{repo}`: its name, its default branch, who sees it. */
async function updateRepo(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const { state } = github;
  const actor = actorOf(call);
  const wish = readBody(call, settings);
  const was = fullName(state, repo);
  const { name, default_branch } = wish;
  if (default_branch !== undefined && default_branch !== repo.default_branch) {
    if (!(await resolveCommit(repo.dir, `refs/heads/${default_branch}`)))
      throw invalid(`The branch ${default_branch} was not found.`, [
        { resource: 'Repository', field: 'default_branch', code: 'invalid' },
      ]);
    const from = repo.default_branch;
    repo.default_branch = default_branch;
    await git(repo.dir, ['symbolic-ref', 'HEAD', `refs/heads/${default_branch}`]);
    repositoryEvent(github, repo, 'edited', actor, { default_branch: { from } });
  }
  if (wish.private !== undefined) repo.private = wish.private;
  if (name !== undefined && name !== repo.name) {
    if (repoByName(state, accountById(state, repo.owner_id).login, name)) throw taken(name);
    const from = repo.name;
    repo.name = name;
    renamed(state, repo, was);
    repositoryEvent(github, repo, 'renamed', actor, { repository: { name: { from } } });
  }
  return ok(fullRepository(state, repo, 'admin'));
}

const transfer = z.object({ new_owner: z.string(), new_name: z.string().regex(NAME).optional() });

/** `POST …/transfer`: to an organisation that the caller is a member of; teams and their roles stay behind. */
function transferRepo(call: RepoCall): Reply {
  const { github, repo } = call;
  const { state } = github;
  const actor = actorOf(call);
  const { new_owner, new_name = repo.name } = readBody(call, transfer);
  const to = orgByLogin(state, new_owner);
  if (!to?.members.has(actor.id))
    throw new Refusal(403, `You don't have the permission to create repositories on ${new_owner}`);
  if (repoByName(state, new_owner, new_name)) throw taken(new_name);
  const was = fullName(state, repo);
  const old = accountById(state, repo.owner_id);
  const from =
    'members' in old ? { organization: simpleOrg(state, old) } : { user: simpleUser(state, old) };
  for (const team of state.teams.values()) team.repos.delete(repo.id);
  Object.assign(repo, { owner_id: to.id, name: new_name });
  renamed(state, repo, was);
  repositoryEvent(github, repo, 'transferred', actor, { owner: { from } });
  return { status: 202, body: fullRepository(state, repo, 'admin') };
}

const fork = z.object({ name: z.string().regex(NAME).optional() });

/** `POST …/forks`: into the caller's own account, private if the repository is; an existing fork is returned. */
async function forkRepo(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const { state } = github;
  const actor = actorOf(call);
  const { name = repo.name } = readBody(call, fork);
  const known = repoByName(state, actor.login, name);
  if (known && known.parent_id !== repo.id) throw taken(name);
  const accepted = (made: Repo) => ({ status: 202, body: fullRepository(state, made, 'admin') });
  if (known) return accepted(known);
  const id = state.next_id();
  const dir = join(state.dir, `${id}.git`);
  await initBare(dir, repo.default_branch);
  await git(dir, ['fetch', '--quiet', '--no-tags', repo.dir, '+refs/heads/*:refs/heads/*']);
  const now = state.clock.now();
  const made: Repo = {
    id,
    owner_id: actor.id,
    name,
    private: repo.private,
    default_branch: repo.default_branch,
    parent_id: repo.id,
    dir,
    collaborators: new Map(),
    invitations: new Map(),
    confined: null,
    protection: new Map(),
    activity: [],
    next_number: 1,
    created_at: now,
    pushed_at: now,
  };
  state.repos.set(id, made);
  return accepted(made);
}

/** `DELETE …` of a fork; its open pull requests stay, and say `unknown repository`. */
async function deleteFork({ github, repo }: RepoCall): Promise<Reply> {
  if (repo.parent_id === null) throw invalid('The stand-in only deletes forks.');
  github.state.repos.delete(repo.id);
  await rm(repo.dir, { recursive: true, force: true });
  return { status: 204, body: null };
}

export const repoSettingRoutes: readonly Route[] = [
  onRepo('PATCH', '/repos/{owner}/{repo}', ADMIN, updateRepo),
  onRepo('DELETE', '/repos/{owner}/{repo}', ADMIN, deleteFork),
  onRepo('POST', '/repos/{owner}/{repo}/transfer', ADMIN, transferRepo),
  onRepo(
    'POST',
    '/repos/{owner}/{repo}/forks',
    { app: [['administration', 'write']], person: 'read' },
    forkRepo,
  ),
];
