import type { Settings } from './catalog.js';

export type MassEnding = Settings['mass_ending'];

/** The limits that apply where the settings have none or cannot be read. */
export const MASS_ENDING: MassEnding = { share: 0.25, number: 10 };

/** Why the endings of a step are held (invariants 7, 20), or null: each grant still ends at its own time. */
export function endsTooMany(endings: number, live: number, most: MassEnding): string | null {
  if (endings <= most.number || endings <= most.share * live) return null;
  return `it would end ${String(endings)} of ${String(live)} live grants at once, so those endings are held. Put the files back, or end the grants in smaller steps.`;
}
