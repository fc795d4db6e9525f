import { POLICIES } from '../../../core/reading/folders.js';
import type { Comparison } from '../../../core/change/snapshot.js';
import { readUtf8 } from '../../../core/reading/utf8.js';
import type { PolicyTree } from '../../../ports.js';
import { Unreadable } from '../../../ports.js';
import type { Mirror } from './mirror.js';
import { BLOB_LIMIT } from './mirror.js';
import type { Entry } from './read.js';
import { inspect, listDifferences, listFiles, needCommits, readBlobs } from './read.js';
import { treeId } from './tree-id.js';

const MAX_FILES = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;
const REGULAR: ReadonlySet<string> = new Set(['100644', '100755']);

const decode = (path: string, content: Uint8Array | null | undefined): string => {
  if (!content) throw new Unreadable(`policies/${path} is ${BLOB_LIMIT} bytes or more`);
  const text = readUtf8(content);
  if (text === null) throw new Unreadable(`policies/${path} is not UTF-8`);
  return text;
};

/**
 * The folder `policies/` at a commit, null where there is none. Throws `Unreadable` with the reason for
 * symlinks, submodules, what is not UTF-8, and above 1,000 files, 256 KiB each or 4 MiB together.
 */
export async function readPolicyTree(mirror: Mirror, commit: string): Promise<PolicyTree | null> {
  await needCommits(mirror, commit);
  const id = await policiesAt(mirror, commit);
  return id === null ? null : readFiles(mirror, id, await listFiles(mirror, id, []));
}

/** Git's id of `policies/` at a commit that is here; null where there is no such folder. */
export async function policiesAt(mirror: Mirror, commit: string): Promise<string | null> {
  const [tree] = await inspect(mirror, [`${commit}:${POLICIES}`]);
  return tree?.type === 'tree' ? tree.oid : null;
}

/** The folder as merging would give it: what stands at the tip, with each path that the head changes as the head has it. */
export async function readPoliciesAfter(
  mirror: Mirror,
  { tip, head, merge_base }: Pick<Comparison, 'tip' | 'head' | 'merge_base'>,
): Promise<PolicyTree | null> {
  const standing = await policiesAt(mirror, tip);
  const after = new Map(standing === null ? [] : await listFiles(mirror, standing, []));
  for (const difference of await listDifferences(mirror, merge_base, head, [POLICIES])) {
    const path = difference.path.slice(POLICIES.length + 1);
    if (path === '') throw new Unreadable('policies/ is no folder');
    if (difference.after) after.set(path, difference.after);
    else after.delete(path);
  }
  return after.size === 0 ? null : readFiles(mirror, treeId(after), after);
}

async function readFiles(
  mirror: Mirror,
  id: string,
  entries: ReadonlyMap<string, Entry>,
): Promise<PolicyTree> {
  if (entries.size > MAX_FILES) throw new Unreadable(`policies/ has more than ${MAX_FILES} files`);
  const odd = [...entries].find(
    ([path, { mode }]) => !REGULAR.has(mode) || path.includes('\u{fffd}'),
  );
  if (odd) throw new Unreadable(`policies/${odd[0]} is no regular file (mode ${odd[1].mode})`);
  const contents = await readBlobs(
    mirror,
    [...entries.values()].map(({ oid }) => oid),
    MAX_BYTES,
  );
  const files = [...entries].map(
    ([path, { oid }]) => [path, decode(path, contents.get(oid))] as const,
  );
  return { id, files: Object.fromEntries(files) };
}
