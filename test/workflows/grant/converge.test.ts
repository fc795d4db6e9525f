import { describe, expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import { BEGUN_STATES, type GrantRecord } from '../../../src/core/grant/record.js';
import { Conflict, RateLimited, TargetFault } from '../../../src/ports.js';
import type { World } from '../../../src/ports.js';
import { convergeGrant } from '../../../src/workflows/grant/converge.js';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import { policy } from '../../support/core/comparing.js';
import { GRANT, minute, record, told, window } from '../../../lab/acme/story.js';
import { leadingTo, worldOf } from '../world.js';

type AppendOptions = Parameters<World['ledger']['append']>[2] & object;
const isBegun = ({ state }: GrantRecord) => BEGUN_STATES.some((one) => one === state);

/** A worker at a given time, with one grant and a target that has `there`; and what it did. */
function worker(
  grant: GrantRecord,
  at: number,
  target: { level: string | null; fails?: Error } = { level: null },
  /** What another worker made of it, from when its slot was asked for. */
  meanwhile: { readonly before_lease?: GrantRecord; readonly in_call?: GrantRecord } = {},
) {
  let current = grant;
  const written: NewEntry[] = [];
  const calls: (string | null)[] = [];
  const topics: string[] = [];
  const connection = {
    fingerprint: async () => 'pg:1/orders',
    observe: async () => [
      target.level === null ? [] : [{ level: target.level, origin: 'ours' as const }],
    ],
    set: async (_: unknown, level: string | null) => {
      calls.push(level);
      if (target.fails) throw target.fails;
      target.level = level;
      current = meanwhile.in_call ?? current;
    },
  };
  const world = worldOf(connection, {
    clock: { now: async () => new Date(minute(at)) },
    ledger: {
      state: async () => ({ started: null, policy: null, stopped: null, last_step: null }),
      grant: async () => current,
      scheduledFor: async () => [],
      onSlot: async () => [(current = meanwhile.before_lease ?? current)].filter(isBegun),
      append: async (
        _: Date,
        entries: readonly NewEntry[],
        { expect: { grants = {} } = {}, want = [] }: AppendOptions = {},
      ) => {
        if (Object.values(grants).some((version) => version !== current.version))
          throw new Conflict('it moved');
        written.push(...entries);
        topics.push(...want);
        return entries;
      },
    },
  });
  return { world, run: () => convergeGrant(world, GRANT), written, calls, target, topics };
}

describe('invariant 12: an intent that did not succeed in time', () => {
  const begun = record(told.approved(), told.activating(1, window(1, 241)));

  test('is tried again within its time', async () => {
    const { run, written, target } = worker(begun, 59);
    await run();
    expect(written).toMatchObject([{ kind: 'grant.activated' }]);
    expect(target.level).toBe('member');
  });

  test.each([
    ['access that was given anyway is taken away', 'member'],
    ['nothing is given any more', null],
  ])('lapses: %s', async (_, level) => {
    const { run, written, calls, target } = worker(begun, 60, { level });
    await run();
    expect(written).toMatchObject([{ kind: 'grant.lapsed' }]);
    expect(calls).toEqual([null]);
    expect(target.level).toBeNull();
  });

  test('invariant 16: access that cannot be taken away then is overdue, and tried again', async () => {
    const fails = new TargetFault('the target is away', false, { away: true });
    const reasons = [{ code: 'target_unreachable', message: 'the target is away' }];
    const { run, written } = worker(begun, 60, { level: 'member', fails });
    expect(await run()).not.toBeNull();
    expect(written).toMatchObject([
      { kind: 'grant.overdue', body: { due_at: minute(60), why: 'the target is away', reasons } },
      {
        kind: 'grant.attempt_failed',
        body: { ending: true, error: 'the target is away', reasons },
      },
    ]);
  });
});

test('invariant 14: an end whose call succeeded while the access is still there has not happened', async () => {
  const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
  const { world, run, written } = worker(active, 31, { level: 'member' });
  const connection = await world.targets.connection('postgres', 'orders');
  Object.assign(connection, { set: async () => undefined });
  expect(await run()).not.toBeNull();
  expect(written).toMatchObject([
    { kind: 'grant.overdue' },
    {
      kind: 'grant.attempt_failed',
      body: {
        ...{ ending: true, error: 'still there: member (ours)', lasting: false },
        reasons: [{ code: 'access_remains' }],
      },
    },
  ]);
});

test('invariant 16: an end that fails because of an error in Daypass is overdue, too', async () => {
  const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
  const fails = new TypeError('a fault of ours');
  const { run, written } = worker(active, 31, { level: 'member', fails });
  expect(await run()).not.toBeNull();
  expect(written.map(({ kind }) => kind)).toEqual(['grant.overdue', 'grant.attempt_failed']);
});

test('invariants 15, 16: rules that do not load neither remove standing access with a grant nor delay its end', async () => {
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
      state: async () => ({
        started: null,
        policy: { tree: 't1', data: fingerprint(data) },
        stopped: null,
      }),
      policyTree: async () => ({ id: 't1', files: {} }),
    },
  });
  await run();
  expect(written).toMatchObject([{ kind: 'grant.expired' }]);
  expect(target.level).toBe('member');
});

