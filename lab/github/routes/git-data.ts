import { z } from 'zod';
import type { Need } from '../access.js';
import {
  isAncestor,
  readCommit,
  readObjects,
  readRefs,
  readTree,
  resolve,
  resolveCommit,
  ZERO,
} from '../git/read.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { created, noContent, ok, onRepo, readBody } from '../http.js';
import { fullName, roleAtLeast, roleOn } from '../lookup.js';
import { nodeId } from '../node-id.js';
import { commitTree, writeTree } from '../git/write.js';
import { signature, webCommitter } from '../merge.js';
import { moveRef } from '../ref-moves.js';
import { invalid, notFound } from '../refusal.js';
import { timestamp } from '../clock.js';
import { actorOf } from './pulls.js';

const READ: Need = { app: [['contents', 'read']], person: 'read' };
const WRITE: Need = { app: [['contents', 'write']], person: 'write' };

const repoUrl = ({ github, repo }: RepoCall) =>
  `${github.state.url}/repos/${fullName(github.state, repo)}`;

function refView(call: RepoCall, ref: string, sha: string) {
  return {
    ref,
    node_id: nodeId('Ref', `${call.repo.id}:${ref}`),
    url: `${repoUrl(call)}/git/${ref}`,
    object: { type: 'commit', sha, url: `${repoUrl(call)}/git/commits/${sha}` },
  };
}

/** `GET …/git/ref/{ref}` (`heads/main`). */
async function getRef(call: RepoCall): Promise<Reply> {
  const ref = `refs/${call.params['ref'] ?? ''}`;
  const sha = (await readRefs(call.repo.dir, ref)).get(ref);
  if (!sha) throw notFound();
  return ok(refView(call, ref, sha));
}

/** `GET …/git/matching-refs/{ref}`: all refs with this prefix. */
async function matchingRefs(call: RepoCall): Promise<Reply> {
  const start = `refs/${call.params['ref'] ?? ''}`;
  const refs = [...(await readRefs(call.repo.dir, 'refs/'))];
  return ok(
    refs.filter(([ref]) => ref.startsWith(start)).map(([ref, sha]) => refView(call, ref, sha)),
  );
}

