import { isUtf8 } from 'node:buffer';
import type { GitObject, TreeEntry } from '../git/read.js';
import { readCommit, readObjects, readTree, resolve } from '../git/read.js';
import { fullName } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Repo } from '../state.js';
import type { Fields, Graph } from './graph.js';

function common(graph: Graph, repo: Repo, oid: string): Fields {
  const path = `/${fullName(graph.github.state, repo)}/commit/${oid}`;
  return {
    oid,
    abbreviatedOid: oid.slice(0, 7),
    commitUrl: `${graph.github.state.url}${path}`,
    commitResourcePath: path,
    repository: () => graph.repository(repo),
  };
}

/** GitHub gives no text of binary files, and cuts it at 512 KiB. */
const MOST_TEXT = 512 * 1024;

function blobFields(graph: Graph, repo: Repo, { sha, content }: GitObject): Fields {
  const isBinary = content.includes(0) || !isUtf8(content);
  return {
    ...common(graph, repo, sha),
    __typename: 'Blob',
    byteSize: content.length,
    isBinary,
    isTruncated: content.length > MOST_TEXT,
    text: isBinary ? null : content.subarray(0, MOST_TEXT).toString(),
  };
}

async function fields(graph: Graph, repo: Repo, object: GitObject, path: string): Promise<Fields> {
  if (object.type === 'commit') return graph.commit(repo, await readCommit(repo.dir, object.sha));
  return object.type === 'tree'
    ? treeFields(graph, repo, object.sha, path)
    : blobFields(graph, repo, object);
}

/** `path` is that of the tree itself within the requested tree, with a slash after it unless it is empty. */
function treeFields(graph: Graph, repo: Repo, sha: string, path: string): Fields {
  let objects: Promise<(GitObject | null)[]> | undefined;
  // One git reads all objects of a tree, when the first is needed.
  const read = (entries: readonly TreeEntry[]) =>
    (objects ??= readObjects(
      repo.dir,
      entries.map((entry) => entry.sha),
    ));
  const entry = (one: TreeEntry, i: number, entries: readonly TreeEntry[]): Fields => ({
    __typename: 'TreeEntry',
    name: one.path,
    path: `${path}${one.path}`,
    mode: Number.parseInt(one.mode, 8),
    type: one.type,
    oid: one.sha,
    size: one.size ?? 0,
    repository: () => graph.repository(repo),
    object: async () => {
      const object = one.type === 'commit' ? null : (await read(entries))[i];
      return object ? fields(graph, repo, object, `${path}${one.path}/`) : null;
    },
  });
  return {
    ...common(graph, repo, sha),
    __typename: 'Tree',
    entries: async () => (await readTree(repo.dir, sha)).map(entry),
  };
}

/** What git finds for `name` in the repository (a sha, `main`, `main:folder/file`), or null. */
export async function objectFields(graph: Graph, repo: Repo, name: string): Promise<Fields | null> {
  const sha = await resolve(repo.dir, name);
  const [object] = sha === null ? [] : await readObjects(repo.dir, [sha]);
  const path = /:(.+?)\/*$/.exec(name)?.[1];
  return object ? fields(graph, repo, object, path === undefined ? '' : `${path}/`) : null;
}

/** A branch or tag by its full name, or null. */
export async function refFields(graph: Graph, repo: Repo, name: string): Promise<Fields | null> {
  const sha = await resolve(repo.dir, name);
  const [, prefix, short] = /^(refs\/[^/]+\/)(.+)$/.exec(name) ?? [];
  if (sha === null || prefix === undefined) return null;
  return {
    __typename: 'Ref',
    id: nodeId('Ref', `${repo.id}:${name}`),
    name: short,
    prefix,
    repository: () => graph.repository(repo),
    target: () => graph.object(repo, sha),
  };
}
