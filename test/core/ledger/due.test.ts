import { describe, expect, test } from '@jest/globals';
import { handsOver, isMissed, lapsesAt, nextDue, type Due } from '../../../src/core/ledger/due.js';
import { dueEnd, type GrantRecord } from '../../../src/core/grant/record.js';
import type { Bodies } from '../../../src/core/ledger/events.js';
import {
  entitled,
  hours,
  landing,
  minute,
  record,
  told,
  type Told,
  window,
} from '../../../lab/acme/story.js';

const at = (from: number, expires: number | null = null) => ({
  window: {
    starts_at: minute(from),
    duration_seconds: expires === null ? 3600 : null,
    expires_at: expires === null ? null : minute(expires),
  },
});
const active = [told.approved(0), told.activating(1), told.activated(1)];

const { ending_soon_seconds: _, ...before } = landing;
/** An entry from before there was an `ending_soon`. */
const untold: Told = [0, 'grant.approved', before];
/** An entry from before the time of the merge was recorded. */
const unmerged: Told = told.approved(3);
/** A grant that was merged while no worker looked. */
const late = (merged: number, landed: number, change: Partial<Bodies['grant.approved']> = {}) =>
  told.approved(landed, { merged_at: minute(merged), ...change });

describe('what is due for a grant', () => {
  test.each<[string, Told[], number, Due['what']]>([
    ['starts when it lands', [told.approved(3)], 3, 'start'],
    ['starts at its start', [told.approved(3, at(30))], 30, 'start'],
    ['starts when it lands, where its start is past', [told.approved(3, at(-30))], 3, 'start'],
    ['starts when it was merged, though it lands later', [late(3, 40)], 3, 'start'],
    ['starts at its start, though it lands later', [late(3, 40, at(30))], 30, 'start'],
    [
      'starts when it was merged, where its start was past then',
      [late(3, 40, at(-30))],
      3,
      'start',
    ],
    ['starts when it lands, where its merge is not known', [unmerged], 3, 'start'],
    ['is tried again', [told.approved(3), told.failed(3, false, 4)], 4, 'retry'],
    ['lapses', [told.approved(3), told.failed(62, false, 70)], 63, 'lapse'],
    ['lapses by its merge', [late(3, 40), told.failed(40, false, 70)], 63, 'lapse'],
    ['lapses at its end', [told.approved(3, at(30, 20))], 20, 'lapse'],
    [
      'is taken up again at once after an intent',
      [told.approved(), told.activating(1)],
      1,
      'retry',
    ],
    [
      'is tried again after an intent',
      [told.approved(), told.activating(1), told.failed(2, false, 5)],
      5,
      'retry',
    ],
    [
      'lapses after an intent',
      [told.approved(), told.activating(1), told.failed(59, false, 70)],
      60,
      'lapse',
    ],
    [
      'ends, though its start never succeeded',
      [told.approved(), told.activating(1, window(1, 11)), told.failed(10, false, 15)],
      11,
      'end',
    ],
    [
      'is ended again, though its start never succeeded',
      [told.approved(), told.activating(1, window(1, 11)), told.failed(11, true, 15)],
      15,
      'end',
    ],
    [
      'ends at once, though its start failed after the act',
      [told.approved(), told.activating(1), told.ending(2), told.failed(3, false, 50)],
      2,
      'end',
    ],
    [
      'ends at once while it is activating',
      [told.approved(), told.activating(1), told.ending(2)],
      2,
      'end',
    ],
    ['ends soon', active, 226, 'soon'],
    ['ends at its end, once that was told', [...active, told.soon(226, 241)], 241, 'end'],
    [
      'ends soon again when it was extended',
      [...active, told.soon(226, 241), told.extended(230, 5, window(1, 301))],
      286,
      'soon',
    ],
    [
      'ends soon at once, where an extension is short',
      [...active, told.soon(226, 241), told.extended(230, 4.1, window(1, 243))],
      228,
      'soon',
    ],
    [
      'ends at its end, if it is no longer than the lead',
      [told.approved(), told.activating(1, window(1, 16)), told.activated(1)],
      16,
      'end',
    ],
    [
      'ends soon, where it is longer by a minute',
      [told.approved(), told.activating(1, window(1, 17)), told.activated(1)],
      2,
      'soon',
    ],
    [
      'ends at its end, if it landed before ends were announced',
      [untold, told.activating(1), told.activated(1)],
      241,
      'end',
    ],
    ['ends at once', [...active, told.ending(9)], 9, 'end'],
    [
      'ends at once, though its end has failed before',
      [...active, told.failed(241, true, 250), told.ending(242)],
      242,
      'end',
    ],
    ['is ended again', [...active, told.failed(241, true, 242)], 242, 'retry'],
    [
      'is ended again after an act',
      [...active, told.ending(9), told.failed(9, true, 10)],
      10,
      'retry',
    ],
    [
      'ends at its new end',
      [...active, told.extended(9, 5, window(1, 301)), told.soon(286, 301)],
      301,
      'end',
    ],
    [
      'ends at a new end that is past',
      [...active, told.narrowed(99, 1, window(1, 61))],
      46,
      'soon',
    ],
  ])('it %s', (_, story, due, what) => {
    expect(nextDue(record(...story))).toEqual({ at: minute(due), what });
  });

  test.each<[string, Told[]]>([
    ['quarantined', [told.quarantined()]],
    ['withdrawn', [told.approved(), told.withdrawn(1)]],
    ['lapsed', [told.approved(), told.lapsed(60)]],
    ['refused', [told.approved(), told.refused(1)]],
    ['expired', [...active, told.expired(241)]],
    ['revoked', [...active, told.revoked(10)]],
  ])('nothing is due if it is %s', (_, story) => {
    expect(nextDue(record(...story))).toBeNull();
  });

  test('invariant 12: it lapses after the time that was frozen with it, counted from its start or merge', () => {
    expect(lapsesAt(record(told.approved(3)))).toBe(minute(63));
    expect(lapsesAt(record(told.approved(3, at(30))))).toBe(minute(90));
    expect(lapsesAt(record(told.approved(3, at(30, 45))))).toBe(minute(45));
    expect(
      lapsesAt(record(told.approved(3, { window: hours(4), activate_within_seconds: 60 }))),
    ).toBe(minute(4));
    expect(lapsesAt(record(late(3, 40)))).toBe(minute(63));
    expect(lapsesAt(record(late(3, 40, at(30))))).toBe(minute(90));
    expect(lapsesAt(record(late(3, 90)))).toBe(minute(63));
  });
});

