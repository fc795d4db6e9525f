import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  FEWEST_ROUNDS,
  SWING,
  judge,
  quantile,
  quartiles,
  type Contest,
} from '../../bench/statistics.js';

describe('quantiles', () => {
  test.each([
    [[7], 0.99, 7],
    [[1, 2], 0.5, 1.5],
    [[3, 1, 2], 0.5, 2],
    [[1, 2, 3, 4], 0.25, 1.75],
    [[1, 2, 3, 4, 5], 0.75, 4],
    [[1, 2, 3, 4, 5], 0, 1],
    [[1, 2, 3, 4, 5], 1, 5],
    [[10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110], 0.99, 109],
  ])('of %j at %d: %d', (values, p, expected) => {
    expect(quantile(values, p)).toBeCloseTo(expected, 10);
  });

  test.each([
    ['nothing', [], 0.5],
    ['a value that is not a number', [1, NaN], 0.5],
    ['what is not finite', [1, Infinity], 0.5],
    ['a share above one', [1], 1.1],
    ['no share', [1], NaN],
  ])('of %s: an error', (_, values, p) => {
    expect(() => quantile(values, p)).toThrow(RangeError);
  });

  const values = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1 });

  test('lie between the smallest and the largest, in order, for any order of the values', () => {
    fc.assert(
      fc.property(values, (some) => {
        const { q1, median, q3 } = quartiles(some);
        const all = [Math.min(...some), q1, median, q3, Math.max(...some)];
        const slack = 1e-9 * Math.max(...some);
        all.slice(1).forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual((all[i] ?? NaN) - slack);
        });
        expect(quartiles(some.toReversed())).toEqual({ q1, median, q3 });
      }),
    );
  });

  test('at least half of the values are at or below the median, and half at or above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), (some) => {
        const { median } = quartiles(some);
        const half = some.length / 2;
        expect(some.filter((value) => value <= median).length).toBeGreaterThanOrEqual(half);
        expect(some.filter((value) => value >= median).length).toBeGreaterThanOrEqual(half);
      }),
    );
  });
});

describe('a contest', () => {
  const most = { at_most: 1.3 };
  const least = { at_least: 0.5 };
  test.each<[string, Contest, object]>([
    [
      'as slow as it may be is met',
      { subject: [13, 26, 39], floor: [10, 20, 30].map(() => 10), goal: { at_most: 2.6 } },
      { verdict: 'met', off_by: 1 },
    ],
    [
      'slower than it may be is missed, by the factor beyond',
      { subject: [26, 26, 26], floor: [10, 10, 10], goal: most },
      { verdict: 'missed', off_by: 2 },
    ],
    [
      'as much as it must be is met',
      { subject: [60, 50, 40], floor: [100, 100, 100], goal: least },
      { verdict: 'met', off_by: 1 },
    ],
    [
      'less than it must be is missed',
      { subject: [25, 25, 25], floor: [100, 100, 100], goal: least },
      { verdict: 'missed', off_by: 2 },
    ],
    [
      'without a goal has none to miss',
      { subject: [25, 25, 25], floor: [100, 100, 100], goal: null },
      { verdict: 'no goal', off_by: null },
    ],
    [
      'with a floor that swings says nothing, though its ratio is off',
      { subject: [26, 39, 52], floor: [10, 15, 20], goal: most },
      { verdict: 'inconclusive', off_by: 2 },
    ],
    [
      'with a floor that swings just as much as it may is judged',
      { subject: [70, 80, 90], floor: [70, 80, 90], goal: most },
      { verdict: 'met', swing: 0.125 },
    ],
    [
      'of too few rounds says nothing',
      { subject: [10, 10], floor: [10, 10], goal: most },
      { verdict: 'inconclusive' },
    ],
    [
      'holds each round against the floor of the same round',
      { subject: [10, 24, 11], floor: [10, 12, 11], goal: most },
      { verdict: 'met', ratio: { q1: 1, median: 1, q3: 1.5 } },
    ],
  ])('%s', (_, contest, expected) => {
    expect(judge(contest)).toMatchObject(expected);
  });

  test.each([
    ['rounds of one side only', [1, 2], [1]],
    ['a floor of nothing', [1], [0]],
    ['no round at all', [], []],
  ])('of %s: an error', (_, subject, floor) => {
    expect(() => judge({ subject, floor, goal: null })).toThrow(RangeError);
  });

  const rounds = fc.array(
    fc.tuple(
      fc.double({ min: 1, max: 1000, noNaN: true }),
      fc.double({ min: 1, max: 1000, noNaN: true }),
    ),
    { minLength: FEWEST_ROUNDS, maxLength: 20 },
  );
  const contestOf = (pairs: readonly (readonly [number, number])[], goal: Contest['goal']) =>
    judge({ subject: pairs.map(([one]) => one), floor: pairs.map(([, other]) => other), goal });

  test('is inconclusive exactly if its floor swings', () => {
    fc.assert(
      fc.property(rounds, (pairs) => {
        const { verdict, swing } = contestOf(pairs, most);
        expect(verdict === 'inconclusive').toBe(swing > SWING);
      }),
    );
  });

  test('has the same result on a machine that is twice as slow', () => {
    fc.assert(
      fc.property(rounds, (pairs) => {
        const slow = pairs.map(([one, other]): [number, number] => [2 * one, 2 * other]);
        const [here, there] = [contestOf(pairs, most), contestOf(slow, most)];
        expect(there.ratio).toEqual(here.ratio);
        expect(there.verdict).toBe(here.verdict);
      }),
    );
  });
});
