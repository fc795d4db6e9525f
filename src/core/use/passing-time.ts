/** Two readings of the same moment, ms: a clock that only goes forward, and the clock of the day. */
export interface TwoClocks {
  readonly steady_ms: number;
  readonly wall_ms: number;
}

/**
 * How much time has passed between two readings, ms. A steady clock may stand while the machine sleeps, and somebody may
 * turn the clock of the day back: what either says has passed, has passed.
 */
export function passed(since: TwoClocks, now: TwoClocks): number {
  return Math.max(now.steady_ms - since.steady_ms, now.wall_ms - since.wall_ms, 0);
}

/** The database's time, kept between two reads of it. */
export interface KeptTime {
  /** The database said `at` in an answer to what was asked at `asked`. */
  read(at: Date, asked: TwoClocks): void;
  /**
   * Never before the database's time, and never before what it said earlier, unless that was far ahead of the database:
   * windows are compared with it.
   */
  now(reading: TwoClocks): Date;
}

/** How far its own time may be ahead of the database's, ms. */
const MOST_AHEAD_MS = 10_000;

/**
 * `runs` says whether time goes on between two reads: in tests it stands. Counted from when it was asked, because the
 * answer was made after that.
 */
export function keepTime(runs: boolean): KeptTime {
  let base: { readonly at_ms: number; readonly asked: TwoClocks } | null = null;
  let latest_ms = 0;
  return {
    read: (at, asked) => {
      base = { at_ms: at.getTime(), asked };
      // The clock of the day was wrong for a moment: the database's time is what ends are decided by.
      if (latest_ms - base.at_ms > MOST_AHEAD_MS) latest_ms = base.at_ms;
    },
    now: (reading) => {
      if (base) {
        const since = runs ? passed(base.asked, reading) : 0;
        latest_ms = Math.max(latest_ms, base.at_ms + since);
      }
      return new Date(latest_ms);
    },
  };
}