describe('a rate limit is waited for', () => {
  const limits = [
    new TargetFault('GitHub answered 429: slow down', false, { retry_after_ms: 90_000 }),
    new RateLimited('wait', 90_000),
  ];
  test.each(limits)('by a start: %s', async (fails) => {
    const begun = record(told.approved(), told.activating(1, window(1, 241)));
    const { run, written } = worker(begun, 10, { level: null, fails });
    expect(await run()).toEqual(new Date(Date.parse(minute(10)) + 90_000));
    const retry_at = new Date(Date.parse(minute(10)) + 90_000).toISOString();
    expect(written).toMatchObject([
      { kind: 'grant.attempt_failed', body: { retry_at, reasons: [{ code: 'rate_limited' }] } },
    ]);
  });

  test.each(limits)('invariant 16: by an end, which is overdue at once: %s', async (fails) => {
    const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
    const { run, written } = worker(active, 31, { level: 'member', fails });
    expect(await run()).toEqual(new Date(Date.parse(minute(31)) + 90_000));
    expect(written.map(({ kind }) => kind)).toEqual(['grant.overdue', 'grant.attempt_failed']);
  });
});

describe('invariant 14: an open invitation', () => {
  const pending = (at: number) => {
    const made = worker(record(told.approved(), told.activating(1, window(1, 241))), at);
    let invited = false;
    const connection = {
      fingerprint: async () => 'pg:1/orders',
      observe: async () => [invited ? [{ level: 'member', origin: 'pending' }] : []],
      set: async (_: unknown, level: string | null) => {
        made.calls.push(level);
        invited = level !== null;
      },
    };
    Object.assign(made.world, { targets: leadingTo(connection) });
    return { ...made, invite: () => (invited = true), invited: () => invited };
  };

  test('gives no access yet, and the record says what it waits for', async () => {
    const { run, written, calls } = pending(10);
    expect(await run()).not.toBeNull();
    expect(calls).toEqual(['member']);
    expect(written).toMatchObject([
      {
        kind: 'grant.attempt_failed',
        body: {
          error: expect.stringContaining('invited'),
          reasons: [{ code: 'invitation_open' }],
        },
      },
    ]);
  });

  test('lapses in time, and is cancelled', async () => {
    const { run, written, calls, invite, invited } = pending(60);
    invite();
    await run();
    expect(calls).toEqual([null]);
    expect(invited()).toBe(false);
    expect(written).toMatchObject([{ kind: 'grant.lapsed' }]);
  });
});

describe('a start that takes long', () => {
  /** Each reading of the clock returns the next of these minutes, and the last one for ever. */
  const slowly = (world: World, ...minutes: number[]) =>
    Object.assign(world, {
      clock: {
        now: async () =>
          new Date(minute(minutes.length > 1 ? Number(minutes.shift()) : Number(minutes[0]))),
      },
    });

  test.each([
    ['its end', window(1, 31), 30, 31],
    ['when it lapses', window(1, 241), 59, 60],
  ])('invariant 12: nothing is given if its turn comes at %s', async (_, frozen, asked, turn) => {
    const begun = record(told.approved(), told.activating(1, frozen));
    const { world, run, written, calls } = worker(begun, asked);
    slowly(world, asked, turn);
    expect(await run()).not.toBeNull();
    expect({ written, calls }).toEqual({ written: [], calls: [] });
  });

  test('invariant 24: the words of an unexpected error stay in the log', async () => {
    const begun = record(told.approved(), told.activating(1, window(1, 241)));
    const fails = new TypeError('connect postgres://u:hunter2@h/db');
    const { run, written } = worker(begun, 2, { level: null, fails });
    expect(await run()).not.toBeNull();
    expect(written).toMatchObject([
      {
        body: { error: 'an unexpected error in Daypass (TypeError); see its log', lasting: false },
      },
    ]);
  });

  test('a record that another worker changed meanwhile is read again at once', async () => {
    const begun = record(told.approved(), told.activating(1, window(1, 241)));
    const { world, run } = worker(begun, 2);
    Object.assign(world.ledger, { append: () => Promise.reject(new Conflict('it moved')) });
    await expect(run()).rejects.toThrow(Conflict);
  });
});

