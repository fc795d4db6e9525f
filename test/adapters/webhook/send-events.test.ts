import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLeases } from '../../../src/adapters/postgres/work/leases.js';
import { createLedger } from '../../../src/adapters/postgres/ledger/ledger.js';
import { createOutbox } from '../../../src/adapters/postgres/ledger/outbox.js';
import { createReceiver } from '../../../src/adapters/webhook/receiver.js';
import type { Ledger, Outbox } from '../../../src/ports.js';
import {
  oldestUntold,
  sendEvents,
  type EventsOut,
} from '../../../src/workflows/tell/send-events.js';
import { GRANT, minute, told, window, type Told } from '../../../lab/acme/story.js';
import { decided, decisions } from '../../support/core/telling.js';
import { EVENTS_SECRET, startReceiver } from '../../support/events-receiver.js';
import type { EventsReceiver } from '../../support/events-receiver.js';
import { until } from '../../../lab/until.js';
import { of } from '../postgres/entries.js';
import { ledgerDatabase, poolOf, type Urls } from '../postgres/released.js';

const DEADLINE = 300;
const active: Told[] = [told.approved(), told.activating(), told.activated()];

let urls: Urls;
let ledger: Ledger;
let there: EventsReceiver;
/** The present time. */
let now: Date;
let counted: string[];
let lines: string[];
beforeEach(async () => {
  urls = await ledgerDatabase();
  ledger = createLedger(poolOf(urls.worker));
  there = await startReceiver(() => now);
  now = new Date(minute(1));
  counted = [];
  lines = [];
});
afterEach(() => there.close());

const tell = (grant: string, ...story: readonly Told[]) =>
  ledger.append(
    now,
    story.map((event) => of(grant, event)),
  );

/** The sender of one worker; `broken` breaks its connection to the row. */
function sender(owner: string, broken: Partial<Outbox> = {}) {
  const pool = poolOf(urls.worker);
  const say = (fields: object, message: string) => void lines.push(message);
  const world = {
    clock: { now: () => Promise.resolve(now) },
    leases: createLeases(pool),
    owner,
    log: { debug: say, info: say, warn: say, error: say },
  };
  const outbox = { ...createOutbox(pool), ...broken };
  const out: EventsOut = {
    receiver: createReceiver({ url: there.url, secrets: [EVENTS_SECRET], deadline_ms: DEADLINE }),
    outbox,
    repository: 'acme/access',
    count: (result) => counted.push(result),
  };
  const closing = new AbortController();
  return {
    outbox,
    look: () => sendEvents(world, out, closing.signal),
    oldest: () => oldestUntold(world, out),
    close: () => closing.abort(),
  };
}

const types = () => there.heard.map(({ event }) => event.type);
const ids = () => there.heard.map(({ id }) => id);

