import { FOLDERS, GRANTS, POLICIES } from '../../../core/reading/folders.js';
import { MOST_GRANTS } from '../../../core/grant/grant.js';
import { GRANT_BYTES } from '../../../core/grant/file.js';
import type { Comparison, FileVersion, PathChange } from '../../../core/change/snapshot.js';
import { OverLimits, Unreadable } from '../../../ports.js';
import type { StandingFile } from '../../../ports.js';
import type { ContributingCommit } from './commits.js';
import { findContributingCommits } from './commits.js';
import type { Mirror } from './mirror.js';
import type { Difference, Entry } from './read.js';
import { listDifferences, listFiles, mergeBase, needCommits, readBlobs } from './read.js';
import { policiesAt } from './policy-tree.js';

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
 * The contents of what differs. Of `only` some grant files nothing is read that is too large for one, and of
 * more than 64 MiB of them none at all: what was removed is told without.
 */
async function readContents(
  mirror: Mirror,
  oids: readonly string[],
  only: boolean,
): Promise<ReadonlyMap<string, Uint8Array | null>> {
  if (!only) return readBlobs(mirror, oids, MAX_BYTES);
  try {
    return await readBlobs(mirror, oids, MAX_BYTES, GRANT_BYTES + 1);
  } catch (error) {
    if (error instanceof OverLimits) return new Map();
    throw error;
  }
}

/** What was removed is not parsed, so that any number of files of grants that are over can be tidied away. */
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
 * Compares below `access-grants/` and `policies/`: what `merge_base` → `head` changes, and what stands at `tip`
 * on the same paths. All three commits are here. Throws `OverLimits` above 3,000 paths, 100 grant files that
 * are added or changed, or 64 MiB, unless it is asked about `only` some grant files: what changed of policies is told then without its content.
 */
async function compareFrom(
  mirror: Mirror,
  commits: { readonly tip: string; readonly head: string; readonly merge_base: string },
  only: ReadonlySet<string> | null = null,
): Promise<Comparison> {
  const { merge_base, tip, head } = commits;
  const [all, standing, policies_tip] = await Promise.all([
    listDifferences(mirror, merge_base, head, FOLDERS),
    listFiles(mirror, tip, FOLDERS),
    policiesAt(mirror, tip),
  ]);
  const differences = all.filter(
    ({ path }) => only === null || below(POLICIES, path) || only.has(path),
  );
  if (only === null) checkNumbers(differences);
  const read = differences.filter(({ path }) => only === null || below(GRANTS, path));
  const entries = read.flatMap(({ path, before, after }) => [
    before,
    standing.get(path) ?? null,
    after,
  ]);
  const blobs = entries.flatMap((entry) => (entry && entry.mode !== SUBMODULE ? [entry.oid] : []));
  const contents = await readContents(mirror, blobs, only !== null);
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
    policies_tip,
    paths_after: listAfter(standing, all),
  };
}

/** What merging `head` into `tip` would give. */
export async function compareMerge(mirror: Mirror, tip: string, head: string): Promise<Comparison> {
  return compareFrom(mirror, await mergeOf(mirror, tip, head));
}

/** A comparison, and the commits that contributed to what it brings; null where they are too many. */
export interface Contributed {
  readonly comparison: Comparison;
  readonly commits: readonly ContributingCommit[] | null;
}

/** What merging `head` into `tip` would give, and the commits of the head that contributed to it. */
export async function readMerge(mirror: Mirror, tip: string, head: string): Promise<Contributed> {
  const merge = await mergeOf(mirror, tip, head);
  const [comparison, commits] = await Promise.all([
    compareFrom(mirror, merge),
    findContributingCommits(mirror, merge.merge_base, head),
  ]);
  return { comparison, commits };
}

async function mergeOf(mirror: Mirror, tip: string, head: string) {
  await needCommits(mirror, tip, head);
  const merge_base = await mergeBase(mirror, tip, head);
  if (merge_base === null)
    throw new Unreadable(
      'it shares no history with the default branch: branch off from there anew',
    );
  return { tip, head, merge_base };
}

/** What a step changed, from its parent to its commit; with `only`, what it did to these grant files. */
export async function compareStep(
  mirror: Mirror,
  step: { readonly commit: string; readonly parent: string },
  only?: readonly string[],
): Promise<Comparison> {
  await needCommits(mirror, step.commit, step.parent);
  const commits = { tip: step.parent, head: step.commit, merge_base: step.parent };
  return compareFrom(mirror, commits, only ? new Set(only) : null);
}

/** Those of these grant files that stand at a commit, with what can be a grant's of their contents. */
export async function readStanding(
  mirror: Mirror,
  commit: string,
  paths: readonly string[],
): Promise<readonly StandingFile[]> {
  await needCommits(mirror, commit);
  const standing = await listFiles(mirror, commit, [GRANTS]);
  const found = paths.flatMap((path) => {
    const entry = standing.get(path);
    return entry ? [{ path, entry }] : [];
  });
  const blobs = found.flatMap(({ entry }) => (entry.mode === SUBMODULE ? [] : [entry.oid]));
  const contents = await readContents(mirror, blobs, true);
  return found.map(({ path, entry }) => ({
    path,
    after: { ...entry, content: contents.get(entry.oid) ?? null },
  }));
}
