import type { Origin } from '../grant/record.js';

/** Joins levels on one slot to the level that covers them all; null for none. The provider supplies it. */
export type Join = (levels: readonly string[]) => string | null;

/** Whether a level gives nothing beyond another; null is no access. */
export function isWithin(join: Join, level: string | null, all: string | null): boolean {
  return level === null || (all !== null && join([level, all]) === all);
}

/** The part of some levels within a bound: the lower of the two, and nothing where either is nothing. */
export function atMost(
  join: Join,
  levels: readonly string[],
  bound: string | null,
): readonly string[] {
  if (bound === null) return [];
  if (isWithin(join, bound, join(levels))) return [bound];
  return levels.filter((level) => isWithin(join, level, bound));
}

/** Whether access counts as given by Daypass. Targets that do not say who gave it report all direct access as ours. */
export function isOurs(origin: Origin): boolean {
  return origin === 'ours' || origin === 'pending';
}
