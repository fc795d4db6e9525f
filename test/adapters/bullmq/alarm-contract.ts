import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAlarm, type AlarmOptions } from '../../../src/adapters/bullmq/alarm.js';
import type { Alarm } from '../../../src/ports.js';
import { until } from '../../../lab/until.js';

/** The datastore that bells ring on, with what the tests can do to it. */
export interface Place {
  /** Its URL. */
  options(): Omit<AlarmOptions, 'onError'>;
  /** A URL where nothing answers. */
  nowhere(): Omit<AlarmOptions, 'onError'>;
  /** Cuts every connection that bells have; they may connect again at once. */
  cut(): Promise<void>;
  /** Deletes everything that the queue holds. */
  lose(): Promise<void>;
  /** How many connections bells have. */
  connections(): Promise<number>;
}

/** The contract of every datastore of bells. */
export function alarmContract(place: Place): void {
  const open: Alarm[] = [];
  const errors: Error[] = [];
  const alarm = (options = place.options()): Alarm => {
    const made = createAlarm({ ...options, onError: (error) => errors.push(error) });
    open.push(made);
    return made;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    errors.length = 0;
    await place.lose();
  });

  /** Counts the bells that an alarm hears, and waits for them. */
  async function hearing(on: Alarm) {
    const rang: number[] = [];
    await on.listen(() => rang.push(Date.now()));
    const heard = async (count: number, within_ms = 15_000) => {
      for (const end = Date.now() + within_ms; rang.length < count && Date.now() < end;) {
        await sleep(10);
      }
      return rang.length;
    };
    return { rang, heard };
  }

  const soon = (ms: number) => new Date(Math.ceil((Date.now() + ms) / 1000) * 1000);

  describe('a bell', () => {
    test('rings at its second, not before, once for all workers', async () => {
      const [one, other] = [await hearing(alarm()), await hearing(alarm())];
      const due = soon(1_000);
      const ringer = alarm();
      await Promise.all([ringer.ring(due, new Date()), alarm().ring(due, new Date())]);
      await ringer.ring(new Date(due.getTime() - 400), new Date());
      await until('the bell', async () => one.rang.length + other.rang.length > 0);
      expect([...one.rang, ...other.rang][0]).toBeGreaterThanOrEqual(due.getTime() - 20);
      await sleep(700);
      expect(one.rang.length + other.rang.length).toBe(1);
    });

    test('that is due already rings at once, and again if it is set again', async () => {
      const { heard } = await hearing(alarm());
      const ringer = alarm();
      const past = new Date(Date.now() - 60_000);
      await ringer.ring(past, new Date());
      expect(await heard(1)).toBe(1);
      await sleep(200);
      await ringer.ring(past, new Date());
      expect(await heard(2)).toBe(2);
    });

    test('rings by the clock that it was set with, even after that was moved', async () => {
      const { heard } = await hearing(alarm());
      const ringer = alarm();
      const due = new Date('2026-11-24T21:00:00Z');
      await ringer.ring(due, new Date('2026-11-24T17:00:00Z'));
      await ringer.ring(due, new Date('2026-11-24T20:59:59.500Z'));
      expect(await heard(1)).toBe(1);
    });

    test('that was set before anybody listened is heard', async () => {
      await alarm().ring(soon(0), new Date());
      expect(await (await hearing(alarm())).heard(1)).toBe(1);
    });
  });

  describe('a queue in trouble', () => {
    test('invariant 17: it loses everything that it holds, and the next bell rings', async () => {
      const { heard } = await hearing(alarm());
      const ringer = alarm();
      await ringer.ring(soon(60_000), new Date());
      await place.lose();
      await ringer.ring(soon(500), new Date());
      expect(await heard(1)).toBe(1);
    });

    test('it cuts its connections, and is connected to again', async () => {
      const { heard } = await hearing(alarm());
      const ringer = alarm();
      await ringer.ring(soon(2_000), new Date());
      await place.cut();
      expect(await heard(1)).toBe(1);
      await ringer.ring(soon(500), new Date()).catch(() => ringer.ring(soon(500), new Date()));
      expect(await heard(2)).toBe(2);
    });

    test('it is down: nothing hangs or ends because of that; ring fails in time, and listen continues', async () => {
      const away = alarm(place.nowhere());
      const began = Date.now();
      await away.listen(() => undefined);
      await expect(away.ring(soon(0), new Date())).rejects.toThrow();
      await expect(away.ring(soon(0), new Date())).rejects.toThrow();
      await away.close();
      expect(Date.now() - began).toBeLessThan(12_000);
      expect(errors).not.toHaveLength(0);
    });
  });

  test('close leaves no connection, and a closed alarm does not ring any more', async () => {
    const closed = alarm();
    await hearing(closed);
    await closed.ring(soon(60_000), new Date());
    expect(await place.connections()).toBeGreaterThan(0);
    await closed.close();
    for (let i = 0; i < 100 && (await place.connections()) > 0; i++) await sleep(50);
    expect(await place.connections()).toBe(0);
    await expect(closed.ring(soon(0), new Date())).rejects.toThrow('closed');
  });
}
