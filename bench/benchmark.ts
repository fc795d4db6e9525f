import type { Contest } from './statistics.js';

/** One line of a benchmark's result. */
export interface Row extends Contest {
  readonly name: string;
  readonly unit: 'ms' | 'a second' | 'MB';
  /** What the floor (or peer) is, in a few words. */
  readonly floor_name: string;
}

/** How much to run: `quick` shows that everything works and answers correctly; its times mean nothing. */
export type Size = 'full' | 'quick';

/** Measures something against its floor or peer, in the same run. */
export interface Benchmark {
  readonly name: string;
  /** One line, shown in the help and above the table. */
  readonly about: string;
  /** Throws `WrongAnswer` if what it is about to time, or has timed, gave a wrong answer. */
  run(size: Size, say: (line: string) => void): Promise<readonly Row[]>;
}

/** A wrong answer is not worth timing: it ends the run. */
class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

/** Throws `WrongAnswer` unless the condition holds that every timed answer must meet. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new WrongAnswer(what);
}
