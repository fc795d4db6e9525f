import type { Problem } from '../reading/problem.js';
import type { FileVersion, PathChange } from './snapshot.js';

/** Whether two versions of a file are the same to git. */
export function sameVersion(one: FileVersion | null, other: FileVersion | null): boolean {
  return one?.oid === other?.oid && one?.mode === other?.mode;
}

/** A path that the base changed, too, since the branch left it: what merging gives is not the head's to tell. Null for others. */
export function changedOnBoth({ path, before, tip }: PathChange): Problem | null {
  if (sameVersion(before, tip)) return null;
  const message = 'changed here, and on the base since this branch left it; update the branch';
  return { path, line: null, code: 'changed_on_both_sides', message };
}
