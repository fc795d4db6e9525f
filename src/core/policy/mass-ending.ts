import type { Settings } from './catalog.js';

export type MassEnding = Settings['mass_ending'];

/** The limits that apply where the settings have none or cannot be read. */
export const MASS_ENDING: MassEnding = { share: 0.25, number: 10 };

/**
 * Why endings at once are held (invariants 7, 20), or null: each grant still ends at its own time. People count, not
 * grants, so what one person has can always be ended. `losing` are the people whose grants would end, by id, and
 * `live` those who have live grants; an id may come several times.
 */
export function endsTooMany(
  losing: Iterable<number>,
  live: Iterable<number>,
  most: MassEnding,
): string | null {
  const lose = new Set(losing).size;
  const have = new Set(live).size;
  if (lose <= Math.max(1, most.number) || lose <= most.share * have) return null;
  return `it would end grants of ${String(lose)} of the ${String(have)} people who have live grants, so those endings are held. Put the files back, end the grants in smaller steps, or end those of one person with daypass revoke.`;
}