/** Refuses what a branch's protection forbids to everybody except the admins that it exempts. */
function demandOpen({ github, repo, identity }: RepoCall, ref: string): void {
  const rule = repo.protection.get(ref.replace(/^refs\/heads\//, ''));
  const role = identity.actor && roleOn(github.state, repo, identity.actor.id);
  const admin = !identity.installation && roleAtLeast(role, 'admin');
  if (rule && (!admin || rule.enforce_admins))
    throw invalid(`Protected branch update failed for ${ref}.`);
}

async function createRef(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const wish = readBody(
    call,
    z.object({ ref: z.string().regex(/^refs\/heads\/\S+$/), sha: z.string().length(40) }),
  );
  if (!(await resolveCommit(repo.dir, wish.sha))) throw invalid('Object does not exist');
  if (await resolve(repo.dir, wish.ref)) throw invalid('Reference already exists');
  await moveRef(github, repo, { ref: wish.ref, before: ZERO, after: wish.sha }, actorOf(call));
  return created(refView(call, wish.ref, wish.sha));
}

/** `PATCH …/git/refs/{ref}`: fast-forward only, unless `force`. */
async function updateRef(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const ref = `refs/${call.params['ref'] ?? ''}`;
  const wish = readBody(
    call,
    z.object({ sha: z.string().length(40), force: z.boolean().default(false) }),
  );
  const before = await resolveCommit(repo.dir, ref);
  if (!before) throw invalid('Reference does not exist');
  if (!(await resolveCommit(repo.dir, wish.sha))) throw invalid('Object does not exist');
  demandOpen(call, ref);
  if (!wish.force && !(await isAncestor(repo.dir, before, wish.sha)))
    throw invalid('Update is not a fast forward');
  await moveRef(github, repo, { ref, before, after: wish.sha }, actorOf(call));
  return ok(refView(call, ref, wish.sha));
}

async function deleteRef(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const ref = `refs/${call.params['ref'] ?? ''}`;
  const before = await resolveCommit(repo.dir, ref);
  if (!before) throw invalid('Reference does not exist');
  demandOpen(call, ref);
  await moveRef(github, repo, { ref, before, after: ZERO }, actorOf(call));
  return noContent;
}

/** Entries in one answer; GitHub cuts longer ones and says `truncated`. */
const MAX_ENTRIES = 100_000;

/** `GET …/git/trees/{tree_sha}`: a sha of a tree or commit, or a ref; `recursive` with any value. */
async function getTree(call: RepoCall): Promise<Reply> {
  const { repo, params, query } = call;
  const sha = await resolve(repo.dir, `${params['tree_sha'] ?? ''}^{tree}`);
  if (!sha) throw notFound();
  const entries = await readTree(repo.dir, sha, { recursive: query.has('recursive') });
  const kind = { blob: 'blobs', tree: 'trees', commit: 'commits' } as const;
  return ok({
    sha,
    url: `${repoUrl(call)}/git/trees/${sha}`,
    tree: entries.slice(0, MAX_ENTRIES).map((entry) => ({
      path: entry.path,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.size === null ? {} : { size: entry.size }),
      ...(entry.type === 'commit'
        ? {}
        : { url: `${repoUrl(call)}/git/${kind[entry.type]}/${entry.sha}` }),
    })),
    truncated: entries.length > MAX_ENTRIES,
  });
}

/** `GET …/git/blobs/{file_sha}`, base64. */
async function getBlob(call: RepoCall): Promise<Reply> {
  const sha = call.params['file_sha'] ?? '';
  const [blob] = await readObjects(call.repo.dir, [sha]);
  if (blob?.type !== 'blob') throw notFound();
  return ok({
    sha: blob.sha,
    node_id: nodeId('Commit', `${call.repo.id}:${blob.sha}`),
    size: blob.content.length,
    url: `${repoUrl(call)}/git/blobs/${blob.sha}`,
    content: blob.content.toString('base64'),
    encoding: 'base64',
  });
}

const newTree = z.object({
  base_tree: z.string().length(40).optional(),
  tree: z
    .array(
      z.object({
        path: z.string().min(1),
        mode: z.enum(['100644', '100755', '120000']),
        type: z.literal('blob'),
        content: z.string(),
      }),
    )
    .min(1),
});

/** `POST …/git/trees`: a tree with these files in addition; their contents are given, not blobs. */
async function createTree(call: RepoCall): Promise<Reply> {
  const { repo } = call;
  const wish = readBody(call, newTree);
  const base = wish.base_tree ? await resolve(repo.dir, `${wish.base_tree}^{tree}`) : null;
  if (wish.base_tree !== undefined && !base) throw invalid('base_tree is not a valid tree oid');
  const sha = await writeTree(repo.dir, base, wish.tree);
  const { body } = await getTree({ ...call, params: { ...call.params, tree_sha: sha } });
  return created(body);
}

const newCommit = z.object({
  message: z.string().min(1),
  tree: z.string().length(40),
  parents: z.array(z.string().length(40)).default([]),
});

/** `POST …/git/commits`: a commit that no ref has; without an author it is the caller's, and GitHub is its committer. */
async function createCommit(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const wish = readBody(call, newCommit);
  if (!(await resolve(repo.dir, `${wish.tree}^{tree}`))) throw invalid('Tree SHA does not exist');
  for (const parent of wish.parents)
    if (!(await resolveCommit(repo.dir, parent)))
      throw invalid('Parent SHA does not exist or is not a commit object');
  const now = github.state.clock.now();
  const sha = await commitTree(repo.dir, {
    ...{ tree: wish.tree, parents: wish.parents, message: wish.message },
    ...{ author: signature(actorOf(call), now), committer: webCommitter(now) },
  });
  return created(await gitCommitView(call, sha));
}

/** `GET …/git/commits/{commit_sha}`. */
async function getGitCommit(call: RepoCall): Promise<Reply> {
  const sha = await resolveCommit(call.repo.dir, call.params['commit_sha'] ?? '');
  if (!sha) throw notFound();
  return ok(await gitCommitView(call, sha));
}

async function gitCommitView(call: RepoCall, sha: string) {
  const commit = await readCommit(call.repo.dir, sha);
  const person = (one: typeof commit.author) => ({ ...one, date: timestamp(one.date) });
  const url = repoUrl(call);
  const html = url.replace('/repos/', '/');
  return {
    sha,
    node_id: nodeId('Commit', `${call.repo.id}:${sha}`),
    url: `${url}/git/commits/${sha}`,
    html_url: `${html}/commit/${sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    tree: { url: `${url}/git/trees/${commit.tree}`, sha: commit.tree },
    message: commit.message,
    parents: commit.parents.map((parent) => ({
      url: `${url}/git/commits/${parent}`,
      sha: parent,
      html_url: `${html}/commit/${parent}`,
    })),
    verification: {
      verified: false,
      reason: 'unsigned',
      signature: null,
      payload: null,
      verified_at: null,
    },
  };
}

const GIT = '/repos/{owner}/{repo}/git';

export const gitDataRoutes: readonly Route[] = [
  onRepo('GET', `${GIT}/ref/{ref}`, READ, getRef),
  onRepo('GET', `${GIT}/matching-refs/{ref}`, READ, matchingRefs),
  onRepo('POST', `${GIT}/refs`, WRITE, createRef),
  onRepo('PATCH', `${GIT}/refs/{ref}`, WRITE, updateRef),
  onRepo('DELETE', `${GIT}/refs/{ref}`, WRITE, deleteRef),
  onRepo('GET', `${GIT}/trees/{tree_sha}`, READ, getTree),
  onRepo('POST', `${GIT}/trees`, WRITE, createTree),
  onRepo('POST', `${GIT}/commits`, WRITE, createCommit),
  onRepo('GET', `${GIT}/blobs/{file_sha}`, READ, getBlob),
  onRepo('GET', `${GIT}/commits/{commit_sha}`, READ, getGitCommit),
];