describe('invariant 12: an intent that did not succeed in time', () => {
  const intent = [told.approved(), told.activating(1)];
  test.each<[string, Told[], number, boolean]>([
    ['an intent within its time', intent, 59, false],
    ['an intent whose time is over', intent, 60, true],
    ['an intent that an act ends: it is revoked', [...intent, told.ending(2)], 60, false],
    ['a grant that was never begun', [told.approved()], 60, false],
    ['a grant that is active', active, 60, false],
  ])('%s', (_, story, now, missed) => {
    expect(isMissed(record(...story), new Date(minute(now)))).toBe(missed);
  });
});

test.each<[string, Told[], string | null]>([
  ['before the intent', [told.approved()], null],
  ['at its own end', active, minute(241)],
  ['when somebody ended it', [...active, told.ending(9)], minute(9)],
  ['at its own end, where somebody ended it later', [...active, told.ending(300)], minute(241)],
])('invariant 14: access should end %s', (_, story, expected) => {
  expect(dueEnd(record(...story))).toBe(expected);
});

describe('an end waits a moment for a start that follows on, on the same slot', () => {
  const at = (id: number, starts: number, change = {}): GrantRecord => ({
    ...record(
      told.approved(0, { window: { ...hours(4), starts_at: minute(starts) } }),
      ...(id === 2 ? [told.failed(31, false, 32)] : []),
    ),
    ...change,
  });
  const lasting = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
  const slot = { ...entitled.slot, object: 'orders_writer' };
  test.each<[string, GrantRecord, readonly GrantRecord[], number, boolean]>([
    ['at its end', lasting, [at(1, 31)], 31, true],
    ['where the other started before and was not tried yet', lasting, [at(1, 20)], 31, true],
    ['where the other starts later', lasting, [at(1, 32)], 31, false],
    ['where there is no other', lasting, [], 31, false],
    ['where its start failed', lasting, [at(2, 31)], 31, false],
    ['where it has lapsed', lasting, [at(1, 31, { activate_within_seconds: 0 })], 31, false],
    ['on another slot', lasting, [at(1, 31, { entitled: { ...entitled, slot } })], 31, false],
    ['without a slot', lasting, [at(1, 31, { entitled: null })], 31, false],
    ['ten seconds and no longer', lasting, [at(1, 31)], 31 + 10 / 60, false],
    [
      'not where somebody ended it',
      record(told.approved(), told.activating(), told.activated(), told.ending(31)),
      [at(1, 31)],
      31,
      false,
    ],
  ])('%s', (_, one, scheduled, now, waits) => {
    expect(handsOver(one, scheduled, new Date(minute(now)))).toBe(waits);
  });
});
