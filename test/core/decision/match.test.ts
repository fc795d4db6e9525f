import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { match, type Ask } from '../../../src/core/decision/match.js';

const ask = (count: number, ...accepts: number[]): Ask => ({ accepts: new Set(accepts), count });

describe('who meets which requirement', () => {
  test.each<[string, Ask[], number[], number[][]]>([
    ['nothing asked', [], [1], []],
    ['nobody there', [ask(1, 1)], [], [[]]],
    ['one for one', [ask(1, 1, 2)], [2], [[2]]],
    ['no more than asked', [ask(1, 1, 2)], [1, 2], [[1]]],
    ['nobody twice', [ask(1, 1), ask(1, 1)], [1], [[1], []]],
    ['whoever can do both makes room', [ask(1, 1, 2), ask(1, 1)], [1, 2], [[2], [1]]],
    ['along a longer path', [ask(1, 1, 2), ask(1, 2, 3), ask(1, 1)], [1, 2, 3], [[2], [3], [1]]],
    ['several places', [ask(2, 1, 2, 3), ask(1, 1, 2)], [1, 2, 3], [[2, 3], [1]]],
    ['some of several', [ask(3, 1, 2)], [1, 2, 9], [[1, 2]]],
    ['a person who is listed twice', [ask(2, 1)], [1, 1], [[1]]],
  ])('invariant 4: %s', (_, asks, people, expected) => {
    expect(match(asks, people)).toEqual(expected);
  });
});

const people = fc.uniqueArray(fc.integer({ min: 1, max: 6 }));
const asks = fc.array(
  fc.record({
    accepts: fc.uniqueArray(fc.integer({ min: 1, max: 6 })).map((ids) => new Set(ids)),
    count: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 4 },
);
const sizes = (met: readonly number[][]) => met.map((ids) => ids.length);
const total = (met: readonly number[][]) => sizes(met).reduce((a, b) => a + b, 0);

/** The most places that can be met, found by trying everything. */
function most(places: readonly Ask[], free: readonly number[]): number {
  const [id, ...others] = free;
  if (id === undefined) return 0;
  const taken = places.flatMap((place, index) =>
    place.count > 0 && place.accepts.has(id)
      ? [
          1 +
            most(
              places.map((p, i) => (i === index ? { ...p, count: p.count - 1 } : p)),
              others,
            ),
        ]
      : [],
  );
  return Math.max(most(places, others), ...taken);
}

describe('any requirements and people', () => {
  test('invariant 4: as many places as possible are met, by accepted people, and nobody is used twice', () => {
    fc.assert(
      fc.property(asks, people, (some, ids) => {
        const met = match(some, ids);
        expect(total(met)).toBe(most(some, ids));
        expect(new Set(met.flat()).size).toBe(total(met));
        some.forEach(({ accepts, count }, n) => {
          expect(met[n]?.length).toBeLessThanOrEqual(count);
          expect(met[n]?.every((one) => accepts.has(one) && ids.includes(one))).toBe(true);
        });
      }),
    );
  });

  test('invariant 4: another approval never makes a requirement unmet', () => {
    fc.assert(
      fc.property(asks, people, fc.integer({ min: 1, max: 6 }), (some, ids, more) => {
        const before = sizes(match(some, ids));
        const after = sizes(match(some, [...ids, more]));
        before.forEach((size, n) => expect(after[n]).toBeGreaterThanOrEqual(size));
      }),
    );
  });

  test('invariant 4: the order of the people makes no difference', () => {
    fc.assert(
      fc.property(asks, people, (some, ids) => {
        expect(match(some, [...ids].reverse())).toEqual(match(some, ids));
      }),
    );
  });
});
