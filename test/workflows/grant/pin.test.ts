import { describe, expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import { fold } from '../../../src/core/ledger/fold.js';
import type { GrantRecord, Holding } from '../../../src/core/grant/record.js';
import type { Slot } from '../../../src/ports.js';
import { begin } from '../../../src/workflows/grant/activate.js';
import { convergeGrant } from '../../../src/workflows/grant/converge.js';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import { policy } from '../../support/core/comparing.js';
import { GRANT, minute, record, told, window } from '../../../lab/acme/story.js';
import { worldOf } from '../world.js';

const OURS: readonly Holding[] = [{ level: 'member', origin: 'ours' }];

/** A grant with its ledger, and a target whose names can be given to something else. */
function story(start: GrantRecord, others: readonly GrantRecord[] = []) {
  let grant = start;
  let at = 1;
  let stands: string | null = '10/20';
  let level: string | null = null;
  const asked: { what: string; slot: Slot }[] = [];
  const levels: (string | null)[] = [];
  const written: NewEntry[] = [];
  const connection = {
    fingerprint: async () => 'pg:1/orders',
    pin: async (slot: Slot) => {
      asked.push({ what: 'pin', slot });
      return stands;
    },
    observe: async ([slot]: readonly [Slot]) => {
      asked.push({ what: 'observe', slot });
      return [level === null ? [] : OURS];
    },
    set: async (slot: Slot, to: string | null) => {
      asked.push({ what: 'set', slot });
      levels.push(to);
      level = to;
    },
  };
  const world = worldOf(connection, {
    clock: { now: async () => new Date(minute(at)) },
    ledger: {
      state: async () => ({ started: null, policy: null, stopped: null, last_step: null }),
      grant: async () => grant,
      grants: async () => [grant, ...others],
      scheduledFor: async () => [],
      onSlot: async ({ object }: { object: string }) =>
        [grant, ...others].filter((g) => g.entitled?.slot.object === object),
      append: async (now: Date, entries: readonly NewEntry[]) => {
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
    world,
    asked,
    written,
    levels,
    begin: () => begin(world, grant, { before: [], room: null }, new Date(minute(at))),
    run: (minutes: number) => {
      at = minutes;
      return convergeGrant(world, GRANT);
    },
    stand: (pin: string | null) => (stands = pin),
    hold: () => (level = 'member'),
  };
}

/** A live grant of the same subject with what its names stood for. */
function live(pin: string | null, object = 'orders_reader'): GrantRecord {
  const of = record(told.approved(), told.activating(1, window(1, 600)), told.activated(1));
  if (!of.entitled) throw new Error('the story has no slot');
  const entitled = { ...of.entitled, slot: { ...of.entitled.slot, object } };
  return { ...of, id: `other@${String(pin)}`, pin, entitled };
}

const active = (pin: string) => ({
  ...record(told.approved(), told.activating(1, window(1, 31)), told.activated(1)),
  pin,
});

describe('what the names of a slot stand for', () => {
  test('invariant 14: is read once, frozen in the intent, and observed and set until the end', async () => {
    const { asked, written, levels, begin, run, stand } = story(record(told.approved()));
    await begin();
    // One turn: the call goes by what the intent was written on.
    expect(asked.map(({ what }) => what)).toEqual(['pin', 'observe', 'set', 'observe']);
    expect(written[0]).toMatchObject({ kind: 'grant.activating', body: { pin: '10/20' } });
    stand('30/20');
    await run(300);
    expect(levels).toEqual(['member', null]);
    expect(written.map(({ kind }) => kind)).toEqual([
      'grant.activating',
      'grant.activated',
      'grant.expired',
    ]);
    const [, ...after] = asked;
    expect(new Set(after.map(({ slot }) => slot.pin))).toEqual(new Set(['10/20']));
    expect(after.filter(({ what }) => what === 'pin')).toEqual([]);
  });

  test('invariant 16: a name that does not exist gets no intent', async () => {
    const { written, begin, stand } = story(record(told.approved()));
    stand(null);
    await expect(begin()).rejects.toMatchObject({
      message: 'orders_reader or alice_s does not exist at orders',
      lasting: true,
    });
    expect(written).toEqual([]);
  });

  test('invariant 14: an intent from before there were pins goes by its names', async () => {
    const before = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
    expect(before.pin).toBeNull();
    const { asked, levels, run } = story(before);
    await run(31);
    expect(levels).toEqual([null]);
    expect(new Set(asked.map(({ what, slot }) => `${what} ${String(slot.pin)}`))).toEqual(
      new Set(['observe null', 'set null']),
    );
  });
});

describe('invariant 15: another grant', () => {
  test.each([
    ['on the same thing keeps it', live('10/20'), 'member'],
    ['on the same thing keeps it, whatever it was called', live('10/20', 'orders_ro'), 'member'],
    ['of before there were pins keeps what has its names', live(null), 'member'],
    ['on what has the names now keeps nothing', live('30/20'), null],
    ['on something else of other names keeps nothing', live('40/20', 'bills'), null],
  ])('%s', async (_, other, left) => {
    const { levels, written, run, hold } = story(active('10/20'), [other]);
    hold();
    await run(31);
    expect(levels).toEqual([left]);
    expect(written).toMatchObject([{ kind: 'grant.expired' }]);
  });

  test('on a slot that was renamed passes on its baseline, so that its access is not kept as from before', async () => {
    const { written, begin, hold } = story(record(told.approved()), [live('10/20', 'orders_ro')]);
    hold();
    await begin();
    expect(written[0]).toMatchObject({ kind: 'grant.activating', body: { baseline: [] } });
  });

  test.each([
    ['keeps what its names stand for', '10/20', 'member'],
    ['keeps nothing of what had its names', '30/20', null],
  ])('access that is listed as standing %s', async (_, stands, left) => {
    const { world, levels, run, stand, hold } = story(active('10/20'));
    const orders = policy.catalog['orders-db'];
    if (!orders) throw new Error('the catalog has no orders-db');
    const standing = [
      { environment: 'production', role: 'read-only', subjects: ['alice'], because: 'on call' },
    ];
    const data = { ...policy, catalog: { 'orders-db': { ...orders, standing } } };
    Object.assign(world, {
      policy: { read: () => ({ ok: true, value: data }) },
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
    stand(stands);
    hold();
    await run(31);
    expect(levels).toEqual([left]);
  });
});
