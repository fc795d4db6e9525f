import { expect, test } from '@jest/globals';
import { paced } from '../../../src/core/work/pace.js';

/** When each of `count` looks begins if all are wanted at `now`. */
function looks(count: number, now: number, before = 0): { at: number[]; used: number } {
  const at: number[] = [];
  let used = before;
  let next = now;
  for (let i = 0; i < count; i += 1) {
    at.push(next);
    ({ used, next } = paced(used, next, { burst: 3, every_ms: 10 }));
  }
  return { at, used };
}

test('a burst at once, and then one at a time', () => {
  expect(looks(6, 100).at).toEqual([100, 100, 100, 110, 120, 130]);
});

test('a burst is free again after a while, and never more than one', () => {
  const { used } = looks(4, 100);
  expect(looks(4, 125, used).at).toEqual([125, 130, 140, 150]);
  expect(looks(4, 10_000, used).at).toEqual([10_000, 10_000, 10_000, 10_010]);
});
