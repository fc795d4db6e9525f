import { z } from 'zod';
import { TargetFault } from '../../ports.js';

/** The id that names a repository or a team in an entitlement: names can change, and another can take the old one. */
export function numericId(of: 'repository' | 'team') {
  const must = `must be the numeric id of the ${of}`;
  return z.number(must).int(must).positive(must);
}

/** Joins levels, given weakest first, to the strongest of some of them; null if there are none. */
export function strongestOf<Level extends string>(levels: readonly Level[]) {
  return (some: readonly string[]): Level | null =>
    levels.findLast((level) => some.includes(level)) ?? null;
}

/** Throws unless it has the name that the catalog gives it; `called` is undefined if the call gives none. */
export function assertCalled(
  of: 'repository' | 'team',
  { id, name }: { readonly id: number; readonly name: string },
  called: string | undefined,
): void {
  if (called !== undefined && called.toLowerCase() !== name.toLowerCase())
    throw new TargetFault(`the catalog says ${called}, and ${of} ${id} is ${name}`, true);
}
