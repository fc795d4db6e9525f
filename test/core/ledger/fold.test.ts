import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold, ImpossibleEntry, isGrantEntry } from '../../../src/core/ledger/fold.js';
import type { Entry } from '../../../src/core/ledger/events.js';
import { liveFacts } from '../../../src/core/decision/grant-facts.js';
import { LIVE_STATES, wordsNow, type GrantRecord } from '../../../src/core/grant/record.js';
import {
  alice,
  bob,
  entries,
  GRANT,
  hours,
  minute,
  record,
  told,
  type Told,
  window,
} from '../../../lab/acme/story.js';

const active = [told.approved(0), told.activating(1), told.activated(1)];

describe('the record that entries fold to', () => {
  test('a grant lands with everything that its entry says', () => {
    expect(record(told.approved(3))).toMatchObject({
      id: GRANT,
      state: 'scheduled',
      quarantined: false,
      subject: alice,
      pull_request: 7,
      step: { parent: 'decaf', commit: 'c0ffee' },
      landed_at: minute(3),
      merged_at: null,
      activate_within_seconds: 3600,
      window_declared: hours(4),
      window: null,
      fingerprint: null,
      version: 1,
    });
  });

  test('invariant 7: a quarantined grant is requested with the flag, and can only be withdrawn', () => {
    expect(record(told.quarantined())).toMatchObject({
      state: 'requested',
      quarantined: true,
      why: ['not approved'],
    });
    expect(() => record(told.quarantined(), told.activating())).toThrow('it is requested');
    expect(record(told.quarantined(), told.withdrawn(2))).toMatchObject({
      state: 'withdrawn',
      quarantined: true,
    });
  });

  test('invariants 14, 15, 16: the intent freezes window, target, entitlement and baseline', () => {
    expect(record(told.approved(), told.activating(1))).toMatchObject({
      state: 'activating',
      window: window(1, 241),
      fingerprint: 'pg:1/orders',
      baseline: [],
    });
    expect(() => record(told.approved(), told.activating(1), told.activating(2))).toThrow(
      'Entry 3 grant.activating of access-grants/production/alice-orders.yml@c0ffee: it is activating',
    );
  });

  test('invariant 21: there is no activation without an earlier intent', () => {
    expect(() => record(told.approved(), told.activated())).toThrow(ImpossibleEntry);
    expect(record(...active).state).toBe('active');
  });

  test.each<[string, Told[], Partial<GrantRecord>]>([
    [
      'its own end',
      [told.expired(241)],
      { state: 'expired', ended_at: minute(241), revoked_by: null },
    ],
    [
      'an act',
      [told.ending(9), told.revoked(10)],
      {
        state: 'revoked',
        ended_at: minute(10),
        revoked_by: { why: 'file removed', who: bob, at: minute(9) },
      },
    ],
    [
      'an act that went ahead without its intent',
      [told.revoked(10)],
      {
        state: 'revoked',
        revoked_by: { why: 'seen gone', who: null, at: minute(10) },
      },
    ],
    [
      'two acts',
      [told.ending(8, alice), told.ending(9), told.revoked(10)],
      {
        revoked_by: { why: 'file removed', who: alice, at: minute(8) },
      },
    ],
    [
      'an end after trouble',
      [told.failed(241, true, 242), told.overdue(241), told.expired(300)],
      {
        state: 'expired',
        overdue: false,
        attempts: 0,
        retry_at: null,
      },
    ],
  ])('invariant 21: an active grant ends by %s and keeps its history', (_, story, expected) => {
    const ended = record(...active, ...story);
    expect(ended).toMatchObject(expected);
    expect(ended).toMatchObject({ window: window(1, 241), fingerprint: 'pg:1/orders' });
  });

  test.each<[string, Told[], GrantRecord['state']]>([
    ['withdrawn', [told.approved(), told.withdrawn(1)], 'withdrawn'],
    ['lapsed', [told.approved(), told.failed(1, false, 2), told.lapsed(60)], 'lapsed'],
    ['lapsed after an intent', [told.approved(), told.activating(1), told.lapsed(60)], 'lapsed'],
    ['refused', [told.approved(), told.refused(1)], 'refused'],
  ])('a grant that never gave access is %s', (_, story, state) => {
    expect(record(...story)).toMatchObject({ state, retry_at: null });
  });

  test('failed attempts count until one succeeds', () => {
    const start = [
      told.approved(),
      told.failed(1, false, 2),
      told.activating(2),
      told.failed(3, false, 5),
    ];
    expect(record(...start)).toMatchObject({
      attempts: 2,
      retry_at: minute(5),
      error: 'connection refused',
    });
    expect(record(...start, told.activated(5))).toMatchObject({
      attempts: 0,
      retry_at: null,
      error: null,
    });
  });

  test('invariant 12: a failed start is looked at again no later than when it lapses', () => {
    const lapse = 60;
    expect(record(told.approved(), told.failed(59, false, 90)).retry_at).toBe(minute(lapse));
    const short = told.activating(1, window(1, 11));
    expect(record(told.approved(), short, told.failed(10, false, 15)).retry_at).toBe(minute(11));
    expect(record(told.approved(), short, told.failed(11, true, 15)).retry_at).toBe(minute(15));
  });

  test('invariant 12: a failed start of a grant that landed late is looked at again by its merge', () => {
    const landed = told.approved(40, { merged_at: minute(3) });
    expect(record(landed)).toMatchObject({ landed_at: minute(40), merged_at: minute(3) });
    expect(record(landed, told.failed(50, false, 90)).retry_at).toBe(minute(63));
  });

  test('an extension moves the end; access that its end may have taken is restored at once', () => {
    const late = [...active, told.failed(241, true, 250), told.overdue(241)];
    expect(record(...late)).toMatchObject({ overdue: true, attempts: 1 });
    expect(record(...late, told.extended(242, 5, window(1, 301)))).toMatchObject({
      window: window(1, 301),
      window_declared: hours(5),
      declared: { window: hours(5) },
      digest: 'd1',
      overdue: false,
      attempts: 0,
      retry_at: minute(242),
    });
    const due = record(...active, told.extended(242, 5, window(1, 301)));
    expect(due).toMatchObject({ overdue: false, attempts: 0, retry_at: minute(242) });
    expect(record(...active, told.extended(240, 5, window(1, 301))).retry_at).toBeNull();
    const failing = record(
      ...late,
      told.extended(242, 5, window(1, 301)),
      told.failed(243, false, 400),
    );
    expect(failing).toMatchObject({ attempts: 1, retry_at: minute(301) });
    expect(record(...late, told.ending(242), told.extended(243, 5, window(1, 301))).overdue).toBe(
      true,
    );
  });

  test('a narrowing changes scope and end, and brings a later retry forward', () => {
    const waiting = [told.approved(), told.activating(1), told.failed(2, false, 40)];
    expect(record(...waiting, told.narrowed(3, 0.5, window(1, 31)))).toMatchObject({
      window: window(1, 31),
      declared: { scope: { actions: ['select'] } },
      retry_at: minute(31),
      attempts: 1,
    });
    expect(record(told.approved(), told.narrowed(1, 1, null)).window_declared).toEqual(hours(1));
  });

  test('invariant 8: other words stand beside those that were approved, with whose they are', () => {
    const once = record(...active, told.reworded(5, 'More', null));
    expect(once).toMatchObject({
      state: 'active',
      declared: { reason: 'Slow order queries', ticket: 'INC-4821' },
      reworded: { reason: 'More', ticket: null, who: { id: 101 }, at: minute(5) },
      window: window(1, 241),
    });
    expect(wordsNow(once)).toEqual({ reason: 'More', ticket: null });
    expect(liveFacts(once)).toMatchObject({ reason: 'More', ticket: null });
    const twice = record(...active, told.reworded(5, 'More', null), told.reworded(6, 'Most'));
    expect(twice).toMatchObject({ reworded: { reason: 'Most', ticket: 'INC-4821' } });
    expect(record(...active)).not.toHaveProperty('reworded');
    expect(() => record(...active, told.expired(241), told.reworded(242, 'x'))).toThrow('expired');
  });

  test('a frozen window is never lost, and never made without an intent', () => {
    expect(() => record(...active, told.extended(2, 5, null))).toThrow('must stay so');
    expect(() => record(told.approved(), told.narrowed(1, 1, window(1, 61)))).toThrow(
      'not frozen yet',
    );
  });

  test('an end that was announced stays announced, whatever the end is later', () => {
    expect(record(...active)).toMatchObject({ ending_soon_seconds: 900, told_end: null });
    const soon = [...active, told.soon(226, 241)];
    expect(record(...soon).told_end).toBe(minute(241));
    expect(record(...soon, told.extended(230, 5, window(1, 301))).told_end).toBe(minute(241));
    expect(() => record(told.approved(), told.soon(1, 241))).toThrow('it is scheduled');
  });

  test('drift is a flag that a look without drift clears', () => {
    expect(record(...active, told.drift(9, 'member unexplained')).drift).toEqual([
      'member unexplained',
    ]);
    expect(record(...active, told.drift(9, 'member unexplained'), told.drift(10)).drift).toEqual(
      [],
    );
  });

  test('an entry that does not belong to this grant is refused', () => {
    const [landing, intent] = entries(told.approved(), told.activating());
    if (!landing || !intent) throw new Error('two entries');
    const scheduled = fold(null, landing);
    expect(() => fold(scheduled, landing)).toThrow('it has landed already');
    expect(() => fold(null, intent)).toThrow('it has not landed');
    expect(() => fold(scheduled, { ...intent, grant: 'other@1' })).toThrow(
      `the record is ${GRANT}`,
    );
    expect(() => fold(scheduled, { ...intent, seq: 1 })).toThrow('entry 1 is newer');
    expect(() => fold(scheduled, { ...intent, kind: 'review.seen' } as Entry)).toThrow(
      'changes no grant',
    );
    expect(isGrantEntry(intent)).toBe(true);
    expect(isGrantEntry({ ...intent, kind: 'decision.made' } as Entry)).toBe(false);
  });

  test('starts and ends can only fail in states where they can happen', () => {
    expect(() => record(told.approved(), told.failed(1, true, 2))).toThrow('no end can fail');
    expect(() => record(...active, told.failed(2, false, 3))).toThrow('no start can fail');
  });
});

