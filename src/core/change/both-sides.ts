import type { Problem } from '../reading/problem.js';
import type { FileVersion, PathChange } from './snapshot.js';

/** Whether two versions of a file are the same to git. */
export function sameVersion(one: FileVersion | null, other: FileVersion | null): boolean {
  return one?.oid === other?.oid && one?.mode === other?.mode;
}

/** The problem of a path that the base has changed since the branch was created, so the head alone does not show what merging gives. Null for others. */
export function changedOnBoth({ path, before, tip }: PathChange): Problem | null {
  if (sameVersion(before, tip)) return null;
  const message = 'changed here, and on the base since this branch was created. Update the branch.';
  return { path, line: null, code: 'changed_on_both_sides', message };
}
