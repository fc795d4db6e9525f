import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  limitsOf,
  oneTooMany,
  WITHOUT_REVIEW,
  type Unreviewed,
} from '../../../src/core/policy/without-review.js';

const alice: Unreviewed = { environment: 'development', subject_id: 101 };
const bob = { ...alice, subject_id: 102 };
const staging = { ...alice, environment: 'staging' };
const times = (count: number, one: Unreviewed) => Array.from({ length: count }, () => one);

describe('invariant 7: how many grants may be live that nobody reviewed', () => {
  test.each<[string, readonly Unreviewed[], string | null]>([
    ['none is there', [], null],
    ['one less than a person may have', times(2, alice), null],
    ['as many as a person may have', times(3, alice), 'allows 3 for one person, who has 3:'],
    ['more, of before the limit', times(5, alice), 'allows 3 for one person, who has 5:'],
    ['those of another person', times(4, bob), null],
    ['one less than all may have', [...times(4, bob), alice], null],
    ['as many as all may have', [...times(5, bob), alice], 'allows 6 in sum, and there are 6:'],
    ['those of another environment', times(9, staging), null],
  ])('%s', (_, there, why) => {
    const reason = oneTooMany(there, alice, { per_person: 3, in_sum: 6 });
    if (why === null) expect(reason).toBeNull();
    else {
      expect(reason?.code).toBe('without_review_limit');
      expect(reason?.message).toContain(why);
      expect(reason?.message).toContain('environments.development.without_review');
    }
  });

  test('none where the settings allow none', () => {
    for (const most of [
      { per_person: 0, in_sum: 5 },
      { per_person: 5, in_sum: 0 },
    ])
      expect(oneTooMany([], alice, most)).toMatchObject({ code: 'without_review_limit' });
  });

  test('one after the other, never more than both limits, and always as many as they allow', () => {
    const limit = fc.nat(6);
    const one = fc.record({
      environment: fc.constantFrom('development', 'staging'),
      subject_id: fc.nat(3),
    });
    fc.assert(
      fc.property(limit, limit, fc.array(one, { maxLength: 40 }), (per_person, in_sum, asked) => {
        const given: Unreviewed[] = [];
        const many = (of: Unreviewed, own: boolean) =>
          given.filter(
            (g) => g.environment === of.environment && (!own || g.subject_id === of.subject_id),
          ).length;
        for (const each of asked) {
          const room = many(each, true) < per_person && many(each, false) < in_sum;
          expect(oneTooMany(given, each, { per_person, in_sum }) === null).toBe(room);
          if (room) given.push(each);
        }
      }),
    );
  });

  test.each([
    ['its own', 'development', { per_person: 1, in_sum: 2 }],
    ['the default where it has none', 'staging', WITHOUT_REVIEW],
    ['the default where there is no such environment', 'constructor', WITHOUT_REVIEW],
  ])('an environment has %s', (_, environment, limits) => {
    const settings = {
      environments: {
        development: { max_duration_seconds: 1, without_review: { per_person: 1, in_sum: 2 } },
        staging: { max_duration_seconds: 1 },
      },
    };
    expect(limitsOf(settings, environment)).toEqual(limits);
  });
});
