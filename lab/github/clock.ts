/** The stand-in's own time: it ticks with real time from where it was set, unless it is frozen. */
export interface Clock {
  now(): Date;
  /** Moves the clock to `to`; a frozen clock stays there until it is set again. */
  set(to: Date, frozen?: boolean): void;
  /** Moves the clock on by `ms`; a frozen clock stays frozen. */
  advance(ms: number): void;
}

/** `real` returns the machine's time in milliseconds since 1970. */
export function startClock(real: () => number = Date.now): Clock {
  let at = real();
  let since: number | null = at;
  const now = () => at + (since === null ? 0 : real() - since);
  const set = (to: number, frozen: boolean) => {
    at = to;
    since = frozen ? null : real();
  };
  return {
    now: () => new Date(now()),
    set: (to, frozen = false) => set(to.getTime(), frozen),
    advance: (ms) => set(now() + ms, since === null),
  };
}

/** GitHub's timestamps: UTC, whole seconds (`2026-11-24T17:00:00Z`). */
export const timestamp = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z');
