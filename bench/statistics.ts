/** The median of some measurements, and the bounds of their middle half. */
export interface Quartiles {
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
}

/** What the ratio of subject to floor should be. */
export type Goal = { readonly at_most: number } | { readonly at_least: number };

/** Measurements of a subject and of its floor (or peer); equal indexes are of the same round. */
export interface Contest {
  readonly subject: readonly number[];
  readonly floor: readonly number[];
  readonly goal: Goal | null;
}

/** `no goal`: nothing was promised, and the floor was steady enough for a comparison. */
export type Verdict = 'met' | 'missed' | 'inconclusive' | 'no goal';

export interface Judged {
  readonly subject: Quartiles;
  readonly floor: Quartiles;
  /** Quartiles of the rounds' ratios, not the ratio of the quartiles. */
  readonly ratio: Quartiles;
  /** How far the floor's quartiles are apart, as a share of its median. */
  readonly swing: number;
  readonly verdict: Verdict;
  /** The median ratio relative to the goal, as a factor: above 1 the goal is missed. Null without a goal. */
  readonly off_by: number | null;
}

/** If the floor's quartiles are further apart than this share of its median, it swings too much to compare with. */
export const SWING = 0.25;

/** With fewer rounds no verdict is given. */
export const FEWEST_ROUNDS = 3;

/**
 * The value below which a share `p` (0 to 1) of the values lies, interpolated between the two nearest (Hyndman
 * and Fan's type 7, the default of R and NumPy). Throws a RangeError if there is none.
 */
export function quantile(values: readonly number[], p: number): number {
  if (values.length === 0 || !values.every(Number.isFinite) || !(p >= 0 && p <= 1)) {
    throw new RangeError(`no quantile ${p} of ${values.length} values`);
  }
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * p;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function quartiles(values: readonly number[]): Quartiles {
  return {
    q1: quantile(values, 0.25),
    median: quantile(values, 0.5),
    q3: quantile(values, 0.75),
  };
}

/**
 * Judges a contest: takes the ratio of subject to floor in each round, and compares the median ratio with the
 * goal. Throws a RangeError if the numbers of rounds differ or a floor is not above zero.
 */
export function judge({ subject, floor, goal }: Contest): Judged {
  if (subject.length !== floor.length) {
    throw new RangeError(
      `${subject.length} rounds of the subject but ${floor.length} of the floor`,
    );
  }
  if (!floor.every((value) => value > 0)) throw new RangeError('a floor must be above zero');
  const ratio = quartiles(subject.map((value, round) => value / (floor[round] ?? NaN)));
  const floors = quartiles(floor);
  const swing = (floors.q3 - floors.q1) / floors.median;
  const off_by = goal && beyond(ratio.median, goal);
  const stands = swing <= SWING && subject.length >= FEWEST_ROUNDS;
  return {
    subject: quartiles(subject),
    floor: floors,
    ratio,
    swing,
    verdict: stands ? against(off_by) : 'inconclusive',
    off_by,
  };
}

function beyond(ratio: number, goal: Goal): number {
  return 'at_most' in goal ? ratio / goal.at_most : goal.at_least / ratio;
}

function against(off_by: number | null): Verdict {
  if (off_by === null) return 'no goal';
  return off_by <= 1 ? 'met' : 'missed';
}
