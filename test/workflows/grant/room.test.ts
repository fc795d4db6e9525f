import { expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { fold } from '../../../src/core/ledger/fold.js';
import type { Expect } from '../../../src/ports.js';
import { activate, begin } from '../../../src/workflows/grant/activate.js';
import { minute, record, told, type Told } from '../../../lab/acme/story.js';
import { worldOf } from '../world.js';

/** A scheduled grant that nobody reviewed, beside others, where no settings are in force: the default limits. */
function story(others: readonly GrantRecord[], unreviewed = true, ...more: readonly Told[]) {
  let grant = record(told.approved(0, { unreviewed }), ...more);
  let at = 1;
  const written: NewEntry[] = [];
  const expected: (Expect | undefined)[] = [];
  const connection = {
    fingerprint: async () => 'pg:1/orders',
    observe: async () => [[]],
    set: async () => undefined,
  };
  const world = worldOf(connection, {
    clock: { now: async () => new Date(minute(at)) },
    ledger: {
      state: async () => ({ started: null, policy: null, stopped: null, last_step: null }),
      grant: async () => grant,
      grants: async () => others,
      scheduledFor: async () => [],
      onSlot: async () => [grant],
      append: async (now: Date, entries: readonly NewEntry[], of: { expect?: Expect } = {}) => {
        expected.push(of.expect);
        for (const one of entries) {
          written.push(one);
          const chained = { ...one, seq: grant.version + 1, at: now.toISOString() };
          grant = fold(grant, { ...chained, previous: '', hash: '' });
        }
        return [];
      },
    },
  });
  return {
    ...{ written, expected },
    activate: (minutes: number) => {
      at = minutes;
      return activate(world, grant, new Date(minute(at)));
    },
    begin: (room: Parameters<typeof begin>[2]['room']) =>
      begin(world, grant, { before: [], room }, new Date(minute(at))).catch(() => null),
  };
}

/** Grants of alice that have begun and that nobody reviewed. */
const begun = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...record(told.approved(0, { unreviewed: true }), told.activating(1), told.activated(1)),
    id: `other-${n}`,
  }));

test('invariants 7, 16: a grant without room waits, tells why, is tried again within a minute, and lapses', async () => {
  const { written, activate } = story(begun(10));
  const again = await activate(1);
  expect(again && again > new Date(minute(1)) && again <= new Date(minute(2))).toBe(true);
  const message =
    'of the grants in production that nobody reviewed, environments.production.without_review allows 10 for one person, who has 10: wait until one has ended';
  expect(written).toMatchObject([
    {
      kind: 'grant.attempt_failed',
      body: {
        ending: false,
        error: message,
        reasons: [{ code: 'without_review_limit', message }],
        lasting: false,
      },
    },
  ]);
  expect(await activate(61)).toBeNull();
  expect(written.map(({ kind }) => kind)).toEqual(['grant.attempt_failed', 'grant.lapsed']);
});

test('invariant 16: a grant whose end is held does not start: it waits, says so, and lapses', async () => {
  const { written, activate } = story([], false, told.held(0));
  expect(await activate(1)).not.toBeNull();
  expect(written).toMatchObject([
    { kind: 'grant.attempt_failed', body: { reasons: [{ code: 'departures_held' }] } },
  ]);
  expect(await activate(61)).toBeNull();
  expect(written.map(({ kind }) => kind)).toEqual(['grant.attempt_failed', 'grant.lapsed']);
});

test.each([
  ['with room', begun(9), true],
  ['that somebody reviewed', begun(10), false],
])('invariant 7: a grant %s is judged', async (_, others, unreviewed) => {
  const { written, activate } = story(others, unreviewed);
  await activate(1);
  expect(written).toMatchObject([
    { kind: 'grant.attempt_failed', body: { reasons: [{ code: 'engine_fault' }] } },
  ]);
});

test('invariant 7: the intent says what it needs room for, so that the ledger looks in its transaction', async () => {
  const { written, expected, begin } = story([]);
  const room = { grant: 'a', limits: { per_person: 1, in_sum: 2 } };
  await begin(room);
  expect(written[0]?.kind).toBe('grant.activating');
  expect(expected[0]).toMatchObject({ room });
});
