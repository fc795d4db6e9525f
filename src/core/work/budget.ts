/**
 * What a call to GitHub is for: to end access, to read the default branch (whose steps may end access), or anything
 * else, such as judging, showing and starting.
 */
export type CallPurpose = 'end' | 'tip' | 'other';

/** The share of an hour's limit that calls leave to those with more urgent purposes. */
const LEAVES: Readonly<Record<CallPurpose, number>> = { end: 0, tip: 0, other: 0.1 };

/** One of GitHub's hourly limits (`core`, `graphql`, …), as last told; each counts for itself. */
export interface HourlyLimit {
  readonly limit: number;
  readonly remaining: number;
  /** When a new hour begins, by a steady clock, ms. */
  readonly resets_at: number;
}

/**
 * How long a call must wait so that the last tenth of the hour's limit is left for ends and the default branch, ms; 0 if
 * it need not. `left` is null where GitHub has told nothing.
 */
export function reserveWait(purpose: CallPurpose, left: HourlyLimit | null, now: number): number {
  if (left === null || left.remaining > left.limit * LEAVES[purpose]) return 0;
  return LEAVES[purpose] === 0 ? 0 : Math.max(0, left.resets_at - now);
}

/** What is known of a limit after an answer: answers to calls that ran side by side come in any order. */
export function afterAnswer(known: HourlyLimit | null, told: HourlyLimit): HourlyLimit {
  // The times of two answers about one hour differ by less than a minute, and hours by an hour.
  const same = known !== null && Math.abs(known.resets_at - told.resets_at) < SAME_MS;
  return same ? { ...told, remaining: Math.min(known.remaining, told.remaining) } : told;
}

const SAME_MS = 60_000;
