import { addSeconds } from 'date-fns/addSeconds';
import { differenceInSeconds } from 'date-fns/differenceInSeconds';
import { LONGEST_SECONDS, formatDuration, parseDuration } from '../reading/duration.js';
import type { Reason } from '../reading/reason.js';
import { parseTimestamp } from '../reading/timestamp.js';

/**
 * The window that an author declared. Exactly one of `duration_seconds` and `expires_at` is set
 * (invariant 12). Timestamps are RFC 3339 in UTC with milliseconds, in the form of `Date.toISOString`.
 */
export interface DeclaredWindow {
  readonly starts_at: string | null;
  readonly duration_seconds: number | null;
  readonly expires_at: string | null;
}

/** A frozen half-open window `[starts_at, ends_at)`, RFC 3339 in UTC. */
export interface Window {
  readonly starts_at: string;
  readonly ends_at: string;
}

/** Another end of a grant for the same start: as declared, and frozen where its window was. */
export interface NewEnd {
  readonly window: DeclaredWindow;
  readonly digest: string;
  readonly frozen: Window | null;
}

/** What is wrong with a window, and the key of the grant file that it is about. */
export interface WindowProblem extends Pick<Reason, 'code' | 'message'> {
  readonly key: 'duration' | 'expires_at' | 'starts_at';
}

/** The texts about the window in a grant file, where they are given. */
export interface WrittenWindow {
  readonly duration?: string | undefined;
  readonly expires_at?: string | undefined;
  readonly starts_at?: string | undefined;
}

/** Reads the window of a grant file: exactly one of `duration` and `expires_at` (invariant 12). Returns all problems. */
export function declareWindow(
  written: WrittenWindow,
):
  | { readonly ok: true; readonly window: DeclaredWindow }
  | { readonly ok: false; readonly problems: readonly WindowProblem[] } {
  const problems: WindowProblem[] = [];
  const instant = (key: 'expires_at' | 'starts_at'): string | null => {
    const text = written[key];
    if (text === undefined) return null;
    const parsed = parseTimestamp(text);
    if (parsed.ok) return parsed.at;
    problems.push({ code: 'not_a_timestamp', key, message: parsed.why });
    return null;
  };
  const parsed = written.duration === undefined ? null : parseDuration(written.duration);
  if (parsed && !parsed.ok)
    problems.push({ code: 'not_a_duration', key: 'duration', message: parsed.why });
  const window = {
    starts_at: instant('starts_at'),
    duration_seconds: parsed?.ok ? parsed.seconds : null,
    expires_at: instant('expires_at'),
  };
  const { duration, expires_at } = written;
  if (duration === undefined && expires_at === undefined) {
    const message = 'is missing. Write duration or expires_at.';
    problems.push({ code: 'missing_key', key: 'duration', message });
  }
  if (duration !== undefined && expires_at !== undefined) {
    const message = 'the file also has duration. Use only one of them.';
    problems.push({ code: 'two_ends', key: 'expires_at', message });
  }
  if (window.starts_at && window.expires_at && window.expires_at <= window.starts_at) {
    const message = 'is not after starts_at. Use a later time.';
    problems.push({ code: 'end_before_start', key: 'expires_at', message });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, window };
}

/** When a window starts that is merged at `merged_at`: a `starts_at` in the past means the merge. */
export function startOf(window: DeclaredWindow, merged_at: string): string {
  const { starts_at } = window;
  return starts_at !== null && starts_at > merged_at ? starts_at : merged_at;
}

/** The end of a window that starts at `starts_at`. */
export function endOf(window: DeclaredWindow, starts_at: string): string {
  return window.expires_at ?? later(starts_at, window.duration_seconds ?? 0);
}

/**
 * Freezes both ends at activation (invariant 12): a `duration` counts from then. Throws a RangeError where it is
 * before `starts_at` or after the end.
 */
export function freeze(window: DeclaredWindow, activated_at: Date): Window {
  const starts_at = activated_at.toISOString();
  if (window.starts_at !== null && starts_at < window.starts_at) {
    throw new RangeError(`activated at ${starts_at}, before its start at ${window.starts_at}`);
  }
  const ends_at = endOf(window, starts_at);
  if (ends_at <= starts_at) {
    throw new RangeError(`activated at ${starts_at}, not before its end at ${ends_at}`);
  }
  return { starts_at, ends_at };
}

/** Seconds from the start to the end that the file declares, including an extension (invariant 12). */
export function wholeLength(window: DeclaredWindow, starts_at: string): number {
  const end = endOf(window, starts_at);
  return Math.max(0, differenceInSeconds(end, starts_at, { roundingMethod: 'ceil' }));
}

/**
 * Why a window cannot be asked for at `now`: its end is in the past, its start is too far ahead, or the whole is longer
 * than 366 days. `from` is the start of the grant that it extends; null for a new one.
 */
export function checkWindow(
  window: DeclaredWindow,
  now: Date,
  limits: { readonly max_lead_seconds: number },
  from: string | null = null,
): readonly WindowProblem[] {
  const problems: WindowProblem[] = [];
  const say = (key: WindowProblem['key'], code: WindowProblem['code'], message: string) =>
    problems.push({ code, key, message: `${key}: ${message}` });
  const at = now.toISOString();
  const key = window.expires_at === null ? 'duration' : 'expires_at';
  const start = from ?? startOf(window, at);
  const end = endOf(window, start);
  const length = wholeLength(window, start);
  if (end <= at) say(key, 'end_in_past', `the end, ${end}, is in the past: it is now ${at}`);
  else if (end <= start) {
    say(key, 'end_before_start', `the end, ${end}, is not after the start, ${start}`);
  }
  if (start > later(at, limits.max_lead_seconds)) {
    const lead = formatDuration(limits.max_lead_seconds);
    const message = `the start, ${start}, is more than ${lead} ahead`;
    say('starts_at', 'start_too_far_ahead', message);
  }
  if (length > LONGEST_SECONDS) {
    say(key, 'too_long', `the whole window of ${formatDuration(length)} is more than 366 days`);
  }
  return problems;
}

function later(at: string, seconds: number): string {
  return addSeconds(at, seconds).toISOString();
}
