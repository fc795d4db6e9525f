/** Three numbers that say where the middle half of some measurements lies. */
export interface Quartiles {
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
}

/** What the ratio of subject to floor should be. */
export type Goal = { readonly at_most: number } | { readonly at_least: number };

/** Measurements of a subject and of its floor (or peer), of one round each at the same place. */
export interface Contest {
  readonly subject: readonly number[];
  readonly floor: readonly number[];
  readonly goal: Goal | null;
}

/** `no goal`: nothing was promised, and the floor stood still enough to compare with. */
export type Verdict = 'met' | 'missed' | 'inconclusive' | 'no goal';

export interface Judged {
  readonly subject: Quartiles;
  readonly floor: Quartiles;
  /** Of the ratios of each round, not the ratio of the quartiles. */
  readonly ratio: Quartiles;
  /** How far the floor's quartiles are apart, as a share of its median. */
  readonly swing: number;
  readonly verdict: Verdict;
  /** How far the median ratio is beyond the goal, as a factor: over 1 it is missed. Null without a goal. */
  readonly off_by: number | null;
}

/** A floor whose quartiles are further apart than this share of its median swings: nothing stands on it. */
export const SWING = 0.25;

/** Fewer rounds than this say nothing. */
export const FEWEST_ROUNDS = 3;

/**
 * The value below which a share `p` (0 to 1) of the values lies, interpolated between the two nearest
 * (Hyndman and Fan's type 7, as R and NumPy have it by default). Throws a RangeError where there is none.
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
 * Judges a contest: each round's subject is held against the floor of the same round, and the median of these
 * ratios against the goal. Throws a RangeError where rounds are unequal or a floor is not above zero.
 */
export function judge({ subject, floor, goal }: Contest): Judged {
  if (subject.length !== floor.length) {
    throw new RangeError(`${subject.length} rounds of one and ${floor.length} of the other`);
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