/** Any entry, a minute after the one before; its frozen window may or may not fit the record. */
const anything = fc.tuple(
  fc.constantFrom<(at: number, n: number, frozen: boolean) => Told>(
    (at) => told.approved(at),
    (at) => told.quarantined(at),
    (at, n) => told.activating(at, window(at, at + n)),
    (at) => told.activated(at),
    (at, n, ending) => told.failed(at, ending, at + n),
    (at, n, frozen) => told.extended(at, n, frozen ? window(1, at + n) : null),
    (at, n, frozen) => told.narrowed(at, n, frozen ? window(1, n) : null),
    (at) => told.ending(at),
    (at, n) => told.soon(at, at + n),
    (at) => told.overdue(at),
    (at, _, drift) => told.drift(at, ...(drift ? ['unexplained'] : [])),
    (at) => told.expired(at),
    (at) => told.revoked(at),
    (at) => told.withdrawn(at),
    (at) => told.lapsed(at),
    (at) => told.refused(at),
  ),
  fc.integer({ min: 1, max: 300 }),
  fc.boolean(),
);

/** Folds the entries that can follow and skips the others, like the ledger does; returns every record on the way. */
function folded(
  choices: readonly (readonly [
    (at: number, n: number, frozen: boolean) => Told,
    number,
    boolean,
  ])[],
) {
  const records: GrantRecord[] = [];
  const all = entries(...choices.map(([make, n, frozen], index) => make(index, n, frozen)));
  for (const entry of all) {
    try {
      records.push(fold(records.at(-1) ?? null, entry));
    } catch (error) {
      expect(error).toBeInstanceOf(ImpossibleEntry);
    }
  }
  return records;
}

