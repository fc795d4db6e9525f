import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { counting, verdicts, type Counting } from '../../../src/core/decision/review.js';
import type { Review, Verdict } from '../../../src/core/change/snapshot.js';
import type { ReasonCode } from '../../../src/core/reading/reason.js';
import { id, person, review, seen, who } from '../../support/core/people.js';

const asked = (change: Partial<Counting>): Counting => ({
  reviews: [],
  seen: [1, 2, 3, 4].map((n) => seen(n, 'd1')),
  digest: 'd1',
  requester: person('alice'),
  subject_id: id('frank'),
  contributors: { people: [person('erin')], unknown: [] },
  ...change,
});
const whose = ({ counted }: ReturnType<typeof counting>) => counted.map((one) => one.who.login);

describe('the newest verdict of each person', () => {
  test.each<[string, Review[], [string, Verdict][]]>([
    ['an approval', [review(1, 'bob')], [['bob', 'APPROVED']]],
    [
      'a comment is no verdict',
      [review(1, 'bob'), review(2, 'bob', 'COMMENTED')],
      [['bob', 'APPROVED']],
    ],
    [
      'a draft is no verdict',
      [review(1, 'bob'), review(2, 'bob', 'PENDING')],
      [['bob', 'APPROVED']],
    ],
    [
      'a later no',
      [review(1, 'bob'), review(2, 'bob', 'CHANGES_REQUESTED')],
      [['bob', 'CHANGES_REQUESTED']],
    ],
    [
      'a later yes',
      [review(1, 'bob', 'CHANGES_REQUESTED'), review(2, 'bob')],
      [['bob', 'APPROVED']],
    ],
    [
      'a later no that was dismissed',
      [review(1, 'bob'), review(2, 'bob', 'DISMISSED')],
      [['bob', 'DISMISSED']],
    ],
    [
      'ids, not places, are the order',
      [review(2, 'bob', 'DISMISSED'), review(1, 'bob')],
      [['bob', 'DISMISSED']],
    ],
    ['an account that is gone has none', [review(1, null)], []],
  ])('invariant 4: %s', (_, reviews, expected) => {
    const found = [...verdicts(reviews).values()].map((r) => [r.author?.login, r.verdict]);
    expect(found).toEqual(expected);
  });
});

