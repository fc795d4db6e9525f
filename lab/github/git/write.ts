import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitError, gitLine, tryGit, tryScript } from './run.js';
import type { Person } from './read.js';
import { ZERO } from './read.js';

/** Refuses the refs that the server lists for this push in STAND_IN_PROTECTED, one a line. */
const UPDATE_HOOK = `#!/bin/sh
case "
$STAND_IN_PROTECTED
" in *"
$1
"*) echo "error: GH006: Protected branch update failed for $1." >&2; exit 1;; esac
`;

/** As on GitHub, only the server writes refs/pull/. */
const SETTINGS = `[http]
  receivepack = true
[uploadpack]
  allowFilter = true
  allowAnySHA1InWant = true
[receive]
  hideRefs = refs/pull
  autogc = false
[gc]
  auto = 0
`;

/** Makes a bare repository that serves partial clones and any commit by sha, like GitHub's. */
export async function initBare(dir: string, branch: string): Promise<void> {
  await tryGit(['init', '--quiet', '--bare', `--initial-branch=${branch}`, dir]);
  await appendFile(join(dir, 'config'), SETTINGS);
  await mkdir(join(dir, 'hooks'), { recursive: true });
  await writeFile(join(dir, 'hooks', 'update'), UPDATE_HOOK, { mode: 0o755 });
}

/** One file of a new tree; `content` null removes it. */
export interface FileWrite {
  readonly path: string;
  readonly content: string | Buffer | null;
  /** 100644 unless given (100755, 120000). */
  readonly mode?: string;
}

async function withIndex<T>(work: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-index-'));
  try {
    return await work({ GIT_INDEX_FILE: join(folder, 'index'), GIT_WORK_TREE: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the contents as blobs, all with one process; returns a sha for each, null for removed files. */
async function writeBlobs(
  dir: string,
  folder: string,
  files: readonly FileWrite[],
): Promise<(string | null)[]> {
  const names: string[] = [];
  for (const [i, { content }] of files.entries()) {
    if (content === null) continue;
    const name = join(folder, `blob-${i}`);
    await writeFile(name, content);
    names.push(`${name}\n`);
  }
  if (names.length === 0) return files.map(() => null);
  const args = ['hash-object', '-w', '--no-filters', '--stdin-paths'];
  const shas = (await gitLine(dir, args, { input: names.join('') })).split('\n');
  return files.map(({ content }) => (content === null ? null : (shas.shift() ?? null)));
}

/** Writes the tree that `base` (null: the empty tree) becomes with `files`; returns its sha. */
export function writeTree(
  dir: string,
  base: string | null,
  files: readonly FileWrite[],
): Promise<string> {
  return withIndex(async (env) => {
    const blobs = await writeBlobs(dir, env['GIT_WORK_TREE'] ?? '', files);
    const lines = files.map(({ path, content, mode = '100644' }, i) =>
      content === null ? `0 ${ZERO}\t${path}\0` : `${mode} ${blobs[i] ?? ZERO}\t${path}\0`,
    );
    const read = base === null ? '' : 'git read-tree "$BASE"';
    const script = `${read}\ngit update-index -z --index-info\ngit write-tree`;
    const options = { env: { ...env, BASE: base ?? '' }, input: lines.join('') };
    const ran = await tryScript(dir, script, options);
    if (ran.code !== 0) throw new GitError([script], ran.code, ran.stderr);
    return ran.stdout.toString().trim();
  });
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

const stamp = (date: Date) => `@${Math.floor(date.getTime() / 1000)} +0000`;

/** Writes a commit; returns its sha. */
export function commitTree(dir: string, commit: NewCommit): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  return gitLine(dir, ['commit-tree', commit.tree, ...parents], {
    input: `${commit.message}\n`,
    env: {
      GIT_AUTHOR_NAME: commit.author.name,
      GIT_AUTHOR_EMAIL: commit.author.email,
      GIT_AUTHOR_DATE: stamp(commit.author.date),
      GIT_COMMITTER_NAME: commit.committer.name,
      GIT_COMMITTER_EMAIL: commit.committer.email,
      GIT_COMMITTER_DATE: stamp(commit.committer.date),
    },
  });
}

/** Points `ref` to `to` (null removes it). With `from`, only if it is there now; returns false if it is not. */
export async function updateRef(
  dir: string,
  ref: string,
  to: string | null,
  from?: string,
): Promise<boolean> {
  const change = to === null ? ['-d', ref] : [ref, to];
  const args = ['--git-dir', dir, 'update-ref', ...change, ...(from === undefined ? [] : [from])];
  return (await tryGit(args)).code === 0;
}

const MERGE = `git read-tree -u --reset "$OURS"
git merge-recursive "$BASE" -- "$OURS" "$THEIRS" >&2
git write-tree`;

/**
 * The tree of a three-way merge, or null on a conflict. Takes commits or trees. It uses `git merge-recursive` with a
 * separate work tree, because `merge-tree --write-tree` needs a newer git than some systems have, and does not take the
 * base as an argument.
 */
export function mergeTrees(
  dir: string,
  base: string,
  ours: string,
  theirs: string,
): Promise<string | null> {
  return withIndex(async (env) => {
    const ran = await tryScript(dir, MERGE, {
      env: { ...env, BASE: base, OURS: ours, THEIRS: theirs },
      cwd: env['GIT_WORK_TREE'] ?? '',
    });
    return ran.code === 0 ? ran.stdout.toString().trim() : null;
  });
}

/** The empty tree, which git knows without storing it. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
