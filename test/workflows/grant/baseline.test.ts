import { describe, expect, test } from '@jest/globals';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import { fold } from '../../../src/core/ledger/fold.js';
import { BEGUN_STATES, type GrantRecord, type Holding } from '../../../src/core/grant/record.js';
import { Conflict, TargetFault } from '../../../src/ports.js';
import { convergeGrant } from '../../../src/workflows/grant/converge.js';
import { begin } from '../../../src/workflows/grant/activate.js';
import { policy } from '../../support/core/comparing.js';
import { minute, record, told } from '../../../lab/acme/story.js';
import { worldOf } from '../world.js';

const LEVELS = ['pull', 'push', 'admin'];
const direct = (level: string): Holding => ({ level, origin: 'ours' });

/** A landed grant of a level for so many hours. */
function landed(id: string, level: string, hours: number): GrantRecord {
  const window = { starts_at: null, duration_seconds: hours * 3600, expires_at: null };
  const of = record(told.approved(0, { window }));
  if (!of.entitled) throw new Error('the story has no slot');
  return { ...of, id, entitled: { ...of.entitled, level } };
}

/** Grants on one slot with their ledger, and a target with one row, whoever gave it. */
function story({
  has = null,
  tells_ours = false,
  standing = false,
}: {
  readonly has?: string | null;
  readonly tells_ours?: boolean;
  readonly standing?: boolean;
} = {}) {
  const grants = new Map<string, GrantRecord>();
  const written: NewEntry[] = [];
  const calls: (string | null)[] = [];
  let at = 1;
  let level = has;
  let listing = standing;
  const rights: string[] = [];
  let away = false;
  const connection = {
    tells_ours,
    fingerprint: async () => 'pg:1/orders',
    observe: async () => [level === null ? [] : [direct(level)]],
    rights: async () => {
      if (away) throw new TargetFault('the target is away', false);
      return [...rights];
    },
    set: async (_: unknown, to: string | null) => {
      calls.push(to);
      level = to;
    },
  };
  const world = worldOf(connection, {
    clock: { now: async () => new Date(minute(at)) },
    policy: { read: () => ({ ok: true, value: withStanding }) },
    ledger: {
      state: async () => ({
        started: null,
        policy: listing ? { tree: 't1', data: fingerprint(withStanding) } : null,
        stopped: null,
      }),
      policyTree: async () => ({ id: 't1', files: {} }),
      grant: async (id: string) => grants.get(id) ?? null,
      grants: async () => [...grants.values()],
      scheduledFor: async () => [],
      onSlot: async () =>
        [...grants.values()].filter(({ state }) => BEGUN_STATES.some((one) => one === state)),
      append: async (
        now: Date,
        entries: readonly NewEntry[],
        { expect: { grants: expected } }: { expect: { grants: Record<string, number> } },
      ) => {
        for (const [id, version] of Object.entries(expected))
          if (grants.get(id)?.version !== version) throw new Conflict(`${id} moved`);
        for (const one of entries) {
          written.push(one);
          const of = grants.get(one.grant ?? '');
          if (!of) throw new Error(`there is no ${String(one.grant)}`);
          const entry = { ...one, seq: of.version + 1, at: now.toISOString() };
          grants.set(of.id, fold(of, { ...entry, previous: '', hash: '' }));
        }
        return [];
      },
    },
  });
  Object.assign(world.providers['postgres'] ?? {}, {
    join: (some: readonly string[]) => LEVELS.findLast((one) => some.includes(one)) ?? null,
    slot: (_: unknown, identity: string) => ({ object: 'orders_reader', identity, level: 'admin' }),
  });
  return {
    written,
    calls,
    level: () => level,
    gain: (...more: string[]) => void rights.push(...more),
    fail: () => (away = true),
    unlist: () => (listing = false),
    byHand: (to: string | null) => (level = to),
    start: async (grant: GrantRecord, minutes = at) => {
      at = minutes;
      grants.set(grant.id, grant);
      await begin(world, grant, { before: [], room: null }, new Date(minute(at)));
      return grants.get(grant.id);
    },
    run: async (id: string, minutes: number) => {
      at = minutes;
      await convergeGrant(world, id);
      return grants.get(id);
    },
  };
}

const orders = policy.catalog['orders-db'];
if (!orders) throw new Error('the catalog has no orders-db');
const listed = { environment: 'production', role: 'read-only', because: 'on call' };
const withStanding = {
  ...policy,
  catalog: { 'orders-db': { ...orders, standing: [{ ...listed, subjects: ['alice'] }] } },
};

