import { renameSync, writeFileSync } from 'node:fs';

/** The stand-in's own time: it ticks with real time from where it was set, unless it is frozen. */
export interface Clock {
  now(): Date;
  /** Moves the clock to `to`; a frozen clock stays there until it is set again. */
  set(to: Date, frozen?: boolean): void;
  /** Moves the clock on by `ms`; a frozen clock stays frozen. */
  advance(ms: number): void;
}

/**
 * `real` returns the machine's time in milliseconds since 1970; `moved` is called at first and whenever time was moved:
 * it was `at` when `real` was `since`, and is still if that is null.
 */
export function startClock(
  real: () => number = Date.now,
  moved: (at: Date, since: number | null) => void = () => undefined,
): Clock {
  let at = real();
  let since: number | null = at;
  moved(new Date(at), since);
  const now = () => at + (since === null ? 0 : real() - since);
  const set = (to: number, frozen: boolean) => {
    at = to;
    since = frozen ? null : real();
    moved(new Date(at), since);
  };
  return {
    now: () => new Date(now()),
    set: (to, frozen = false) => set(to.getTime(), frozen),
    advance: (ms) => set(now() + ms, since === null),
  };
}

/**
 * The same, and a file that says its time to who may not ask each time (`DAYPASS_CLOCK`): whoever reads it after the
 * clock was moved reads the new time.
 */
export const startClockInFile = (file: string): Clock =>
  startClock(Date.now, (at, since) => {
    // Nobody finds half of it.
    writeFileSync(`${file}.new`, [at.toISOString(), ...(since === null ? [] : [since])].join(' '));
    renameSync(`${file}.new`, file);
  });

/** GitHub's timestamps: UTC, whole seconds (`2026-11-24T17:00:00Z`). */
export const timestamp = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z');