describe('who counts for one change', () => {
  test('invariant 4: an approval of what this change does counts, whoever else approved', () => {
    const { counted, not_counted } = counting(
      asked({ reviews: [review(2, 'carol'), review(1, 'bob')] }),
    );
    expect(counted).toEqual([
      { review: 1, who: who('bob') },
      { review: 2, who: who('carol') },
    ]);
    expect(not_counted).toEqual([]);
  });

  test.each<[string, Partial<Counting>, ReasonCode, string]>([
    [
      'who opened the pull request',
      { reviews: [review(1, 'alice')] },
      'approver_is_requester',
      'they requested this access',
    ],
    [
      'who would get it',
      { reviews: [review(1, 'frank')] },
      'approver_is_subject',
      'they would get this access',
    ],
    [
      'who contributed',
      { reviews: [review(1, 'erin')] },
      'approver_contributed',
      'they contributed to the branch',
    ],
    [
      'a bot',
      { reviews: [review(1, 'helper-bot')] },
      'approver_not_a_person',
      'it comes from an account of type Bot, not from a person',
    ],
    [
      'an account that is gone',
      { reviews: [review(1, null)] },
      'approver_gone',
      'the account that gave it is gone',
    ],
    [
      'who said no later',
      { reviews: [review(1, 'bob'), review(2, 'bob', 'CHANGES_REQUESTED')] },
      'approver_asked_for_changes',
      'they asked for changes later',
    ],
    [
      'whose later no was dismissed',
      { reviews: [review(1, 'bob'), review(2, 'bob', 'DISMISSED')] },
      'approver_dismissed',
      'their later review was dismissed',
    ],
    [
      'anybody, while a contributor cannot be identified',
      {
        reviews: [review(1, 'bob')],
        contributors: { people: [], unknown: ['commit 1a2b3c has no account: push it again'] },
      },
      'contributors_unknown',
      'somebody who contributed cannot be identified: commit 1a2b3c has no account: push it again',
    ],
  ])('invariant 4: not %s', (_, change, code, message) => {
    const found = counting(asked(change));
    expect(found.counted).toEqual([]);
    expect(found.not_counted).toMatchObject([{ review: 1, code, message }]);
  });

  test.each<[string, Counting['seen'], ReasonCode, string]>([
    [
      'an effect that has changed since',
      [seen(1, 'd0')],
      'approval_outdated',
      'it was given for something else: what this change does is different now',
    ],
    [
      'a commit that cannot be read',
      [{ ...seen(1), digests: null, unreadable: 'no commit c0ffee' }],
      'approval_unreadable',
      'what it approved cannot be read: no commit c0ffee',
    ],
    [
      'what was never recorded',
      [],
      'approval_not_recorded',
      'Daypass has not recorded yet what it approved',
    ],
    [
      'what another review approved',
      [seen(2, 'd1')],
      'approval_not_recorded',
      'Daypass has not recorded yet what it approved',
    ],
    [
      'what was recorded second',
      [seen(1, 'd0'), seen(1, 'd1')],
      'approval_outdated',
      'it was given for something else: what this change does is different now',
    ],
  ])('invariant 5: an approval no longer counts after %s', (_, recorded, code, message) => {
    const found = counting(asked({ reviews: [review(1, 'bob')], seen: recorded }));
    expect(found.not_counted).toEqual([{ review: 1, who: who('bob'), code, message }]);
  });

  const access = 'a1';
  const read = (reason: string, ticket: string | null = 'INC-1') => ({
    ...{ path: 'access-grants/production/x.yml', access, reason, ticket },
  });
  test.each([
    [
      'another reason',
      read('Read one slow query'),
      'it approved the reason "Read one slow query", which now is "Take it all"',
    ],
    [
      'another ticket',
      read('Take it all', 'INC-2'),
      'it approved the ticket "INC-2", and now there is the ticket "INC-1"',
    ],
    [
      'no ticket',
      read('Take it all', null),
      'it approved no ticket, and now there is the ticket "INC-1"',
    ],
    [
      'other words altogether',
      read('Read', null),
      'it approved the reason "Read", which now is "Take it all"; it approved no ticket, and now there is the ticket "INC-1"',
    ],
  ])('invariant 5: %s than was approved voids the approval, and both are told', (_, then, says) => {
    const recorded = { ...seen(1, 'v2:d0'), words: [{ ...read('Another'), access: 'a2' }, then] };
    const found = counting(
      asked({
        reviews: [review(1, 'bob')],
        seen: [recorded],
        digest: 'v2:d1',
        words: read('Take it all'),
      }),
    );
    const message = `reworded since: ${says}`;
    const code = 'approval_reworded';
    expect(found.not_counted).toEqual([{ review: 1, who: who('bob'), code, message }]);
  });

  test('invariant 5: what differs in more than words is something else', () => {
    const other = { ...read('Read'), access: 'a2' };
    const found = counting(
      asked({
        reviews: [review(1, 'bob')],
        seen: [{ ...seen(1, 'v2:d0'), words: [other] }],
        words: read('Take it all'),
      }),
    );
    expect(found.not_counted).toMatchObject([{ code: 'approval_outdated' }]);
  });

  test('invariant 5: what was recorded before digests had words is compared without them', () => {
    const words = read('Take it all');
    const of = (...digests: string[]) =>
      asked({ reviews: [review(1, 'bob')], seen: [seen(1, ...digests)], digest: 'v2:d1', words });
    expect(whose(counting(of(access)))).toEqual(['bob']);
    expect(counting(of('a2')).not_counted).toMatchObject([{ code: 'approval_outdated' }]);
  });

  test('invariant 5: an approval counts for what was recorded, even if GitHub moves its commit', () => {
    const moved = { ...review(1, 'bob'), commit: 'abcdef' };
    expect(whose(counting(asked({ reviews: [moved], seen: [seen(1, 'other', 'd1')] })))).toEqual([
      'bob',
    ]);
  });

  test('invariant 5: a new approval by the same person counts for the current effect', () => {
    const both = asked({
      reviews: [review(1, 'bob'), review(2, 'bob')],
      seen: [seen(1, 'd0'), seen(2, 'd1')],
    });
    expect(counting(both)).toEqual({ counted: [{ review: 2, who: who('bob') }], not_counted: [] });
  });

  test('invariant 6: people are ids: another account with the same login is another person', () => {
    const namesake = { ...review(1, 'bob'), author: { ...person('bob'), login: 'alice' } };
    expect(counting(asked({ reviews: [namesake] })).counted).toHaveLength(1);
  });

  const stories = fc.array(
    fc.record({
      login: fc.constantFrom('alice', 'bob', 'carol', 'dave', 'helper-bot', null),
      verdict: fc.constantFrom<Verdict>('APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED'),
      digest: fc.constantFrom('d0', 'd1'),
    }),
    { maxLength: 12 },
  );

  test('invariant 4: the order of the reviews makes no difference', () => {
    const listed = stories.chain((story) => {
      const reviews = story.map(({ login, verdict }, n) => review(n, login, verdict));
      const shuffled = fc.shuffledSubarray(reviews, { minLength: reviews.length });
      return fc.record({ story: fc.constant(story), reviews: fc.constant(reviews), shuffled });
    });
    fc.assert(
      fc.property(listed, ({ story, reviews, shuffled }) => {
        const recorded = story.map(({ digest }, n) => seen(n, digest));
        const counts = (order: Review[]) => counting(asked({ reviews: order, seen: recorded }));
        expect(counts(shuffled)).toEqual(counts(reviews));
      }),
    );
  });

  test('invariant 4: nobody counts twice, and nobody counts whose newest verdict is not an approval', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const reviews = story.map(({ login, verdict }, n) => review(n, login, verdict));
        const recorded = story.map(({ digest }, n) => seen(n, digest));
        const { counted } = counting(asked({ reviews, seen: recorded }));
        expect(new Set(counted.map((c) => c.who.id)).size).toBe(counted.length);
        for (const one of counted) {
          const theirs = story.flatMap(({ login, verdict, digest }, n) =>
            login === one.who.login && verdict !== 'COMMENTED' ? [{ n, verdict, digest }] : [],
          );
          expect(theirs.at(-1)).toEqual({ n: one.review, verdict: 'APPROVED', digest: 'd1' });
        }
      }),
    );
  });
});
