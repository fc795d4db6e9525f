import type { Comparison, FileVersion, PathChange } from '../../core/snapshot.js';
import { Unreadable } from '../../ports.js';
import type { Mirror } from './git/mirror.js';
import type { Difference, Entry } from './git/read.js';
import { listDifferences, listFiles, mergeBase, needCommit, readBlobs } from './git/read.js';
import { policiesAt } from './policy-tree.js';

const GRANTS = 'access-grants';
const POLICIES = 'policies';
const MAX_PATHS = 3_000;
const MAX_BYTES = 64 * 1024 * 1024;
const SUBMODULE = '160000';

const below = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(`${folder}/`);

/** What stands below `access-grants/` after the differences have been taken over. */
const listAfter = (
  tip: ReadonlyMap<string, Entry>,
  differences: readonly Difference[],
): string[] => {
  const after = new Set([...tip.keys()].filter((path) => below(GRANTS, path)));
  for (const { path, after: kept } of differences) {
    if (kept === null) after.delete(path);
    else if (below(GRANTS, path)) after.add(path);
  }
  return [...after].sort();
};

/**
 * Compares below `access-grants/` and `policies/`: what `merge_base` → `head` changes, and what stands at `tip`
 * on the same paths. All three commits are here. Throws `Unreadable` above 3,000 paths or 64 MiB.
 */
async function compareFrom(
  mirror: Mirror,
  commits: { readonly tip: string; readonly head: string; readonly merge_base: string },
): Promise<Comparison> {
  const folders = [GRANTS, POLICIES];
  const { merge_base, tip, head } = commits;
  const differences = await listDifferences(mirror, merge_base, head, folders);
  if (differences.length > MAX_PATHS)
    throw new Unreadable(`it changes more than ${MAX_PATHS} files of grants and policies`);
  const standing = await listFiles(mirror, tip, folders);
  const entries = differences.flatMap(({ path, before, after }) => [
    before,
    standing.get(path) ?? null,
    after,
  ]);
  const blobs = entries.flatMap((entry) => (entry && entry.mode !== SUBMODULE ? [entry.oid] : []));
  const contents = await readBlobs(mirror, blobs, MAX_BYTES);
  const version = (entry: Entry | null | undefined): FileVersion | null =>
    entry ? { ...entry, content: contents.get(entry.oid) ?? null } : null;
  const changes = differences.map(({ path, before, after }): PathChange => ({
    path,
    before: version(before),
    tip: version(standing.get(path)),
    after: version(after),
  }));
  return {
    ...commits,
    grants: changes.filter(({ path }) => below(GRANTS, path)),
    policies: changes.filter(({ path }) => below(POLICIES, path)),
    policies_tip: await policiesAt(mirror, tip),
    paths_after: listAfter(standing, differences),
  };
}

/** What merging `head` into `tip` would give. */
export async function compareMerge(mirror: Mirror, tip: string, head: string): Promise<Comparison> {
  await needCommit(mirror, tip);
  await needCommit(mirror, head);
  const merge_base = await mergeBase(mirror, tip, head);
  if (merge_base === null)
    throw new Unreadable(
      'it shares no history with the default branch: branch off from there anew',
    );
  return compareFrom(mirror, { tip, head, merge_base });
}

/** What a step changed, from its parent to its commit. */
export async function compareStep(
  mirror: Mirror,
  step: { readonly commit: string; readonly parent: string },
): Promise<Comparison> {
  await needCommit(mirror, step.commit);
  await needCommit(mirror, step.parent);
  return compareFrom(mirror, { tip: step.parent, head: step.commit, merge_base: step.parent });
}