describe('invariant 15: access from before, on a target that does not show who gave it', () => {
  test('has to be explained by a person: nothing is started', async () => {
    const { start, written, calls, level } = story({ has: 'admin' });
    await expect(start(landed('one', 'pull', 4))).rejects.toMatchObject({
      lasting: true,
      message: expect.stringMatching(
        /alice_s already has admin \(ours\) on orders_reader.*list it under standing in the catalog.*or take it away/,
      ),
    });
    expect([written, calls, level()]).toEqual([[], [], 'admin']);
  });

  test('is kept if the catalog lists it', async () => {
    const { start, run, level } = story({ has: 'admin', standing: true });
    expect(await start(landed('one', 'pull', 4))).toMatchObject({
      state: 'active',
      baseline: [direct('admin')],
    });
    expect(await run('one', 300)).toMatchObject({ state: 'expired' });
    expect(level()).toBe('admin');
  });

  test.each([
    ['is not given back at the end', null, null],
    ['is kept at what others left of it', 'push', 'push'],
  ])('that was taken away meanwhile %s', async (_, left, after) => {
    const { start, run, byHand, unlist, level } = story({ has: 'admin', standing: true });
    await start(landed('one', 'pull', 4));
    byHand(left);
    unlist();
    expect(await run('one', 300)).toMatchObject({ state: 'expired' });
    expect(level()).toBe(after);
  });

  test('that was taken away meanwhile is not revived by an overlapping grant, or at any end', async () => {
    const { start, run, byHand, unlist, level, written, calls } = story({
      has: 'admin',
      standing: true,
    });
    await start(landed('one', 'pull', 8));
    byHand(null);
    unlist();
    expect(await start(landed('two', 'push', 4), 10)).toMatchObject({ baseline: [] });
    expect(level()).toBe('push');
    expect(written).toContainEqual(
      expect.objectContaining({
        kind: 'drift.seen',
        grant: 'one',
        body: expect.objectContaining({
          baseline: [],
          drift: [
            'somebody took away the access that was there before (admin (ours); now nothing): Daypass does not give it again',
          ],
        }),
      }),
    );
    expect(await run('two', 300)).toMatchObject({ state: 'expired' });
    expect(level()).toBe('pull');
    expect(await run('one', 500)).toMatchObject({ state: 'expired' });
    expect([level(), calls]).toEqual([null, ['push', 'pull', null]]);
  });
});

describe('invariant 14: an end', () => {
  const GRANTED = ['SELECT on table public.orders to alice, given by boss'];

  test('reports by name what the identity gained meanwhile, and what is still there', async () => {
    const { start, run, written, gain } = story({ has: 'push', standing: true });
    gain('owns table public.old');
    expect(await start(landed('one', 'push', 4))).toMatchObject({
      rights: ['owns table public.old'],
    });
    gain(...GRANTED);
    expect(await run('one', 300)).toMatchObject({
      state: 'expired',
      left: [direct('push')],
      drift: [`gained meanwhile: ${GRANTED.join()}`],
    });
    expect(written.at(-1)).toMatchObject({
      kind: 'grant.expired',
      body: { observed: [direct('push')], gained: GRANTED },
    });
  });

  test('invariant 16: does not wait if that cannot be compared, and says so', async () => {
    const { start, run, fail } = story();
    await start(landed('one', 'push', 4));
    fail();
    expect(await run('one', 300)).toMatchObject({
      state: 'expired',
      drift: ['gained meanwhile: what could not be read: the target is away'],
    });
  });

  test('invariant 21: has nothing to compare if its intent is from before rights were read', async () => {
    const { start, run, gain } = story();
    const one = await start(landed('one', 'push', 4));
    if (one) Object.assign(one, { rights: null });
    gain(...GRANTED);
    expect(await run('one', 300)).toMatchObject({ state: 'expired', drift: [] });
  });
});

describe('invariant 15: part of a live grant that others took away', () => {
  test('is not given again at the end of another', async () => {
    const { start, run, byHand, level, calls } = story();
    await start(landed('one', 'pull', 8));
    await start(landed('two', 'push', 4));
    byHand(null);
    expect(await run('two', 300)).toMatchObject({ state: 'expired' });
    expect([level(), calls]).toEqual([null, ['pull', 'push']]);
  });
});

describe('invariant 15: access that Daypass itself gave, if the target shows that', () => {
  test('is not baseline: it is recorded with the intent, and goes at the end', async () => {
    const { start, run, written, level } = story({ has: 'push', tells_ours: true });
    expect(await start(landed('one', 'push', 4))).toMatchObject({ baseline: [] });
    expect(written).toMatchObject([
      { kind: 'grant.activating', body: { baseline: [], leftovers: [direct('push')] } },
      { kind: 'grant.activated' },
    ]);
    expect(await run('one', 300)).toMatchObject({ state: 'expired' });
    expect(level()).toBeNull();
  });

  test('is not baseline in an intent of an older version either', async () => {
    const { start, run, level, byHand } = story({ tells_ours: true });
    const one = await start(landed('one', 'pull', 4));
    if (one) Object.assign(one, { baseline: [direct('admin')] });
    byHand('admin');
    expect(await run('one', 300)).toMatchObject({ state: 'expired' });
    expect(level()).toBeNull();
  });
});