describe('events out', () => {
  test('are sent in order, each once, from the first worker that has a receiver on', async () => {
    await tell(`${GRANT}0`, ...active);
    const { outbox, look, oldest } = sender('one');
    await outbox.begin();
    await look();
    expect(types()).toEqual([]);

    await ledger.append(now, [decided(decisions.asked)]);
    await ledger.append(now, [decided(decisions.asked, { head: 'b'.repeat(40) })]);
    await ledger.append(now, [decided(decisions.asked, { moment: 'step' })]);
    await ledger.append(now, [decided(decisions.approved)]);
    await tell(GRANT, ...active, told.soon(1, 241));
    expect(await oldest()).toBe(0);
    now = new Date(minute(2));
    expect(await oldest()).toBe(60);
    await look();
    await outbox.begin();
    await look();
    expect(types()).toEqual([
      'change.asked',
      'change.approved',
      'grant.active',
      'grant.ending_soon',
    ]);
    expect(there.heard[3]?.event.data).toMatchObject({ grant: { extend_by: 'duration: 5h' } });
    expect(await oldest()).toBe(0);
    expect(counted).toEqual(['sent', 'sent', 'sent', 'sent']);
    expect(there.refused).toEqual([]);
  });

  test('are a view of the entry: what happened later is not in an earlier event', async () => {
    const { outbox, look } = sender('one');
    await outbox.begin();
    await tell(GRANT, ...active, told.failed(2, true, 3), told.extended(3, 5, window(1, 301)));
    await look();
    expect(there.heard.map(({ event }) => event.data)).toMatchObject([
      { access: { duration_seconds: 4 * 3600 }, grant: { ends_at: minute(241) } },
      { access: { duration_seconds: 5 * 3600 }, grant: { ends_at: minute(301) } },
    ]);
  });

  test('are sent again after a growing wait, the same to the last byte', async () => {
    const { outbox, look } = sender('one');
    await outbox.begin();
    await tell(GRANT, ...active, told.soon(1, 241));
    there.reply(500);
    await look();
    await look();
    expect(types()).toEqual(['grant.active']);
    now = new Date(now.getTime() + 1000);
    await look();
    now = new Date(now.getTime() + 1000);
    await look();
    expect(types()).toHaveLength(2);
    there.reply(204);
    now = new Date(now.getTime() + 1000);
    await look();
    expect(types()).toEqual(['grant.active', 'grant.active', 'grant.active', 'grant.ending_soon']);
    expect(new Set(ids()).size).toBe(2);
    expect(new Set(there.heard.slice(0, 3).map(({ body }) => body)).size).toBe(1);
    expect(await outbox.cursor()).toMatchObject({ failures: 0, retry_at: null });
    expect(counted).toEqual(['failed', 'failed', 'sent', 'sent']);
  });

  test('wait as long as the receiver asks, and stop if it asks for that, until a worker starts', async () => {
    const { outbox, look } = sender('one');
    await outbox.begin();
    await tell(GRANT, ...active);
    there.reply({ status: 429, headers: { 'retry-after': '90' } });
    await look();
    now = new Date(now.getTime() + 89_000);
    await look();
    expect(ids()).toHaveLength(1);
    there.reply(410);
    now = new Date(now.getTime() + 1000);
    await look();
    there.reply(204);
    now = new Date(now.getTime() + 3_600_000);
    await look();
    expect(ids()).toHaveLength(2);
    expect(lines.at(-1)).toContain('paused');

    const next = sender('two');
    await next.outbox.begin();
    await next.look();
    expect(types()).toEqual(['grant.active', 'grant.active', 'grant.active']);
    expect(new Set(ids()).size).toBe(1);
  });

  test('never get stuck: one that is refused, or three days old, is left out', async () => {
    const { outbox, look } = sender('one');
    await outbox.begin();
    await tell(GRANT, ...active);
    there.reply((call) => (call.event.type === 'grant.active' ? 422 : 204));
    await tell(GRANT, told.soon(1, 241));
    await look();
    expect(types()).toEqual(['grant.active', 'grant.ending_soon']);
    expect(lines.at(-1)).toContain('event dropped: the receiver refuses it');

    await tell(GRANT, told.overdue(241));
    there.reply('cut');
    await look();
    now = new Date(now.getTime() + 72 * 3_600_000 + 1);
    await tell(GRANT, told.expired(241));
    there.reply(204);
    await look();
    expect(types().slice(2)).toEqual(['grant.overdue', 'grant.expired']);
    expect(lines.at(-1)).toContain('too old');
    expect(counted).toEqual([...['failed', 'left_out', 'sent'], ...['failed', 'left_out', 'sent']]);
  });

  test('come once, even with two workers', async () => {
    const workers = [sender('one'), sender('two'), sender('three')];
    for (const { outbox } of workers) await outbox.begin();
    for (let i = 0; i < 10; i += 1) await tell(`${GRANT}${String(i)}`, ...active);
    await Promise.all([...workers, ...workers].map(({ look }) => look()));
    expect(ids()).toHaveLength(10);
    expect(new Set(ids()).size).toBe(10);
    const order = ids().map((id) => Number(id.split('-')[1]));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test('come once more with the same id if a worker dies between the call and its row', async () => {
    const dying = sender('one', { move: () => Promise.reject(new Error('killed')) });
    await dying.outbox.begin();
    await tell(GRANT, ...active, told.soon(1, 241));
    await expect(dying.look()).rejects.toThrow('killed');
    await sender('two').look();
    expect(types()).toEqual(['grant.active', 'grant.active', 'grant.ending_soon']);
    const [first, again] = there.heard;
    expect([again?.id, again?.body]).toEqual([first?.id, first?.body]);
  });

  test('a receiver that hangs holds no connection of the ledger, and a worker closes without it', async () => {
    const { outbox, look, close } = sender('one');
    await outbox.begin();
    await tell(GRANT, ...active);
    there.reply('hang');
    const sending = look();
    await until('the call', () => Promise.resolve(ids().length === 1));
    const [activity] = (
      await poolOf(urls.superuser, 1).query<{ busy: number }>(
        `SELECT count(*)::int AS busy FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE '%transaction%'`,
      )
    ).rows;
    expect(activity?.busy).toBe(0);
    close();
    await sending;
    expect(counted).toEqual([]);
    expect(await outbox.cursor()).toMatchObject({ failures: 0, retry_at: null });
  });
});
