import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { storeDelivery } from '../../../../src/adapters/postgres/work/deliveries.js';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { listen } from '../../../../src/adapters/postgres/work/listen.js';
import { createPool } from '../../../../src/clients/postgres.js';
import { createWork } from '../../../../src/adapters/postgres/work/work.js';
import type { Delivery } from '../../../../src/core/work/delivery.js';
import type { Work } from '../../../../src/ports.js';
import { at, started } from '../entries.js';
import { asSuperuser, ledgerDatabase, poolOf, type Urls } from '../released.js';

let urls: Urls;
let pool: pg.Pool;
let web: pg.Pool;
let work: Work;
beforeEach(async () => {
  urls = await ledgerDatabase();
  // Ended after each test, because the role's connections are limited.
  web = createPool({
    url: urls.web,
    application: 'daypass test',
    max: 4,
    statement_timeout_ms: 60_000,
    onError: () => undefined,
  });
  pool = poolOf(urls.worker);
  work = createWork(pool);
});
afterEach(() => web.end());
const HOLD = 60_000;
const NOTHING = { sorted: 0, collapsed: 0, woken: 0 };

describe('deliveries', () => {
  let id = 0;
  const store = (event: string, rest: Partial<Delivery> = {}) =>
    storeDelivery(web, {
      id: `guid-${id++}`,
      event,
      action: null,
      installation_id: 77,
      repository_id: 9,
      pull_request: null,
      ref: null,
      ...rest,
    });

  test.each<[string, Partial<Delivery>, string[]]>([
    ['push', { ref: 'refs/heads/main' }, ['pulls', 'tip']],
    ['pull_request', { action: 'synchronize', pull_request: 7 }, ['pull:7']],
    ['pull_request', { action: 'closed', pull_request: 7 }, ['pull:7', 'tip']],
    ['pull_request_review', { action: 'submitted', pull_request: 7 }, ['pull:7']],
    ['check_run', { action: 'rerequested', pull_request: 7 }, ['pull:7']],
    ['check_run', { action: 'rerequested' }, ['pulls:all']],
    ['check_run', { action: 'completed', pull_request: 7 }, []],
    ['check_suite', { action: 'rerequested', pull_request: 7 }, ['pull:7']],
    ['check_suite', { action: 'requested' }, []],
    ['pull_request', { action: 'review_requested', pull_request: 7 }, []],
    ['pull_request', { action: 'unlabeled', pull_request: 7 }, []],
    ['membership', { action: 'added' }, ['people', 'pulls:all']],
    ['organization', { action: 'member_removed' }, ['people']],
    ['installation', { action: 'created' }, ['tip']],
    ['star', { action: 'created' }, []],
  ])('%s %o wakes %o', async (event, rest, expected) => {
    await createLedger(pool).keepListed([7]);
    await store(event, rest);
    const woken = expected.length;
    expect(await work.sortDeliveries(at(0))).toEqual({ sorted: 1, collapsed: 0, woken });
    const taken = [
      ...(await work.take(at(0), 'me', 'others', 10, HOLD)),
      ...(await work.take(at(0), 'me', 'tip', 10, HOLD)),
    ];
    expect(taken.map(({ topic }) => topic).sort()).toEqual(expected);
    expect(await work.sortDeliveries(at(0))).toEqual(NOTHING);
  });

  test.each(['check_run', 'check_suite'])(
    'a check that is requested again (%s) is marked as not shown, and nothing else is forgotten',
    async (event) => {
      const ledger = createLedger(pool);
      await ledger.show(7, { check: 'seven', seen: 's', requested: 'r' });
      await ledger.show(8, { check: 'eight' });
      await store(event, { action: 'completed', pull_request: 7 });
      // GitHub names no pull request in events from a fork.
      await store(event, { action: 'rerequested' });
      await work.sortDeliveries(at(0));
      expect(await ledger.shown(7)).toMatchObject({ check: 'seven' });
      await store(event, { action: 'rerequested', pull_request: 7 });
      await store(event, { action: 'rerequested', pull_request: 2 ** 50 });
      await work.sortDeliveries(at(0));
      expect(await ledger.shown(7)).toMatchObject({ check: null, seen: 's', requested: 'r' });
      expect(await ledger.shown(8)).toMatchObject({ check: 'eight' });
      // One that touches neither folder is found in the list again.
      await ledger.show(7, { touches_nothing: true });
      await store(event, { action: 'rerequested', pull_request: 7 });
      await work.sortDeliveries(at(0));
      expect(await ledger.shown(7)).toMatchObject({ seen: null, requested: 'r' });
    },
  );

  test('a delivery that comes again adds no row, and wakes nobody twice', async () => {
    const once = () => store('push', { id: 'once' });
    await once();
    await Promise.all([once(), once()]);
    expect(await work.sortDeliveries(at(0))).toMatchObject({ sorted: 1, collapsed: 0 });
    await once();
    expect(await work.sortDeliveries(at(0))).toEqual(NOTHING);
  });

  test('a delivery is deleted 30 days after it was handled, two thousand at once, and no others are', async () => {
    const days = (n: number) => at(n * 24 * 60);
    const stored = async () => {
      const { rows } = await pool.query<{ id: string }>(
        'SELECT delivery_id AS id FROM daypass.deliveries ORDER BY delivery_id',
      );
      return rows.map((row) => row.id);
    };
    await asSuperuser(
      urls.superuser,
      `INSERT INTO daypass.deliveries (delivery_id, event, handled_at)
       SELECT 'old-' || n, 'star', '2020-01-01T00:00:00Z' FROM generate_series(1, 2001) n`,
    );
    await store('star', { id: 'a' });
    await work.sortDeliveries(days(0));
    expect(await stored()).toHaveLength(2);
    await store('star', { id: 'b' });
    await work.sortDeliveries(days(30));
    expect(await stored()).toEqual(['a', 'b']);
    await store('star', { id: 'c' });
    await work.sortDeliveries(days(30.1));
    expect(await stored()).toEqual(['b', 'c']);
    // A delivery that was not handled is never old.
    await pool.query('UPDATE daypass.deliveries SET handled_at = NULL');
    await work.sortDeliveries(days(300));
    expect(await stored()).toEqual(['b', 'c']);
  });

  test('invariant 25: a number beyond any pull request is a wake-up and nothing more', async () => {
    await store('pull_request', { pull_request: 2 ** 50 });
    expect(await work.sortDeliveries(at(0))).toEqual({ sorted: 1, collapsed: 0, woken: 1 });
    expect(await topics()).toEqual(['pulls']);
    await expect(store('pull_request', { pull_request: -1 })).rejects.toThrow();
  });

  test('invariant 25: 300 made-up numbers wake one look at the list, and pushes elsewhere none at the tip', async () => {
    const ledger = createLedger(pool);
    await ledger.append(at(0), [started('c0')]);
    await ledger.keepListed([7, 8]);
    await ledger.show(8, { touches_nothing: true });
    await flood(300);
    for (const ref of ['refs/heads/mine', 'refs/tags/main']) await store('push', { ref });
    expect(await work.sortDeliveries(at(0))).toEqual({ sorted: 302, collapsed: 0, woken: 2 });
    // Of the numbers only the 7 is worth a look by itself: the 8 touches neither folder, so it is in the list's look.
    expect(await topics()).toEqual(['pull:7', 'pulls']);
    await store('push', { ref: 'refs/heads/main' });
    await work.sortDeliveries(at(0));
    expect(await topics()).toEqual(['pull:7', 'pulls', 'tip']);
  });

  /** As many as web may leave, by the role that leaves them: all about pull requests that nobody has opened. */
  const flood = (count: number) =>
    web.query(
      `INSERT INTO daypass.deliveries (delivery_id, event, action, pull_request)
       SELECT 'flood-' || n, 'pull_request', 'opened', n FROM generate_series(1, $1::int) n`,
      [count],
    );
  const topics = async () => {
    const { rows } = await pool.query<{ topic: string }>(
      'SELECT topic FROM daypass.work ORDER BY topic',
    );
    return rows.map(({ topic }) => topic);
  };
  const rows = async () => {
    const { rows } = await pool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM daypass.deliveries',
    );
    return rows[0]?.n ?? 0;
  };

  test('invariants 16, 25: a flood becomes one look at the tip and the open pull requests, in one batch, and leaves little', async () => {
    await flood(10_000);
    // Behind all of them, so that nobody would come to it for long.
    await pool.query(
      `UPDATE daypass.deliveries SET event = 'membership', pull_request = NULL
       WHERE delivery_id = 'flood-1'`,
    );
    expect(await work.deliveriesWaiting()).toBe(10_000);
    expect(await work.sortDeliveries(at(0))).toEqual({ sorted: 0, collapsed: 10_000, woken: 4 });
    expect(await topics()).toEqual(['people', 'pulls', 'pulls:all', 'tip']);
    expect([await work.deliveriesWaiting(), await rows()]).toEqual([0, 1_000]);
    expect(await work.sortDeliveries(at(0))).toEqual(NOTHING);
  });

  test('invariant 25: deliveries from before web had a limit are sorted in bounded batches, the tip with the first', async () => {
    await asSuperuser(
      urls.superuser,
      `ALTER TABLE daypass.deliveries DISABLE TRIGGER cap;
       INSERT INTO daypass.deliveries (delivery_id, event, action, pull_request)
       SELECT 'flood-' || n, 'pull_request', 'opened', n FROM generate_series(1, 30000) n`,
    );
    expect(await work.deliveriesWaiting()).toBe(10_001);
    expect(await work.sortDeliveries(at(0))).toEqual({ sorted: 0, collapsed: 11_000, woken: 2 });
    expect(await topics()).toEqual(['pulls', 'tip']);
    expect(await rows()).toBe(20_000);
  });

  test('invariant 25: deliveries that come a few at a time do not pile up jobs', async () => {
    const jobs = Array.from({ length: 1_000 }, (_, n) => `pull:${n + 1}` as const);
    await work.want(jobs.slice(1), at(0));
    await createLedger(pool).keepListed([5_000, 5_001, 5_002]);
    await store('pull_request', { action: 'opened', pull_request: 5_000 });
    expect(await work.sortDeliveries(at(0))).toMatchObject({ sorted: 1, collapsed: 0 });
    expect(await topics()).toContain('pull:5000');
    await store('pull_request', { action: 'opened', pull_request: 5_001 });
    await store('pull_request', { action: 'closed', pull_request: 5_002 });
    expect(await work.sortDeliveries(at(0))).toMatchObject({ sorted: 0, collapsed: 2 });
    const pulls = (await topics()).filter((topic) => topic.startsWith('pull:'));
    expect(pulls).toHaveLength(1_000);
    expect(await topics()).toEqual(expect.arrayContaining(['tip', 'pulls']));
  });

  test('invariant 25: no more than 20,000 that were handled are kept, the newest of them', async () => {
    await asSuperuser(
      urls.superuser,
      `INSERT INTO daypass.deliveries (delivery_id, event, handled_at)
       SELECT 'old-' || n, 'star', timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second'
       FROM generate_series(1, 22000) n`,
    );
    await store('star', { id: 'a' });
    await work.sortDeliveries(new Date('2026-01-02T00:00:00Z'));
    expect(await rows()).toBe(20_001);
    const { rows: kept } = await pool.query<{ id: string }>(
      'SELECT delivery_id AS id FROM daypass.deliveries ORDER BY handled_at',
    );
    expect([kept[0]?.id, kept.at(-1)?.id]).toEqual(['old-2001', 'a']);
  });

  test('invariants 16, 25: deliveries are just as durable if no notification can be sent', async () => {
    // As when a role that may only connect has filled the server's one queue of notifications.
    await asSuperuser(
      urls.superuser,
      'REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC',
    );
    await work.want(['tip'], at(0));
    const entries = [{ kind: 'source.differs', grant: null, pull_request: null, body }] as const;
    await createLedger(pool).append(at(0), entries, { want: ['pulls:all'] });
    expect(await topics()).toEqual(['pulls:all', 'tip']);
  });
  const body = { found: {}, why: 'a test' };

  test('a stored delivery wakes the listeners, without its content', async () => {
    const heard: unknown[][] = [];
    const listening = await hearing((...args: unknown[]) => heard.push(args));
    heard.length = 0;
    await store('push');
    await until(() => heard.length > 0);
    await listening.close();
  });

  test('invariant 17: a listener connects again after a cut, and looks then', async () => {
    let heard = 0;
    const listening = await hearing(() => heard++);
    heard = 0;
    await asSuperuser(
      urls.superuser,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'listener' AND datname = current_database()`,
    );
    await until(() => heard > 0);
    heard = 0;
    await work.want(['tip'], at(0));
    await until(() => heard > 0);
    await listening.close();
  });

  async function hearing(onNotify: () => void) {
    let ready = false;
    const listening = listen({
      url: urls.worker,
      application: 'listener',
      onNotify: () => {
        ready = true;
        onNotify();
      },
      onError: () => undefined,
    });
    await until(() => ready);
    return listening;
  }
});

test('listening to a database that is down throws nothing, and can be closed', async () => {
  const errors: Error[] = [];
  const url = new URL(urls.worker);
  url.port = '1';
  const listening = listen({
    url: url.href,
    application: 'listener',
    onNotify: () => undefined,
    onError: (error) => errors.push(error),
  });
  await until(() => errors.length > 1);
  await listening.close();
});

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i++) await sleep(10);
  expect(holds()).toBe(true);
}
