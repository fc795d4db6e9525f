import { expect, test } from '@jest/globals';
import type { Counts, LedgerState } from '../../../src/ports.js';
import { notReady, type NotReadyWorld } from '../../../src/workflows/run/not-ready.js';
import { minute } from '../../../lab/acme/story.js';

/** A worker whose policy loads; what its ledger counts, by when it is asked about. */
const worldOf = (counts: (now: Date) => Counts, state: Partial<LedgerState> = {}) =>
  ({
    clock: { now: async () => new Date(minute(9)) },
    ledger: {
      state: async () => ({ started: {}, policy: null, stopped: null, ...state }),
      counts: async (now: Date) => counts(now),
    },
    policy: {},
    work: { failures: async () => 0 },
    targets: { kept: () => [] },
  }) as unknown as NotReadyWorld;

const late = (overdue: number) => worldOf(() => ({ live: 9, overdue, one_overdue: 'a.yml@c0' }));

test.each([
  [0, []],
  [1, ['a grant is overdue: a.yml@c0 is past its end and was not seen gone']],
  [2, ['2 grants are overdue, past their end and not seen gone: a.yml@c0 and others']],
])('invariant 17: %i overdue grants are told', async (overdue, told) => {
  expect(await notReady(late(overdue))).toEqual(told);
});

test('invariant 16: a target at which no session can be kept is told', async () => {
  const kept = () => [
    { provider: 'postgres', target: 'bills', fault: null },
    { provider: 'postgres', target: 'orders', fault: 'too many clients already (53300)' },
  ];
  expect(await notReady({ ...late(0), targets: { kept } })).toEqual([
    'no session can be kept at the target orders for its ends: too many clients already (53300)',
  ]);
});

test('an end may take a moment', async () => {
  const asked: Date[] = [];
  const world = worldOf((now) => {
    asked.push(now);
    return { live: 1, overdue: 0, one_overdue: null };
  });
  await notReady(world);
  expect(asked).toEqual([new Date(new Date(minute(9)).getTime() - 15_000)]);
});
