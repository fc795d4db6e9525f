import { quote } from './problem.js';

const DAY = 86_400;
const HOUR = 3_600;
const MINUTE = 60;

/** The longest duration or window that is allowed. Seconds. */
export const LONGEST_SECONDS = 366 * DAY;

// Years and months have no fixed length. ISO 8601 does not combine weeks with other units.
const ISO =
  /^P(?=.)(?:(?<d>\d{1,8})D)?(?:T(?=\d)(?:(?<h>\d{1,8})H)?(?:(?<m>\d{1,8})M)?(?:(?<s>\d{1,8})S)?)?$/;
const ISO_WEEKS = /^P(?<w>\d{1,8})W$/;
const SHORT = /^(?=.)(?:(?<d>\d{1,8})d)?(?:(?<h>\d{1,8})h)?(?:(?<m>\d{1,8})m)?(?:(?<s>\d{1,8})s)?$/;

export type ParsedDuration =
  { readonly ok: true; readonly seconds: number } | { readonly ok: false; readonly why: string };

/**
 * Reads a duration: ISO 8601 (`PT4H`, `P1DT12H`, `P2W`) or the short form (`4h`, `90m`, `1d12h`, `45s`);
 * a day is 24 hours (invariant 11). It must be longer than 0 and at most 366 days; otherwise `why` quotes the value.
 */
export function parseDuration(text: string): ParsedDuration {
  const parts = (ISO.exec(text) ?? ISO_WEEKS.exec(text) ?? SHORT.exec(text))?.groups;
  if (!parts) {
    const use = 'Use 4h, 90m or 1d12h, or ISO 8601 such as PT4H (no months or years).';
    return { ok: false, why: `${quote(text)} is not a duration. ${use}` };
  }
  const { w = '0', d = '0', h = '0', m = '0', s = '0' } = parts;
  const days = 7 * Number(w) + Number(d);
  const seconds = days * DAY + Number(h) * HOUR + Number(m) * MINUTE + Number(s);
  if (seconds > 0 && seconds <= LONGEST_SECONDS) return { ok: true, seconds };
  return {
    ok: false,
    why: `${quote(text)} is not allowed. Use a duration longer than 0 s and of at most 366 days.`,
  };
}

/**
 * A length in the short form, such as `1d12h`, which `parseDuration` reads. Fractions of a second are dropped.
 * Throws a RangeError on negative and infinite lengths.
 */
export function formatDuration(seconds: number): string {
  if (!(seconds >= 0 && Number.isFinite(seconds)))
    throw new RangeError(`Not a length: ${seconds} s`);
  const whole = Math.floor(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / DAY), 'd'],
    [Math.floor((whole % DAY) / HOUR), 'h'],
    [Math.floor((whole % HOUR) / MINUTE), 'm'],
    [whole % MINUTE, 's'],
  ];
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return shown.join('') || '0s';
}
