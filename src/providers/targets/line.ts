import pLimit from 'p-limit';
import { TargetFault } from '../../ports.js';

/** So many slots of one target are worked on at once, so that one that is slow is not asked ever more. */
const AT_ONCE = 32;
/**
 * As many more may wait as will have a place within this, ms: one that comes free is taken at once, and where places come
 * free slowly few wait. More than one target may be slow, and each has a part of what a worker ends at once.
 */
const MOMENT_MS = 256;
const MOST_WAITING = 64;
/** Who finds the line full comes again after this, or later where many do, ms. */
const SOON_MS = 300;
const LATEST_MS = 15_000;
/** What one learns of a target that is away, the next need not wait for again, ms. */
const AWAY_MS = 2_000;

/** Those at work on one target, and a few who wait for them. */
export interface Line {
  /** How long to stay away, ms; 0 where there is a place. Who asks then takes it by `run` at once. */
  full(): number;
  /** Runs work when it is its turn; fails at once where the target was just seen to be away. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** All times are by the machine's steady clock, ms. */
export function createLine(): Line {
  const limit = pLimit(AT_ONCE);
  let inside = 0;
  /** How far apart those come again who found it full: twice as fast as places come free, so that none stays empty. */
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
