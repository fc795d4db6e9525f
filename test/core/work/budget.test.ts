import { describe, expect, test } from '@jest/globals';
import {
  afterAnswer,
  reserveWait,
  type CallPurpose,
  type HourlyLimit,
} from '../../../src/core/work/budget.js';

const left = (remaining: number, limit = 5_000): HourlyLimit => ({
  limit,
  remaining,
  resets_at: 90_000,
});

describe('invariant 16: the last tenth of the hour is for ends and the default branch', () => {
  test.each<[CallPurpose, HourlyLimit | null, number]>([
    ['end', left(4_999), 0],
    ['end', left(500), 0],
    ['end', left(0), 0],
    ['tip', left(500), 0],
    ['tip', left(0), 0],
    ['other', left(4_999), 0],
    ['other', left(501), 0],
    ['other', left(500), 80_000],
    ['other', left(0), 80_000],
    // An App on Enterprise Cloud has another limit.
    ['other', left(1_500, 15_000), 80_000],
    ['other', left(1_501, 15_000), 0],
    // A GitHub without limits tells none.
    ['other', null, 0],
  ])('a call for %s with %j left waits %d ms', (purpose, remaining, wait) => {
    expect(reserveWait(purpose, remaining, 10_000)).toBe(wait);
  });

  test('nothing is kept of an hour that is over', () => {
    expect(reserveWait('other', left(0), 90_000)).toBe(0);
    expect(reserveWait('other', left(0), 95_000)).toBe(0);
  });
});

test.each<[string, HourlyLimit | null, HourlyLimit, number]>([
  ['the first answer', null, left(4_000), 4_000],
  ['a later answer', left(4_000), left(3_999), 3_999],
  ['an answer that was overtaken', left(3_999), left(4_000), 3_999],
  ['the first answer of the next hour', left(3), { ...left(4_999), resets_at: 3_690_000 }, 4_999],
])('what is left after %s', (_, known, told, remaining) => {
  expect(afterAnswer(known, told)).toEqual({ ...told, remaining });
});