describe('any entries in any order', () => {
  const story = fc.array(anything, { maxLength: 40 });

  test('a grant that is over never becomes live again, and nothing follows it', () => {
    fc.assert(
      fc.property(story, (choices) => {
        const records = folded([[(at) => told.approved(at), 1, false], ...choices]);
        const end = records.findIndex(({ ended_at }) => ended_at !== null);
        if (end !== -1) expect(records).toHaveLength(end + 1);
        const last = records.at(-1);
        expect(last?.ended_at === null).toBe(LIVE_STATES.includes(last?.state ?? 'expired'));
      }),
    );
  });

  test('invariant 21: an active grant has had an intent, and its window stays', () => {
    fc.assert(
      fc.property(story, (choices) => {
        const records = folded([[(at) => told.approved(at), 1, false], ...choices]);
        const states = records.map(({ state }) => state);
        if (states.includes('active')) expect(states).toContain('activating');
        const intent = records.findIndex(({ window: frozen }) => frozen !== null);
        for (const { window: frozen, fingerprint } of intent === -1 ? [] : records.slice(intent)) {
          expect(frozen).not.toBeNull();
          expect(fingerprint).toBe('pg:1/orders');
        }
      }),
    );
  });

  test('invariant 7: a quarantined grant never gives access', () => {
    fc.assert(
      fc.property(story, (choices) => {
        const records = folded([[(at) => told.quarantined(at), 1, false], ...choices]);
        for (const { state } of records) expect(['requested', 'withdrawn']).toContain(state);
      }),
    );
  });
});
