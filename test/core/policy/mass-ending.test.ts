import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endsTooMany, MASS_ENDING } from '../../../src/core/policy/mass-ending.js';

const people = (count: number) => Array.from({ length: count }, (_, id) => id);

describe('invariants 7, 20: which endings are held', () => {
  test.each<[string, readonly number[], readonly number[], boolean]>([
    ['as many people as the number', people(10), people(10), false],
    ['more than the number, and not the share', people(11), people(44), false],
    ['more than the number and the share', people(12), people(44), true],
    ['everybody of many', people(40), people(40), true],
    [
      'very many grants of few people',
      [...Array(500).keys()].map((n) => n % 10),
      people(10),
      false,
    ],
    ['few of many people, who have most grants', people(12), people(48), false],
  ])('%s', (_, losing, live, held) => {
    const why = endsTooMany(losing, live, MASS_ENDING);
    expect(why !== null).toBe(held);
    if (why !== null) {
      const [lose, have] = [new Set(losing).size, new Set(live).size];
      expect(why).toContain(`grants of ${lose} of the ${have} people who have live grants`);
    }
  });

  test('never those of one person, whatever the limits are', () => {
    const limits = fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      number: fc.nat(20),
    });
    const others = fc.array(fc.nat(50));
    fc.assert(
      fc.property(
        limits,
        fc.nat(50),
        fc.integer({ min: 1, max: 60 }),
        others,
        (most, id, n, rest) => {
          const losing = Array.from({ length: n }, () => id);
          expect(endsTooMany(losing, [...losing, ...rest], most)).toBeNull();
        },
      ),
    );
  });
});
