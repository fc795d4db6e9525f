import { z } from 'zod';
import type { Need } from '../access.js';
import type { TreeEntry } from '../git/read.js';
import { readCommit, readObjects, readTree, resolve, resolveCommit } from '../git/read.js';
import { commitTree, writeTree } from '../git/write.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { ok, onRepo, readBody } from '../http.js';
import { fullName, roleAtLeast, roleOn } from '../lookup.js';
import { signature, webCommitter } from '../merge.js';
import { moveRef } from '../ref-moves.js';
import { notFound, Refusal, invalid } from '../refusal.js';
import { commitView } from '../views/commit.js';
import { actorOf } from './pulls.js';

const encode = (path: string) => encodeURIComponent(path).replaceAll('%2F', '/');

/** The entry at `path` of a commit, or null. */
async function entryAt(dir: string, commit: string, path: string): Promise<TreeEntry | null> {
  const at = path.lastIndexOf('/');
  const folder = await resolve(dir, `${commit}:${path.slice(0, Math.max(at, 0))}`);
  if (!folder) return null;
  const entries = await readTree(dir, folder);
  return entries.find((entry) => entry.path === path.slice(at + 1)) ?? null;
}

function entryView({ github, repo }: RepoCall, entry: TreeEntry, path: string, ref: string) {
  const name = fullName(github.state, repo);
  const api = `${github.state.url}/repos/${name}`;
  const url = `${api}/contents/${encode(path)}?ref=${ref}`;
  const kind = entry.type === 'tree' ? 'tree' : 'blob';
  const git = entry.type === 'commit' ? null : `${api}/git/${kind}s/${entry.sha}`;
  const html = `${github.state.url}/${name}/${kind}/${ref}/${encode(path)}`;
  const type =
    entry.type === 'tree'
      ? 'dir'
      : entry.type === 'commit'
        ? 'submodule'
        : entry.mode === '120000'
          ? 'symlink'
          : 'file';
  return {
    type,
    size: entry.size ?? 0,
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha: entry.sha,
    url,
    git_url: git,
    html_url: html,
    download_url:
      kind === 'blob' && git ? `${github.state.url}/${name}/raw/${ref}/${encode(path)}` : null,
    _links: { git, html, self: url },
  };
}

/** `GET …/contents/{path}`: a file with its content in base64, or the list of a folder. */
async function getContents(call: RepoCall): Promise<Reply> {
  const { repo, params, query } = call;
  const path = (params['path'] ?? '').replace(/\/$/, '');
  const ref = query.get('ref') ?? repo.default_branch;
  const commit =
    (await resolveCommit(repo.dir, `refs/heads/${ref}`)) ?? (await resolveCommit(repo.dir, ref));
  if (!commit) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const entry = path === '' ? null : await entryAt(repo.dir, commit, path);
  if (path !== '' && !entry) throw notFound();
  if (!entry || entry.type === 'tree') {
    const entries = await readTree(repo.dir, entry?.sha ?? commit);
    const inside = (name: string) => (path === '' ? name : `${path}/${name}`);
    return ok(entries.map((one) => entryView(call, one, inside(one.path), ref)));
  }
  const view = entryView(call, entry, path, ref);
  if (entry.type === 'commit') return ok(view);
  const [blob] = await readObjects(repo.dir, [entry.sha]);
  const content = blob?.content ?? Buffer.alloc(0);
  if (view.type === 'symlink') return ok({ ...view, target: content.toString() });
  // GitHub breaks base64 into lines of sixty characters.
  const lines = content.toString('base64').replace(/.{1,60}/g, '$&\n');
  return ok({ ...view, encoding: 'base64', content: lines });
}

const wishSchema = z.object({
  message: z.string().min(1),
  content: z.string().optional(),
  sha: z.string().optional(),
  branch: z.string().optional(),
});

/** One commit like in the browser: the person is its author, the committer is GitHub's own, without an account. */
async function commitChange(call: RepoCall, remove: boolean): Promise<Reply> {
  const { github, repo, params } = call;
  const actor = actorOf(call);
  const path = params['path'] ?? '';
  const wish = readBody(call, wishSchema);
  if (!remove && wish.content === undefined)
    throw invalid('Invalid request.\n\n"content" wasn\'t supplied.');
  const branch = wish.branch ?? repo.default_branch;
  const ref = `refs/heads/${branch}`;
  const before = await resolveCommit(repo.dir, ref);
  if (!before) throw new Refusal(404, `Branch ${branch} not found`);
  const rule = repo.protection.get(branch);
  const role = roleOn(github.state, repo, actor.id);
  const admin = !call.identity.installation && roleAtLeast(role, 'admin');
  if (rule && (!admin || rule.enforce_admins))
    throw new Refusal(409, `Could not update file: At least 1 required status check is expected.`);
  const old = await entryAt(repo.dir, before, path);
  if (remove && !old) throw notFound();
  if (old && wish.sha === undefined) throw invalid('Invalid request.\n\n"sha" wasn\'t supplied.');
  if (wish.sha !== undefined && wish.sha !== old?.sha)
    throw new Refusal(409, `${path} does not match ${wish.sha}`);
  const now = github.state.clock.now();
  const content = remove ? null : Buffer.from(wish.content ?? '', 'base64');
  const { tree: base } = await readCommit(repo.dir, before);
  const after = await commitTree(repo.dir, {
    tree: await writeTree(repo.dir, base, [{ path, content, mode: old?.mode ?? '100644' }]),
    parents: [before],
    author: signature(actor, now),
    committer: webCommitter(now),
    message: wish.message,
  });
  await moveRef(github, repo, { ref, before, after }, actor);
  const entry = await entryAt(repo.dir, after, path);
  const { sha, node_id, html_url, commit, parents } = commitView(
    github.state,
    repo,
    await readCommit(repo.dir, after),
  );
  return {
    status: old ? 200 : 201,
    body: {
      content: entry && entryView(call, entry, path, branch),
      commit: { ...commit, sha, node_id, html_url, parents },
    },
  };
}

const READ: Need = { app: [['contents', 'read']], person: 'read' };
const WRITE: Need = { app: [['contents', 'write']], person: 'write' };
const PATH = '/repos/{owner}/{repo}/contents/{path}';

export const contentRoutes: readonly Route[] = [
  onRepo('GET', '/repos/{owner}/{repo}/contents', READ, getContents),
  onRepo('GET', PATH, READ, getContents),
  onRepo('PUT', PATH, WRITE, (call) => commitChange(call, false)),
  onRepo('DELETE', PATH, WRITE, (call) => commitChange(call, true)),
];
