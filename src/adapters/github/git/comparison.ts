import { FOLDERS, GRANTS, POLICIES } from '../../../core/reading/folders.js';
import { MOST_GRANTS } from '../../../core/grant/grant.js';
import { GRANT_BYTES } from '../../../core/grant/file.js';
import type { Comparison, FileVersion, PathChange } from '../../../core/change/snapshot.js';
import { Late, OverLimits, Unreadable } from '../../../ports.js';
import type { FileAtCommit } from '../../../ports.js';
import type { ContributingCommit } from './commits.js';
import { findContributingCommits } from './commits.js';
import type { Clone } from './clone.js';
import type { Difference, Git, PlacedBlob } from './git.js';
import { folderOf } from './git.js';
import type { TreeEntry } from '../../../core/policy/tree-id.js';
import { policiesAt } from './policy-tree.js';

const MAX_PATHS = 3_000;
const MAX_BYTES = 64 * 1024 * 1024;
const SUBMODULE = '160000';

const below = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(`${folder}/`);

/** The paths below `access-grants/` once the differences are applied. */
const listAfter = (
  tip: ReadonlyMap<string, TreeEntry>,
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
 * The contents of what differs. When `only` some grant files are asked about, none that is too large for a grant is
 * read, and none at all above 64 MiB together, or where the folder that they are in is so large that it comes late:
 * removals are visible without them.
 */
async function readContents(
  git: Git,
  blobs: readonly PlacedBlob[],
  only: boolean,
): Promise<ReadonlyMap<string, Uint8Array | null>> {
  if (!only) return git.readBlobs(blobs, MAX_BYTES);
  try {
    return await git.readBlobs(blobs, MAX_BYTES, GRANT_BYTES + 1);
  } catch (error) {
    if (error instanceof OverLimits || error instanceof Late) return new Map();
    throw error;
  }
}

/** Where the blob of a file at a commit is; nothing for a submodule. */
function placed(commit: string, path: string, entry: TreeEntry | null): readonly PlacedBlob[] {
  if (entry === null || entry.mode === SUBMODULE) return [];
  return [{ oid: entry.oid, folder: folderOf(`${commit}:`, path) }];
}

/** Removed files are not parsed, so any number of expired grants' files can be deleted. */
function checkNumbers(differences: readonly Difference[]): void {
  if (differences.length > MAX_PATHS)
    throw new OverLimits(`it changes more than ${MAX_PATHS} files of grants and policies`);
  const written = differences.filter(({ path, after }) => after !== null && below(GRANTS, path));
  if (written.length > MOST_GRANTS)
    throw new OverLimits(
      `it adds or changes ${written.length} grant files; at most ${MOST_GRANTS} are allowed at once`,
    );
}

/**
 * Compares `access-grants/` and `policies/`: what `merge_base` → `head` changes, and what `tip` has on the same paths.
 * All three commits are here. Throws `OverLimits` above 3,000 paths, 100 grant files that are added or changed, or
 * 64 MiB. Asked about `only` some grant files it has no limits, and changes of policies come without their content.
 */
async function compareFrom(
  git: Git,
  commits: { readonly tip: string; readonly head: string; readonly merge_base: string },
  only: ReadonlySet<string> | null = null,
): Promise<Comparison> {
  const { merge_base, tip, head } = commits;
  const [all, atTip, policies_tip] = await Promise.all([
    git.listDifferences(merge_base, head, FOLDERS),
    git.listFiles(tip, FOLDERS),
    policiesAt(git, tip),
  ]);
  const differences = all.filter(
    ({ path }) => only === null || below(POLICIES, path) || only.has(path),
  );
  if (only === null) checkNumbers(differences);
  const read = differences.filter(({ path }) => only === null || below(GRANTS, path));
  const blobs = read.flatMap(({ path, before, after }) => [
    ...placed(merge_base, path, before),
    ...placed(tip, path, atTip.get(path) ?? null),
    ...placed(head, path, after),
  ]);
  const contents = await readContents(git, blobs, only !== null);
  const version = (entry: TreeEntry | null | undefined): FileVersion | null =>
    entry ? { ...entry, content: contents.get(entry.oid) ?? null } : null;
  const changes = differences.map(({ path, before, after }): PathChange => ({
    path,
    before: version(before),
    tip: version(atTip.get(path)),
    after: version(after),
  }));
  return {
    ...commits,
    grants: changes.filter(({ path }) => below(GRANTS, path)),
    policies: changes.filter(({ path }) => below(POLICIES, path)),
    policies_tip,
    paths_after: listAfter(atTip, all),
  };
}

/** What merging `head` into `tip` would give. */
export async function compareMerge(clone: Clone, tip: string, head: string): Promise<Comparison> {
  return compareFrom(clone, await mergeOf(clone, tip, head));
}

/** A comparison, and the commits that contributed to what it brings; null when they are too many. */
export interface Contributed {
  readonly comparison: Comparison;
  readonly commits: readonly ContributingCommit[] | null;
}

/** What merging `head` into `tip` would give, and the commits of the head that contributed to it. */
export async function readMerge(clone: Clone, tip: string, head: string): Promise<Contributed> {
  const merge = await mergeOf(clone, tip, head);
  const [comparison, commits] = await Promise.all([
    compareFrom(clone, merge),
    findContributingCommits(clone, merge.merge_base, head),
  ]);
  return { comparison, commits };
}

async function mergeOf(clone: Clone, tip: string, head: string) {
  await clone.needCommits(tip, head);
  const merge_base = await clone.mergeBase(tip, head);
  if (merge_base === null)
    throw new Unreadable(
      'it shares no history with the default branch: start a new branch from there',
    );
  return { tip, head, merge_base };
}

/** What a step changed, from its parent to its commit; with `only`, what it did to these grant files. */
export async function compareStep(
  clone: Clone,
  step: { readonly commit: string; readonly parent: string },
  only?: readonly string[],
): Promise<Comparison> {
  await clone.needCommits(step.commit, step.parent);
  const commits = { tip: step.parent, head: step.commit, merge_base: step.parent };
  return compareFrom(clone, commits, only ? new Set(only) : null);
}

/** Those of these grant files that a commit has; the content is null for what is too large to be a grant. */
export async function readGrantsAt(
  clone: Clone,
  commit: string,
  paths: readonly string[],
): Promise<readonly FileAtCommit[]> {
  await clone.needCommits(commit);
  const files = await clone.listFiles(commit, [GRANTS]);
  const found = paths.flatMap((path) => {
    const entry = files.get(path);
    return entry ? [{ path, entry }] : [];
  });
  const blobs = found.flatMap(({ path, entry }) => placed(commit, path, entry));
  const contents = await readContents(clone, blobs, true);
  return found.map(({ path, entry }) => ({
    path,
    after: { ...entry, content: contents.get(entry.oid) ?? null },
  }));
}
