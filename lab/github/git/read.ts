import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { askGit, askGitOutput, git, tryGit } from './run.js';

export const ZERO = '0'.repeat(40);

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly date: Date;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export interface TreeEntry {
  /** Relative to the requested tree. */
  readonly path: string;
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** Bytes, of blobs only. */
  readonly size: number | null;
}

export interface GitObject {
  readonly sha: string;
  readonly type: string;
  readonly content: Buffer;
}

const FULL_REF = /^refs\/[\w./-]+$/;
const SHA = /^[0-9a-f]{40}$/;

/** A branch as git keeps it in a file; null when there is none. */
async function readLooseRef(dir: string, ref: string): Promise<string | null> {
  if (!FULL_REF.test(ref) || ref.includes('..')) return null;
  const text = await readFile(join(dir, ref), 'utf8').catch(() => '');
  return SHA.test(text.trim()) ? text.trim() : null;
}

/** The commit that `revision` names (a sha, a full ref, a branch), or null. */
export const resolveCommit = (dir: string, revision: string): Promise<string | null> =>
  resolve(dir, revision.startsWith('refs/heads/') ? revision : `${revision}^{commit}`);

/** The sha of any object that `revision` names, or null. */
export async function resolve(dir: string, revision: string): Promise<string | null> {
  if (FULL_REF.test(revision)) return readLooseRef(dir, revision);
  // Like rev-parse, which does not check whether it exists.
  if (SHA.test(revision)) return revision;
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', revision];
  const found = /^[0-9a-f]{40}/.test(revision) ? await askGit(dir, args) : null;
  // An object that is missing may still arrive.
  const ran = found?.code === 0 ? found : await tryGit(['--git-dir', dir, ...args]);
  return ran.code === 0 ? ran.stdout.toString().trim() : null;
}

/** All refs under `prefix` (`refs/heads/`) with what they point to. Nothing here ever packs refs: they are files. */
export async function readRefs(dir: string, prefix: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  const entries = await readdir(join(dir, 'refs'), { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const ref = relative(dir, join(entry.parentPath, entry.name));
    if (!entry.isFile() || !ref.startsWith(prefix)) continue;
    const sha = (await readFile(join(dir, ref), 'utf8')).trim();
    if (SHA.test(sha)) refs.set(ref, sha);
  }
  return refs;
}

/** Objects by sha (or any other name), in the given order; null if there is none. */
export async function readObjects(
  dir: string,
  names: readonly string[],
): Promise<(GitObject | null)[]> {
  if (names.length === 0) return [];
  const input = `${names.join('\n')}\n`;
  const read = await readBatch(dir, names, input);
  return parseBatch(read, names);
}

/** The result is cached if every name is a sha of an existing object. */
async function readBatch(dir: string, names: readonly string[], input: string): Promise<Buffer> {
  const args = ['cat-file', '--batch'];
  if (!names.every((name) => SHA.test(name))) return git(dir, args, { input });
  const out = await askGitOutput(dir, args, input);
  return /^[0-9a-f]{40} missing$/m.test(out.toString('latin1')) ? git(dir, args, { input }) : out;
}

function parseBatch(out: Buffer, names: readonly string[]): (GitObject | null)[] {
  let at = 0;
  return names.map(() => {
    const end = out.indexOf(10, at);
    const [sha = '', type = '', size] = out.toString('utf8', at, end).split(' ');
    at = end + 1;
    if (size === undefined) return null;
    const content = out.subarray(at, at + Number(size));
    at += Number(size) + 1;
    return { sha, type, content };
  });
}

const PERSON = /^(.*?) ?<(.*)> (\d+) [+-]\d{4}$/;

function parsePerson(text: string): Person {
  const [, name = '', email = '', seconds = '0'] = PERSON.exec(text) ?? [];
  return { name, email, date: new Date(Number(seconds) * 1000) };
}

function parseCommit({ sha, content }: GitObject): Commit {
  const text = content.toString();
  const body = text.indexOf('\n\n');
  const headers = text.slice(0, body).split('\n');
  const all = (key: string) =>
    headers.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  return {
    sha,
    tree: all('tree')[0] ?? '',
    parents: all('parent'),
    author: parsePerson(all('author')[0] ?? ''),
    committer: parsePerson(all('committer')[0] ?? ''),
    message: text.slice(body + 2).replace(/\n+$/, ''),
  };
}

/** Commits by sha; throws if one is missing. */
export async function readCommits(dir: string, shas: readonly string[]): Promise<Commit[]> {
  const objects = await readObjects(dir, shas);
  return objects.map((object, i) => {
    if (object?.type !== 'commit') throw new Error(`${shas[i]} is not a commit of ${dir}`);
    return parseCommit(object);
  });
}

export async function readCommit(dir: string, sha: string): Promise<Commit> {
  const [commit] = await readCommits(dir, [sha]);
  if (!commit) throw new Error(`${sha} is not a commit of ${dir}`);
  return commit;
}

export interface Walk {
  /** Commits reachable from here … */
  readonly to: string;
  /** … but not from here. */
  readonly from?: string | null;
  readonly first_parent?: boolean;
  readonly limit?: number;
}

/** The shas of a walk, newest first. */
export async function listCommits(dir: string, walk: Walk): Promise<string[]> {
  const args = ['rev-list', '--topo-order'];
  if (walk.first_parent) args.push('--first-parent');
  if (walk.limit !== undefined) args.push(`--max-count=${walk.limit}`);
  args.push(walk.to);
  if (walk.from) args.push(`^${walk.from}`);
  return (await askGitOutput(dir, args)).toString().split('\n').filter(Boolean);
}

/** The best common ancestor, or null when the histories have none. */
export async function mergeBase(dir: string, a: string, b: string): Promise<string | null> {
  const ran = await askGit(dir, ['merge-base', a, b]);
  return ran.code === 0 ? ran.stdout.toString().trim() : null;
}

export async function isAncestor(dir: string, older: string, newer: string): Promise<boolean> {
  return (await askGit(dir, ['merge-base', '--is-ancestor', older, newer])).code === 0;
}

/** The entries of a tree (or of a commit's root tree), or of `tree:path`. */
export async function readTree(
  dir: string,
  tree: string,
  options: { readonly recursive?: boolean } = {},
): Promise<TreeEntry[]> {
  const args = ['ls-tree', '-z', '-l', ...(options.recursive ? ['-r', '-t'] : []), tree];
  const lines = (await git(dir, args)).toString().split('\0').filter(Boolean);
  return lines.map((line) => {
    const tab = line.indexOf('\t');
    const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/);
    return {
      path: line.slice(tab + 1),
      mode,
      type: type as TreeEntry['type'],
      sha,
      size: size === '-' ? null : Number(size),
    };
  });
}
