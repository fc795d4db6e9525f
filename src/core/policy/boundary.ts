import type { Hours, Settings } from './catalog.js';
import { inZone } from './moment.js';

const MINUTE_MS = 60_000;
/** Hours repeat each week; one more day allows for a boundary that a clock change moves. */
const HORIZON_MINUTES = 8 * 24 * 60;

/**
 * The next moment after `now` at which the hours of an environment begin or end, so that the same pull request may be
 * judged differently; null where no environment has hours that ever change.
 */
export function nextBoundary(settings: Settings, now: Date): Date | null {
  const times = Object.values(settings.environments)
    .flatMap(({ hours }) => (hours ? [boundary(hours, now.getTime())] : []))
    .filter((at) => at !== null);
  return times.length === 0 ? null : new Date(Math.min(...times));
}

function boundary(hours: Hours, now: number): number | null {
  const inside = within(hours, now);
  const minute = Math.floor(now / MINUTE_MS);
  for (let ahead = 1; ahead <= HORIZON_MINUTES; ahead += 1) {
    const at = (minute + ahead) * MINUTE_MS;
    if (within(hours, at) !== inside) return at;
  }
  return null;
}

/** Reads hours in the same way as the rules do (policies/access/lib/hours.rego). */
function within(hours: Hours, at: number): boolean {
  const { hour, minute, weekday } = inZone(new Date(at), hours.zone);
  const time = `${two(hour)}:${two(minute)}`;
  return hours.days.includes(weekday) && hours.from <= time && time < hours.to;
}

const two = (part: number) => String(part).padStart(2, '0');
