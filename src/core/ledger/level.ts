import type { Origin } from '../grant/record.js';

/** Joins levels on one slot to the one that covers them all; null for none. Given by the provider. */
export type Join = (levels: readonly string[]) => string | null;

/** Whether a level gives nothing that another does not give as well; null is no access. */
export function isWithin(join: Join, level: string | null, all: string | null): boolean {
  return level === null || (all !== null && join([level, all]) === all);
}

/** What there is of some levels within a bound: the lower of both, and nothing where either is nothing. */
export function atMost(
  join: Join,
  levels: readonly string[],
  bound: string | null,
): readonly string[] {
  if (bound === null) return [];
  if (isWithin(join, bound, join(levels))) return [bound];
  return levels.filter((level) => isWithin(join, level, bound));
}

/** Whether access counts as given by Daypass: a target that does not say who gave it has all that is direct as ours. */
export function isOurs(origin: Origin): boolean {
  return origin === 'ours' || origin === 'pending';
}
