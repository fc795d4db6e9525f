import { describe, expect, test } from '@jest/globals';
import type { Change } from '../../../src/core/change/change.js';
import type { Consent } from '../../../src/core/decision/consent.js';
import type { Decision } from '../../../src/core/decision/decision.js';
import {
  aheadOf,
  beyondLimits,
  isUnreviewed,
  noRoom,
} from '../../../src/core/decision/unreviewed.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { alice, bob, hours, record, told } from '../../../lab/acme/story.js';
import { change } from '../../support/core/changes.js';
import { APPROVED, DENIED, REVIEWED, WAITING } from '../../support/core/decisions.js';

const consented = (given_by: Consent['given_by']): Decision => ({
  ...APPROVED,
  consent: { subject: alice, teams: ['payments'], given_by, eligible: [] },
});

test.each([
  ['approved by a rule', APPROVED, true],
  ['approved by people', REVIEWED, false],
  ['to which its subject agreed', consented(alice), true],
  ['that an owner approved in place of its subject', consented(bob), false],
  ['denied', DENIED, false],
  ['that waits', WAITING, false],
])('whether nobody reviewed what is %s', (_, decision, unreviewed) => {
  expect(isUnreviewed(decision)).toBe(unreviewed);
});

const ENVIRONMENT = { max_duration_seconds: 1, without_review: { per_person: 2, in_sum: 3 } };
const settings = { environments: { production: ENVIRONMENT, staging: ENVIRONMENT } };

/** A live grant of alice in production; `more` replaces parts of it. */
const live = (n: number, more: Partial<GrantRecord> = {}): GrantRecord => ({
  ...record(told.approved(0, { unreviewed: true }), told.activating(1), told.activated(1)),
  id: `live-${n}`,
  ...more,
});
/** A change about a person, at its own path. */
const of = (n: number, subject_id = 101, from: GrantRecord | null = null): Change => {
  const base = change(from ? 'extended' : 'added', { window: hours(5) }, from);
  return { ...base, path: `${n}.yml`, effect: { ...base.effect, subject_id } };
};
const staging = (one: Change): Change => ({
  ...one,
  effect: { ...one.effect, environment: 'staging' },
});

describe('invariant 7: which changes are too many without review', () => {
  const reviewed = live(9, { unreviewed: false });
  const { unreviewed: _unreviewed, ...older } = live(9);
  const elsewhere = live(9, { declared: { ...live(9).declared, environment: 'staging' } });
  const bobs = live(9, { subject: { id: 102, login: 'bob' } });
  /** The live grants, the changes, and the places of those that are too many. */
  test.each<[string, readonly GrantRecord[], readonly Change[], readonly number[]]>([
    ['the third of a person', [live(1)], [of(1), of(2)], [1]],
    ['all that one change asks for', [live(1), live(2)], [of(1)], [0]],
    ['those of one step count with each other', [], [of(1), of(2), of(3), of(4, 102)], [2]],
    ['in sum, of several people', [live(1), live(2)], [of(1, 102), of(2, 103)], [1]],
    [
      'by id, whatever the login',
      [live(1), live(2, { subject: { id: 101, login: 'x' } })],
      [of(1)],
      [0],
    ],
    ['not beside those of another environment', [live(1), elsewhere], [of(1)], []],
    ['not in another environment', [live(1), live(2)], [staging(of(1))], []],
    ['not beside those that somebody reviewed', [live(1), reviewed], [of(1)], []],
    ['not beside those of which that is not known', [live(1), older], [of(1)], []],
    ['not beside those of another person', [live(1), bobs], [of(1)], []],
    ['an extension is not one more', [live(1), live(2)], [of(1, 101, live(1))], []],
    [
      'unless somebody reviewed it before',
      [live(1), live(2), reviewed],
      [of(1, 101, reviewed)],
      [0],
    ],
    [
      'what is withdrawn makes room',
      [live(1), live(2)],
      [of(1), change('withdrawn', {}, live(2))],
      [],
    ],
    [
      'what is withdrawn makes room once',
      [live(1), live(2)],
      [of(1), change('withdrawn', {}, live(2)), of(2)],
      [2],
    ],
  ])('%s', (_, before, changes, beyond) => {
    const found = beyondLimits(
      changes.map((one) => ({ change: one, decision: APPROVED })),
      before,
      settings,
    );
    expect([...found.keys()].map((one) => changes.indexOf(one))).toEqual(beyond);
  });

  test.each([
    ['that somebody reviewed', REVIEWED],
    ['that are denied', DENIED],
    ['that nobody decided', null],
  ])('none of those %s, and they take no room', (_, decision) => {
    const others = [of(1), of(2), of(3)].map((one) => ({ change: one, decision }));
    const mine = [of(4), of(5)].map((one) => ({ change: one, decision: APPROVED }));
    expect(beyondLimits([...others, ...mine], [], settings).size).toBe(0);
  });

  test('the check says each reason once, with the files that it is about', () => {
    const changes = [of(1), of(2), of(3), staging(of(4)), staging(of(5)), staging(of(6))];
    const said = (count: number) => {
      const asked = changes.slice(0, count).map((one) => ({ change: one, decision: APPROVED }));
      return aheadOf(beyondLimits(asked, [live(1)], settings)).map(({ message }) => message);
    };
    const full = 'of the grants in production that nobody reviewed';
    expect(said(1)).toEqual([]);
    expect(said(2)).toEqual([expect.stringContaining(`2.yml: ${full}`)]);
    expect(said(6)).toEqual([
      expect.stringContaining(`2 changes: ${full}`),
      expect.stringContaining('6.yml: of the grants in staging'),
    ]);
  });
});

describe('invariant 7: whether a grant that nobody reviewed may begin', () => {
  const limits = { per_person: 1, in_sum: 2 };
  const scheduled = (id: string) => live(0, { id, state: 'scheduled' });
  const carols = live(2, { subject: { id: 103, login: 'carol' } });
  const bobs = live(3, { subject: { id: 102, login: 'bob' } });
  test.each<[string, readonly GrantRecord[], string | null]>([
    ['it is the first', [], null],
    ['others are scheduled', [scheduled('b'), scheduled('c')], null],
    ['another of this person has begun', [live(1)], 'allows 1 for one person, who has 1'],
    ['another one is about to', [live(1, { state: 'activating' })], 'who has 1'],
    ['another has ended', [live(1, { state: 'expired' })], null],
    ['as many as all may have have begun', [bobs, carols], 'allows 2 in sum, and there are 2'],
    ['somebody reviewed the others', [live(1, { unreviewed: false })], null],
  ])('%s', (_, others, why) => {
    const reason = noRoom([scheduled('a'), ...others], { grant: 'a', limits });
    if (why === null) expect(reason).toBeNull();
    else expect(reason?.message).toContain(why);
  });

  test('one that somebody reviewed, or of which that is not known, needs no room', () => {
    const { unreviewed: _, ...older } = scheduled('a');
    for (const one of [older, { ...older, unreviewed: false }])
      expect(noRoom([one, live(1)], { grant: 'a', limits })).toBeNull();
    expect(noRoom([live(1)], { grant: 'unknown', limits })).toBeNull();
  });
});
