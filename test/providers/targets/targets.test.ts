import { describe, expect, jest, test } from '@jest/globals';
import { TargetFault } from '../../../src/ports.js';
import type { Connection, Guard, Provider } from '../../../src/ports.js';
import { createTargets } from '../../../src/providers/targets/targets.js';

/** Targets `orders` and `bills` of one provider, whose first connections fail where `away` says so. */
function world(away = 0) {
  const connected: string[] = [];
  const provider = {
    connect: async ({ url }: { url: string }) => {
      connected.push(url);
      if (connected.length <= away) throw new Error('away');
      return { fingerprint: async () => url } as unknown as Connection;
    },
  } as unknown as Provider;
  const urls = { orders: 'pg://orders', bills: 'pg://bills' };
  return { connected, targets: createTargets({ pg: provider }, urls, async () => []) };
}

describe('connections to targets', () => {
  test('are made once and shared; one that could not be made is tried again', async () => {
    const { connected, targets } = world(1);
    await expect(targets.connection('pg', 'orders')).rejects.toThrow('away');
    const [one, two] = await Promise.all([
      targets.connection('pg', 'orders'),
      targets.turn('pg', 'orders', async (to) => to),
    ]);
    expect(two).toBe(one);
    expect(connected).toEqual(['pg://orders', 'pg://orders']);
  });

  test.each([
    ['nothing', 'orders', 'there is no provider nothing'],
    ['pg', 'old-bills', 'TARGET_OLD_BILLS_URL'],
  ])('%s %s: a fault that needs a person', async (type, target, why) => {
    const { targets } = world();
    await expect(targets.turn(type, target, async () => 1)).rejects.toMatchObject({
      message: expect.stringContaining(why),
      lasting: true,
    });
  });

  test('invariant 16: a limited number of slots of one target are worked on at once, and no other target waits for them', async () => {
    const { targets } = world();
    const held: (() => void)[] = [];
    const hang = () => new Promise<void>((resolve) => held.push(resolve));
    const all = Array.from({ length: 100 }, () => targets.turn('pg', 'orders', hang));
    expect(await targets.turn('pg', 'bills', async () => 'done')).toBe('done');
    expect(held).toHaveLength(32);
    held[0]?.();
    await all[0];
    await new Promise((resolve) => setImmediate(resolve));
    expect(held).toHaveLength(33);
    for (let i = 1; i < 100; i += 1) {
      held[i]?.();
      await all[i];
    }
  });

  test('invariant 16: resources without targets share one line, so that they take no more places than one target', async () => {
    const connect = jest.fn<Provider['connect']>(async () => ({}) as Connection);
    const provider = { targetless: true, connect } as unknown as Provider;
    const guard = {} as Guard;
    const targets = createTargets({ guarded: provider }, {}, async () => [], { guard });
    const held: (() => void)[] = [];
    const hang = () => new Promise<void>((resolve) => held.push(resolve));
    const all = Array.from({ length: 40 }, (_, i) => targets.turn('guarded', `host-${i}`, hang));
    await targets.connection('guarded', 'another');
    await new Promise((resolve) => setImmediate(resolve));
    expect(held).toHaveLength(32);
    expect(connect).toHaveBeenCalledTimes(1);
    expect(connect).toHaveBeenCalledWith({ url: '', forbidden: [], guard });
    for (let i = 0; i < 40; i += 1) {
      held[i]?.();
      await all[i];
    }
  });

  test('invariant 16: a few more may wait; if the line is full, callers stay away until a place is free', async () => {
    const { targets } = world();
    const held: (() => void)[] = [];
    const hang = () => new Promise<void>((resolve) => held.push(resolve));
    const all: Promise<void>[] = [];
    while (targets.full('pg', 'orders') === 0) all.push(targets.turn('pg', 'orders', hang));
    expect(all).toHaveLength(64);
    expect(targets.full('pg', 'bills')).toBe(0);
    // They do not all come back at the same moment, and none stays away for long.
    const away = Array.from({ length: 4_000 }, () => targets.full('pg', 'orders'));
    expect(away[0]).toBeGreaterThanOrEqual(300);
    expect(away[1_000]).toBeGreaterThan(1_000);
    expect(Math.max(...away)).toBeLessThanOrEqual(15_000);
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 64; i += 1) {
      held[i]?.();
      await all[i];
      // How many may wait depends on how long the work took.
      if (i === 31) expect(targets.full('pg', 'orders')).toBe(0);
    }
  });

  test('invariant 16: a target that is down is not asked by each slot; other targets are, and so is one where a single slot failed', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const { targets } = world();
    const asked: string[] = [];
    const failing = (target: string, fault: Error) =>
      targets
        .turn('pg', target, async () => {
          asked.push(target);
          throw fault;
        })
        .catch((error: unknown) => error);
    const away = new TargetFault('could not be reached', false, { away: true });
    const refused = new TargetFault('permission denied', true);
    expect(await failing('bills', refused)).toBe(refused);
    expect(await failing('orders', away)).toBe(away);
    expect(await failing('orders', refused)).toBe(away);
    expect(await failing('bills', refused)).toBe(refused);
    expect(asked).toEqual(['bills', 'orders', 'bills']);
    jest.advanceTimersByTime(2_000);
    expect(await targets.turn('pg', 'orders', async () => 'there')).toBe('there');
    jest.useRealTimers();
  });
});
