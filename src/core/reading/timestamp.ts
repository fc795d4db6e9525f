import { quote } from './problem.js';

export type ParsedTimestamp =
  { readonly ok: true; readonly at: string } | { readonly ok: false; readonly why: string };

const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const MINUTE_MS = 60_000;

/**
 * Reads an RFC 3339 timestamp with its offset (invariant 11). Returns it in UTC with milliseconds, in the form of
 * `Date.toISOString`; finer parts of a second are cut off. Refuses days that do not exist, `24:00:00`, leap seconds
 * and years outside 1970–9999; `why` quotes the value.
 */
export function parseTimestamp(text: string): ParsedTimestamp {
  const refuse = (allowed: string): ParsedTimestamp => ({
    ok: false,
    why: `${quote(text)} is not a timestamp. Use ${allowed}.`,
  });
  const match = RFC_3339.exec(text);
  if (!match)
    return refuse('a date and time with its offset, such as 2026-11-24T21:00:00Z (RFC 3339)');
  const [, date = '', time = '', fraction = '', sign, hours = '0', minutes = '0'] = match;
  const local = `${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const ms = Date.parse(local);
  // The form is right by now. `Date` turns a day or an hour that does not exist into another one.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== local) {
    return refuse('a day that exists and a time from 00:00:00 to 23:59:59');
  }
  const offset = (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes)) * MINUTE_MS;
  const at = new Date(ms - offset).toISOString();
  // A year of five digits is written with a sign.
  return /^(19[7-9]|[2-9])\d+-/.test(at) ? { ok: true, at } : refuse('a year from 1970 to 9999');
}

/** The earlier of two moments in the form of `Date.toISOString`, which sorts as text. */
export const earlier = (one: string, other: string): string => (other < one ? other : one);
