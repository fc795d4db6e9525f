import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { plan } from '../../src/core/ledger/plan.js';
import { TargetFault } from '../../src/ports.js';
import type { Connection, Provider, Slot } from '../../src/ports.js';

/** A real target with everything that the contract needs. */
export interface ContractTarget {
  connect(): Promise<Connection>;
  /** Slots of the same object for two people who have nothing yet. */
  readonly slots: readonly [Slot, Slot];
  readonly level: string;
  /** A slot whose identity the target does not know. */
  readonly stranger: Slot;
  /** Somebody else gives (or takes) the same access directly. */
  giveStanding(slot: Slot): Promise<void>;
  takeStanding(slot: Slot): Promise<void>;
  /** True if others' access can be told apart from ours, and both can exist at once. */
  readonly tellsOursApart: boolean;
  /** True if the target does not say who gave what: then everything that is direct counts as ours. */
  readonly directIsOurs?: boolean;
  close(): Promise<void>;
}

const CALL = { deadline_ms: 5000, keep_sessions: false };

/** The contract of every provider; a new one calls this with its own target. */
export function providerContract(
  name: string,
  provider: Provider,
  start: () => Promise<ContractTarget>,
): void {
  describe(`provider contract: ${name}`, () => {
    let target: ContractTarget;
    let connection: Connection;
    beforeAll(async () => {
      target = await start();
      connection = await target.connect();
    }, 60_000);
    afterAll(async () => {
      await connection.close();
      await target.close();
    }, 30_000);
    const look = async (slot: Slot) => (await connection.observe([slot]))[0];

    test('joins no levels to none, and the same levels in any order to the same level', () => {
      expect(provider.join([])).toBeNull();
      expect(provider.join([target.level])).toBe(target.level);
      expect(provider.join([target.level, target.level])).toBe(target.level);
    });

    test('invariant 14: says who the target is, the same over several connections', async () => {
      const other = await target.connect();
      expect(await other.fingerprint()).toBe(await connection.fingerprint());
      await other.close();
    });

    test('gives a level, only to the named slot, and giving it twice is the same as once', async () => {
      const [first, second] = target.slots;
      expect(await look(first)).toEqual([]);
      await connection.set(first, target.level, CALL);
      await connection.set(first, target.level, CALL);
      expect(await connection.observe([second, first])).toEqual([
        [],
        [{ level: target.level, origin: 'ours' }],
      ]);
    });

    test('lists everything on the target', async () => {
      const [first] = target.slots;
      expect(await connection.list()).toContainEqual({
        slot: first,
        holdings: [{ level: target.level, origin: 'ours' }],
      });
    });

    test('takes it away, and taking it twice is the same as once', async () => {
      const [first] = target.slots;
      await connection.set(first, null, CALL);
      await connection.set(first, null, CALL);
      expect(await look(first)).toEqual([]);
    });

    test('invariant 15: an end gives nothing that is not there any more', async () => {
      const [first] = target.slots;
      await connection.set(first, target.level, { ...CALL, takes_only: true });
      expect(await look(first)).toEqual([]);
    });

    test('invariant 15: leaves what somebody else gave', async () => {
      const [, second] = target.slots;
      await target.giveStanding(second);
      if (target.directIsOurs) {
        // What was there before is only kept by the baseline, so the plan asks for it at the end.
        const baseline = (await look(second)) ?? [];
        expect(baseline).toEqual([{ level: target.level, origin: 'ours' }]);
        const end = plan(provider.join, { live: [], standing: [] }, baseline, baseline);
        if (end.end) await connection.set(second, end.end.level, CALL);
        expect(await look(second)).toEqual(baseline);
        await target.takeStanding(second);
        expect(await look(second)).toEqual([]);
        return;
      }
      await connection.set(second, target.level, CALL);
      const both = await look(second);
      expect(both).toContainEqual({ level: target.level, origin: 'standing' });
      expect(both?.some((holding) => holding.origin === 'ours')).toBe(target.tellsOursApart);
      await connection.set(second, null, CALL);
      expect(await look(second)).toEqual([{ level: target.level, origin: 'standing' }]);
      await target.takeStanding(second);
      expect(await look(second)).toEqual([]);
    });

    test('an identity that does not exist has nothing and can be given nothing', async () => {
      expect(await look(target.stranger)).toEqual([]);
      const giving = connection.set(target.stranger, target.level, CALL);
      await expect(giving).rejects.toMatchObject({ name: 'TargetFault', lasting: true });
      await connection.set(target.stranger, null, CALL);
    });

    test('invariant 14: a closed connection proves nothing', async () => {
      const other = await target.connect();
      await other.close();
      await expect(other.observe([target.slots[0]])).rejects.toThrow(TargetFault);
    });
  });
}
