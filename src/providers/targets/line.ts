import pLimit from 'p-limit';
import { TargetFault } from '../../ports.js';

/** At most this many slots of one target are worked on at once, so that a slow target does not get ever more calls. */
const AT_ONCE = 32;
/**
 * As many more may wait as are expected to get a place within this time, ms: a freed place is taken at once, and where
 * places free up slowly, few wait. Several targets may be slow, and each takes a part of the ends that a worker runs
 * at once.
 */
const MOMENT_MS = 256;
const MOST_WAITING = 64;
/** A job that finds the line full comes back after this time, or later if many do, ms. */
const SOON_MS = 300;
const LATEST_MS = 15_000;
/** For this long, ms, after one call found a target unreachable, the next calls fail without waiting. */
const AWAY_MS = 2_000;

/** The jobs at work on one target, and a few that wait for a place. */
export interface Line {
  /** How long to stay away, ms; 0 if there is a place, which the caller then takes at once with `run`. */
  full(): number;
  /** Runs work when it is its turn; fails at once if the target was just found unreachable. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** All times are by the machine's steady clock, ms. */
export function createLine(): Line {
  const limit = pLimit(AT_ONCE);
  let inside = 0;
  /**
   * The interval between jobs that come back after finding it full: twice as fast as places free up, so that none
   * stays empty.
   */
  let apart_ms = 4;
  let last = 0;
  let away: { readonly fault: TargetFault; readonly until: number } | null = null;

  const measured = async <T>(work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    if (away && away.until > began) throw away.fault;
    try {
      return await work();
    } catch (error) {
      if (error instanceof TargetFault && error.away)
        away = { fault: error, until: performance.now() + AWAY_MS };
      throw error;
    } finally {
      const took = performance.now() - began;
      apart_ms += (took / AT_ONCE / 2 - apart_ms) / 8;
    }
  };
  return {
    full: () => {
      const waiting = Math.min(MOST_WAITING, MOMENT_MS / (2 * apart_ms));
      if (inside < AT_ONCE + waiting) return 0;
      const now = performance.now();
      const away_ms = Math.min(Math.max(last + apart_ms - now, SOON_MS), LATEST_MS);
      last = now + away_ms;
      return away_ms;
    },
    run: async (work) => {
      inside += 1;
      try {
        return await limit(() => measured(work));
      } finally {
        inside -= 1;
      }
    },
  };
}
