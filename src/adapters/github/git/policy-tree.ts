import { POLICIES } from '../../../core/reading/folders.js';
import type { Comparison } from '../../../core/change/snapshot.js';
import { readUtf8 } from '../../../core/reading/utf8.js';
import type { PolicyTree } from '../../../ports.js';
import { Unreadable } from '../../../ports.js';
import type { Git } from './git.js';
import type { TreeEntry } from '../../../core/policy/tree-id.js';
import { BLOB_LIMIT, folderOf } from './git.js';
import { treeId } from '../../../core/policy/tree-id.js';

const MAX_FILES = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;
const EXECUTABLE = '100755';
const REGULAR: ReadonlySet<string> = new Set(['100644', EXECUTABLE]);

const decode = (path: string, content: Uint8Array | null | undefined): string => {
  if (!content) throw new Unreadable(`policies/${path} is ${BLOB_LIMIT} bytes or more`);
  const text = readUtf8(content);
  if (text === null) throw new Unreadable(`policies/${path} is not UTF-8`);
  return text;
};

/**
 * The folder `policies/` at a commit that is here; null when there is none. Throws `Unreadable` with the reason for
 * symlinks, submodules, what is not UTF-8, and above 1,000 files, 256 KiB each or 4 MiB together.
 */
export async function readPolicyTree(git: Git, commit: string): Promise<PolicyTree | null> {
  const id = await policiesAt(git, commit);
  return id === null ? null : readPolicyFiles(git, id, await git.listFiles(id, []));
}

/** Git's id of `policies/` at a commit that is here; null if there is no such folder. */
export async function policiesAt(git: Git, commit: string): Promise<string | null> {
  const [tree] = await git.inspect([`${commit}:${POLICIES}`]);
  return tree?.type === 'tree' ? tree.oid : null;
}

/** The folder as merging would give it: the tip's, with each path that the head changes as the head has it. */
export async function readPoliciesAfter(
  git: Git,
  { tip, head, merge_base }: Pick<Comparison, 'tip' | 'head' | 'merge_base'>,
): Promise<PolicyTree | null> {
  const folder = await policiesAt(git, tip);
  const after = new Map(folder === null ? [] : await git.listFiles(folder, []));
  const changed = new Set<string>();
  for (const difference of await git.listDifferences(merge_base, head, [POLICIES])) {
    const path = difference.path.slice(POLICIES.length + 1);
    if (path === '') throw new Unreadable('policies/ is not a folder');
    changed.add(path);
    if (difference.after) after.set(path, difference.after);
    else after.delete(path);
  }
  if (after.size === 0) return null;
  const policies = (path: string) => `${changed.has(path) ? head : tip}:${POLICIES}/`;
  return readPolicyFiles(git, treeId(after), after, policies);
}

/**
 * The files of a policy tree, by path below it; `policies` says below which tree each is. Throws `Unreadable` as
 * `readPolicyTree` does.
 */
export async function readPolicyFiles(
  git: Pick<Git, 'readBlobs'>,
  id: string,
  entries: ReadonlyMap<string, TreeEntry>,
  policies: (path: string) => string = () => `${id}:`,
): Promise<PolicyTree> {
  if (entries.size > MAX_FILES) throw new Unreadable(`policies/ has more than ${MAX_FILES} files`);
  const odd = [...entries].find(
    ([path, { mode }]) => !REGULAR.has(mode) || path.includes('\u{fffd}'),
  );
  if (odd) throw new Unreadable(`policies/${odd[0]} is not a regular file (mode ${odd[1].mode})`);
  const contents = await git.readBlobs(
    [...entries].map(([path, { oid }]) => ({ oid, folder: folderOf(policies(path), path) })),
    MAX_BYTES,
  );
  const files = [...entries].map(
    ([path, { oid }]) => [path, decode(path, contents.get(oid))] as const,
  );
  const executable = [...entries].filter(([, { mode }]) => mode === EXECUTABLE);
  return { id, files: Object.fromEntries(files), executable: executable.map(([path]) => path) };
}