test('invariant 16: access that an end took before an extension landed is given back, and ends at the new end', async () => {
  const late = [told.failed(31, true, 40), told.overdue(31)];
  const given = [told.approved(), told.activating(1, window(1, 31)), told.activated(1)];
  const extended = record(...given, ...late, told.extended(32, 5, window(1, 301)));
  const { run, written, target } = worker(extended, 32);
  expect(await run()).toBeNull();
  expect(written).toMatchObject([{ kind: 'grant.activated', body: { late_ms: 0 } }]);
  expect(target.level).toBe('member');
});

test('invariant 15: access from before that standing does not list is reported with the start', async () => {
  const baseline = [{ level: 'member', origin: 'ours' as const }];
  const begun = [told.approved(), told.activating(1, window(1, 31), baseline)];
  const first = worker(record(...begun), 2, { level: 'member' });
  expect(await first.run()).toBeNull();
  const drift = ['member (ours) was there before and is not listed as standing'];
  expect(first.written).toMatchObject([
    { kind: 'grant.activated' },
    { kind: 'drift.seen', body: { drift, observed: baseline } },
  ]);
  const drifted = record(...begun, told.activated(2), told.drift(2, ...drift));
  expect(drifted).toMatchObject({ state: 'active', drift });

  const clean = worker(record(told.approved(), told.activating(1, window(1, 31))), 2);
  await clean.run();
  expect(clean.written.map(({ kind }) => kind)).toEqual(['grant.activated']);
});

describe('what another worker did between reading the record and holding the slot', () => {
  const begun = [told.approved(), told.activating(1, window(1, 31))];

  test('invariants 14, 18: a start gives nothing for a grant that was ended meanwhile', async () => {
    const before_lease = record(...begun, told.ending(2), told.revoked(3));
    const { run, calls, written } = worker(record(...begun), 2, { level: null }, { before_lease });
    await expect(run()).rejects.toThrow(Conflict);
    expect([calls, written]).toEqual([[], []]);
  });

  test('invariant 14: an end takes nothing from a grant that was extended before it had the slot', async () => {
    const active = [...begun, told.activated(1)];
    const before_lease = record(...active, told.extended(30, 5, window(1, 301)));
    const { run, calls, target } = worker(
      record(...active),
      31,
      { level: 'member' },
      { before_lease },
    );
    await expect(run()).rejects.toThrow(Conflict);
    expect([calls, target.level]).toEqual([[], 'member']);
  });

  test('invariant 15: what an end takes while an extension lands is given back', async () => {
    const active = [...begun, told.activated(1)];
    const in_call = record(...active, told.extended(30, 5, window(1, 301)));
    const { run, written, topics } = worker(
      record(...active),
      31,
      { level: 'member' },
      { in_call },
    );
    await expect(run()).rejects.toThrow(Conflict);
    expect(written).toMatchObject([
      {
        kind: 'grant.attempt_failed',
        body: { ending: true, retry_at: minute(31), reasons: [{ code: 'extended_meanwhile' }] },
      },
    ]);
    expect(topics).toEqual(['comment:7']);
    const extended = record(
      ...active,
      told.extended(30, 5, window(1, 301)),
      told.failed(31, true, 31),
    );
    const again = worker(extended, 31);
    await again.run();
    expect(again.target.level).toBe('member');
    expect(again.written).toMatchObject([{ kind: 'grant.activated' }]);
  });
});

test('a failed attempt updates the comment and judges no pull request again; a start or an end does both', async () => {
  const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
  const fails = new TargetFault('refused', true);
  const failing = worker(active, 31, { level: 'member', fails });
  await failing.run();
  expect(failing.topics).toEqual(['comment:7']);
  const ending = worker(active, 31, { level: 'member' });
  await ending.run();
  expect(ending.topics).toEqual(['pulls:all', 'comment:7']);
});
