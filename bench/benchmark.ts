import type { Contest } from './statistics.js';

/** One line of what a benchmark found. */
export interface Row extends Contest {
  readonly name: string;
  readonly unit: 'ms' | 'a second';
  /** What the floor (or peer) is, in a few words. */
  readonly floor_name: string;
}

/** How much is run: `quick` says that everything works and is right, and nothing about time. */
export type Size = 'full' | 'quick';

/** Something that is measured beside its floor or peer, in the same run. */
export interface Benchmark {
  readonly name: string;
  /** One line for the help and above the table. */
  readonly about: string;
  /** Throws `WrongAnswer` where what it is about to time, or has timed, answered wrongly. */
  run(size: Size, say: (line: string) => void): Promise<readonly Row[]>;
}

/** What is wrong is not timed. */
class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

/** Throws unless something holds that every timed answer must. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new WrongAnswer(what);
}
