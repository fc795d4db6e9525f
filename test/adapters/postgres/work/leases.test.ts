import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type pg from 'pg';
import { createClock, createTestClock } from '../../../../src/adapters/postgres/clock.js';
import { createLeases } from '../../../../src/adapters/postgres/work/leases.js';
import type { Lease, Leases } from '../../../../src/ports.js';
import { startClockInFile } from '../../../../lab/github/clock.js';
import { ledgerDatabase, poolOf, type Urls } from '../released.js';

let urls: Urls;
let owner: pg.Pool;
let leases: Leases;
let others: Leases;
beforeAll(async () => {
  urls = await ledgerDatabase();
  owner = poolOf(urls.owner, 1);
  leases = createLeases(poolOf(urls.worker));
  others = createLeases(poolOf(urls.worker));
});

describe('invariant 18: a lease on a slot', () => {
  const acquire = async (slot: string, ms: number): Promise<Lease> => {
    const lease = await leases.acquire(slot, 'me', ms);
    if (!lease) throw new Error('the slot is held');
    return lease;
  };
  /** Makes this much of a lease's time pass in the database. */
  const passes = (slot: string, ms: number) =>
    owner.query(
      `UPDATE daypass.leases SET deadline = deadline - $2 * interval '1 millisecond' WHERE slot = $1`,
      [slot, ms],
    );

  test('belongs to one owner until it is released, and each has a higher epoch', async () => {
    const slot = randomUUID();
    const mine = await acquire(slot, 60_000);
    expect(await others.acquire(slot, 'you', 60_000)).toBeNull();
    expect(await leases.acquire(slot, 'me', 60_000)).toBeNull();
    await mine.release();
    expect(mine.remaining()).toBe(0);
    const yours = await others.acquire(slot, 'you', 60_000);
    expect([mine.epoch, yours?.epoch]).toEqual([1, 2]);
  });

  test.each([`'infinity'`, `clock_timestamp() + interval '1 day'`])(
    'invariant 17: a row that says %s belongs to nobody, because no worker takes a slot for so long',
    async (deadline) => {
      const slot = randomUUID();
      await acquire(slot, 600_000);
      expect(await others.acquire(slot, 'you', 60_000)).toBeNull();
      await owner.query(`UPDATE daypass.leases SET deadline = ${deadline} WHERE slot = $1`, [slot]);
      expect((await others.acquire(slot, 'you', 60_000))?.epoch).toBe(2);
    },
  );

  test('runs out by the database’s clock, and then cannot be renewed', async () => {
    const slot = randomUUID();
    const mine = await acquire(slot, 60_000);
    await passes(slot, 60_000);
    expect(await mine.renew(60_000)).toBe(false);
    expect(mine.remaining()).toBe(0);
    expect(await others.acquire(slot, 'you', 60_000)).toMatchObject({ epoch: 2 });
    expect(await mine.renew(60_000)).toBe(false);
    await mine.release();
    expect(await leases.acquire(slot, 'me', 60_000)).toBeNull();
  });

  test('counts as over a little before it is over in the database', async () => {
    const short = await acquire(randomUUID(), 100);
    await sleep(150);
    expect(short.remaining()).toBe(0);
    const long = await acquire(randomUUID(), 60_000);
    // The difference is at least the drift of the clocks, whatever time the question took.
    expect(long.remaining()).toBeLessThan(60_000 * 0.99);
  });

  test('lasts from when it is renewed', async () => {
    const slot = randomUUID();
    const mine = await acquire(slot, 60_000);
    await passes(slot, 45_000);
    const before = mine.remaining();
    expect(await mine.renew(90_000)).toBe(true);
    expect(mine.remaining()).toBeGreaterThan(before);
    await passes(slot, 45_000);
    expect(await others.acquire(slot, 'you', 60_000)).toBeNull();
  });

  test('goes to one of many who ask at once', async () => {
    const slot = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? leases : others).acquire(slot, `${i}`, 60_000)),
    );
    expect(answers.filter((lease) => lease !== null)).toHaveLength(1);
  });
});

test('invariant 18: asked for in one call with others, each gets the lease of their own slot, and releases that', async () => {
  const slots = ['b', 'a', 'c'].map((name) => `${name}-${randomUUID()}`);
  const [b = '', , c = ''] = slots;
  const held = await others.acquire(c, 'you', 60_000);
  const all = await Promise.all(
    [...slots, ...slots].map((slot) => leases.acquire(slot, 'me', 60_000)),
  );
  expect(all.map((lease) => lease?.epoch ?? null)).toEqual([1, 1, null, null, null, null]);
  await Promise.all([all[0]?.release(), all[1]?.release(), held?.release()]);
  const again = await Promise.all(slots.map((slot) => others.acquire(slot, 'you', 60_000)));
  expect(again.map((lease) => lease?.epoch)).toEqual([2, 2, 2]);
  // A lease that was lost releases nothing.
  await all[0]?.release();
  expect(await leases.acquire(b, 'me', 60_000)).toBeNull();
});

describe('invariant 13: a clock', () => {
  test('is the database’s clock', async () => {
    const clock = createClock(poolOf(urls.worker));
    const [first, second] = [await clock.now(), await clock.now()];
    expect(second.getTime()).toBeGreaterThanOrEqual(first.getTime());
    expect(Math.abs(first.getTime() - Date.now())).toBeLessThan(60_000);
  });

  const served = async (answer: string, status = 200): Promise<Date> => {
    const server = createServer((_, response) => response.writeHead(status).end(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      return await createTestClock(`http://127.0.0.1:${port}/`).now();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  test('of a test is the answer of its URL', async () => {
    expect(await served('2026-11-24T17:00:00.5+01:00\n')).toEqual(
      new Date('2026-11-24T16:00:00.5Z'),
    );
  });

  test.each([
    ['2026-11-24T17:00:00', 200],
    ['2026-13-24T17:00:00Z', 200],
    ['tomorrow', 200],
    ['', 200],
    ['2026-11-24T17:00:00Z', 500],
  ])('of a test that answers "%s" with %i is an error', async (answer, status) => {
    await expect(served(answer, status)).rejects.toThrow('not a timestamp');
  });

  describe('of a test in a file', () => {
    let folder: string;
    let file: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'daypass-clock-'));
      file = join(folder, 'a clock');
    });
    afterAll(() => rm(folder, { recursive: true }));
    const now = async () => (await createTestClock(pathToFileURL(file).href).now()).getTime();

    test('has the time of the stand-in whenever that was moved, and ticks unless it stands still', async () => {
      const clock = startClockInFile(file);
      const noon = Date.parse('2030-01-02T12:00:00Z');
      clock.set(new Date(noon));
      const [first, between, second] = [await now(), clock.now().getTime(), await now()];
      expect(first).toBeGreaterThanOrEqual(noon);
      expect(between).toBeGreaterThanOrEqual(first);
      expect(second).toBeGreaterThanOrEqual(between);
      await sleep(5);
      expect(await now()).toBeGreaterThan(second);
      clock.set(new Date(noon), true);
      clock.advance(3_600_000);
      expect([await now(), await now()]).toEqual([noon + 3_600_000, noon + 3_600_000]);
    });

    test.each(['', 'tomorrow', '2026-11-24T17:00:00Z soon', '2026-13-24T17:00:00Z 0'])(
      'that says "%s", or is not there, is an error',
      async (text) => {
        await writeFile(file, text);
        await expect(now()).rejects.toThrow('not a timestamp');
        await rm(file);
        await expect(now()).rejects.toThrow('ENOENT');
      },
    );
  });
});
