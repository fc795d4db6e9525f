import { describe, expect, test } from '@jest/globals';
import type { NewEntry } from '../../src/core/ledger/events.js';
import type { GrantRecord } from '../../src/core/ledger/record.js';
import { TargetFault } from '../../src/ports.js';
import type { World } from '../../src/ports.js';
import { convergeGrant } from '../../src/workflows/converge.js';
import { policy } from '../core/comparing.js';
import { providers } from '../core/policy-files.js';
import { GRANT, minute, record, told, window } from '../core/ledger/story.js';

/** A worker at a moment with one grant and a target that holds `there`; what it did. */
function worker(
  grant: GrantRecord,
  at: number,
  target: { level: string | null; fails?: Error } = { level: null },
) {
  const written: NewEntry[] = [];
  const calls: (string | null)[] = [];
  const connection = {
    fingerprint: async () => 'pg:1/orders',
    observe: async () => [
      target.level === null ? [] : [{ level: target.level, origin: 'ours' as const }],
    ],
    set: async (_: unknown, level: string | null) => {
      calls.push(level);
      if (target.fails) throw target.fails;
      target.level = level;
    },
  };
  const world = {
    clock: { now: async () => new Date(minute(at)) },
    ledger: {
      state: async () => ({ started: null, policy: null, stopped: null, last_step: null }),
      grant: async () => grant,
      onSlot: async () => [grant],
      append: async (_: Date, entries: readonly NewEntry[]) => void written.push(...entries),
    },
    leases: {
      acquire: async () => ({
        remaining: () => 60_000,
        renew: async () => true,
        release: async () => undefined,
      }),
    },
    providers: {
      postgres: {
        ...providers['postgres'],
        join: (levels: readonly string[]) => levels[0] ?? null,
        realm: (fingerprint: string) => fingerprint,
      },
    },
    targets: { connection: async () => connection },
    owner: 'me',
    hold_ms: 15_000,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  } as unknown as World;
  return { world, run: () => convergeGrant(world, GRANT), written, calls, target };
}

describe('invariant 12: an intent that came to nothing in time', () => {
  const begun = record(told.approved(), told.activating(1, window(1, 241)));

  test('is tried again within the time', async () => {
    const { run, written, target } = worker(begun, 59);
    await run();
    expect(written).toMatchObject([{ kind: 'grant.activated' }]);
    expect(target.level).toBe('member');
  });

  test.each([
    ['of what was given all the same nothing is left', 'member'],
    ['nothing is given any more', null],
  ])('lapses: %s', async (_, level) => {
    const { run, written, calls, target } = worker(begun, 60, { level });
    await run();
    expect(written).toMatchObject([{ kind: 'grant.lapsed' }]);
    expect(calls).toEqual([null]);
    expect(target.level).toBeNull();
  });

  test('invariant 16: what cannot be taken away then is overdue, and tried again', async () => {
    const fails = new TargetFault('the target is away', false);
    const { run, written } = worker(begun, 60, { level: 'member', fails });
    expect(await run()).not.toBeNull();
    expect(written).toMatchObject([
      { kind: 'grant.overdue', body: { due_at: minute(60) } },
      { kind: 'grant.attempt_failed', body: { ending: true } },
    ]);
  });
});

test('invariant 16: an end that fails by a fault of ours is overdue, too', async () => {
  const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
  const fails = new TypeError('a fault of ours');
  const { run, written } = worker(active, 31, { level: 'member', fails });
  expect(await run()).not.toBeNull();
  expect(written.map(({ kind }) => kind)).toEqual(['grant.overdue', 'grant.attempt_failed']);
});

test('invariants 15, 16: rules that do not load take no standing access away with a grant, nor keep its end waiting', async () => {
  const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
  const { world, run, written, target } = worker(active, 31, { level: 'member' });
  const orders = policy.catalog['orders-db'];
  if (!orders) throw new Error('the catalog has no orders-db');
  const standing = [
    { environment: 'production', role: 'read-only', subjects: ['alice'], because: 'on-call lead' },
  ];
  const data = { ...policy, catalog: { 'orders-db': { ...orders, standing } } };
  Object.assign(world, {
    policy: {
      load: () => new Promise(() => undefined),
      read: () => ({ ok: true, value: data }),
    },
    ledger: {
      ...world.ledger,
      state: async () => ({ started: null, policy: { tree: 't1' }, stopped: null }),
      policyTree: async () => ({ id: 't1', files: {} }),
    },
  });
  await run();
  expect(written).toMatchObject([{ kind: 'grant.expired' }]);
  expect(target.level).toBe('member');
});

test('invariant 18: of one target so many slots are worked on at once, and who waits for a place holds no lease yet', async () => {
  const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
  const { world, written } = worker(active, 31, { level: 'member' });
  const connection = await world.targets.connection('postgres', 'orders');
  const [at, most] = [
    { set: 0, leases: 0 },
    { set: 0, leases: 0 },
  ];
  Object.assign(connection, {
    observe: async () => [[]],
    set: async () => {
      most.set = Math.max(most.set, ++at.set);
      await new Promise((resolve) => setImmediate(resolve));
      at.set -= 1;
    },
  });
  const { acquire } = world.leases;
  Object.assign(world.leases, {
    acquire: async (...of: Parameters<typeof acquire>) => {
      most.leases = Math.max(most.leases, ++at.leases);
      const lease = await acquire(...of);
      return { ...lease, release: async () => void (at.leases -= 1) };
    },
  });
  await Promise.all(Array.from({ length: 100 }, () => convergeGrant(world, GRANT)));
  expect(written).toHaveLength(100);
  expect(most).toEqual({ set: 32, leases: 32 });
});
