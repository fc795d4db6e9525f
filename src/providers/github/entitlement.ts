import { z } from 'zod';
import { TargetFault } from '../../ports.js';

/** The id by which an entitlement names a repository or a team: names can be changed, and be taken by another. */
export function numericId(of: 'repository' | 'team') {
  const must = `must be the numeric id of the ${of}`;
  return z.number(must).int(must).positive(must);
}

/** Joins levels, given weakest first, to the strongest of some of them; null of none. */
export function strongestOf<Level extends string>(levels: readonly Level[]) {
  return (some: readonly string[]): Level | null =>
    levels.findLast((level) => some.includes(level)) ?? null;
}

/** Throws unless it has the name by which the catalog calls it; `called` is undefined where a call does not say. */
export function assertCalled(
  of: 'repository' | 'team',
  { id, name }: { readonly id: number; readonly name: string },
  called: string | undefined,
): void {
  if (called !== undefined && called.toLowerCase() !== name.toLowerCase())
    throw new TargetFault(`the catalog says ${called}, and ${of} ${id} is ${name}`, true);
}
