import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createOutbox } from '../../src/adapters/postgres/ledger/outbox.js';
import { ACCESS_REPOSITORY, starter } from '../../lab/acme/acme.js';
import { approve, bodies, comment, entries, merged } from '../../lab/acme/asking.js';
import { EVENTS_SECRET, startReceiver } from '../support/events-receiver.js';
import type { EventsReceiver, Heard } from '../support/events-receiver.js';
import { openGate } from '../support/gate.js';
import type { Gate } from '../support/gate.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';
import { layWire } from '../support/wire.js';
import type { Wire } from '../support/wire.js';

const PATH = 'access-grants/production/alice-orders.yml';
const SETTINGS = 'policies/settings.yaml';

describe('events out', () => {
  let acme: Installation;
  let there: EventsReceiver;
  let wire: Wire;
  let gate: Gate;
  let worker: Program;
  /** The pull request that asks for access. */
  let number: number;
  const start = () =>
    acme.start('worker', {
      // A call has 3 s, and another worker takes over from a dead one after 10.
      HOLD_SECONDS: '5',
      DATABASE_URL: wire.through(acme.urls.DATABASE_URL),
      EVENTS_URL: `${there.url}?token=hunter2`,
      EVENTS_SECRET,
      TARGET_ORDERS_DEV_URL: gate.through(acme.orders.url),
    });
  beforeAll(async () => {
    const told = starter()[SETTINGS]?.replace('ending_soon: 15m', 'ending_soon: 25m') ?? '';
    acme = await install({ now: '2026-11-24T11:00:00Z', files: { [SETTINGS]: told } });
    there = await startReceiver(() => acme.github.state.clock.now());
    wire = await layWire(acme.urls.DATABASE_URL);
    gate = await openGate(acme.orders.url);
    await acme.start('web');
    worker = await start();
  }, 90_000);
  afterAll(async () => {
    await acme.close();
    await wire.close();
    await gate.close();
    await there.close();
  }, 60_000);

  /** The events that arrived for the first time, in order. */
  const types = () => [...new Map(there.heard.map((h) => [h.id, h.event.type])).values()];
  const heard = (type: string, times = 1): Promise<Heard> =>
    until(
      `event ${type}`,
      async () => {
        const all = there.heard.filter(({ event }) => event.type === type);
        if (new Set(all.map(({ id }) => id)).size >= times) return all.at(-1);
        throw new Error(`${types().join(', ')}; refused: ${there.refused.join(', ')}`);
      },
      150_000,
    );

  test('an event is sent, by one signed call, for each of requested, approved, active and quarantined', async () => {
    const pull = await acme.ask('alice', 'alice', { [PATH]: grantFile() });
    number = pull.number;
    await heard('change.asked');
    await approve(acme, number, ['bob', 'carol']);
    await heard('change.approved');
    // The entry, and with it the event, comes before the check.
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.alice.merge(ACCESS_REPOSITORY, number);
    await acme.grant(PATH, 'active');
    await heard('grant.active');
    const stray = 'access-grants/development/frank.yml';
    await acme.people.root.push(ACCESS_REPOSITORY, {
      branch: 'main',
      files: { [stray]: grantFile({ subject: 'frank', ticket: null }) },
    });
    const told = await heard('grant.quarantined');
    expect(told.event.data).toMatchObject({
      repository: ACCESS_REPOSITORY,
      pull_request: null,
      grant: { state: 'requested', why: ['it landed without a pull request'] },
    });
    expect(types()).toEqual([
      'change.asked',
      'change.approved',
      'grant.active',
      'grant.quarantined',
    ]);
    expect(there.heard).toHaveLength(4);
  }, 400_000);

  test('before the end, the comment has the line that extends the grant, and that line works', async () => {
    // This is twenty-five minutes before, as in the settings.
    await acme.advance('PT3H38M');
    await heard('grant.ending_soon');
    const said = await comment(acme, number, /\*\*It ends soon\.\*\*/);
    const [, key = '', value = ''] = /set `(\w+): ([^`]+)`/.exec(said) ?? [];
    expect({ [key]: value }).toEqual({ duration: '5h' });

    await until('all events sent, and recorded', async () => {
      const { seq, head } = await createOutbox(acme.ledger).cursor();
      return seq === head;
    });
    // The worker is killed after the call and before the row that remembers it.
    const held = wire.stop('UPDATE daypass.events_out SET seq', 'unsent');
    const files = { [PATH]: grantFile({ [key]: value }) };
    const pull = await acme.ask('alice', 'longer', files);
    await held;
    await worker.end('SIGKILL');
    worker = await start();
    await approve(acme, pull.number, ['bob', 'carol']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    expect((await heard('grant.extended')).event.data).toMatchObject({
      access: { duration_seconds: 5 * 3600 },
    });
    await comment(acme, number, /active until 2026-11-24 16:\d\d UTC\*\*\. \(/);
    const times = there.heard.map(({ id }) => there.heard.filter((h) => h.id === id));
    expect(times.filter((same) => same.length > 1).map(([first]) => first?.event.type)).toEqual([
      'change.asked',
      'change.asked',
    ]);
    expect(new Set(times.find((same) => same.length > 1)?.map(({ body }) => body)).size).toBe(1);
  }, 400_000);

  test('invariant 16: while the receiver hangs, access ends on time', async () => {
    there.reply('hang');
    await acme.advance('PT1H');
    await until(
      'a call that hangs',
      async () => there.heard.at(-1)?.event.type === 'grant.ending_soon',
    );
    await acme.advance('PT24M');
    await acme.grant(PATH, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    expect(types().at(-1)).toBe('grant.ending_soon');
    const [ended] = bodies(await entries(acme), 'grant.expired');
    // The clock was moved two minutes beyond the end, and continued by itself meanwhile.
    expect(ended?.late_ms).toBeLessThan(6 * 60_000);

    there.reply(204);
    await acme.advance('PT10M');
    await heard('grant.expired');
    expect(there.refused).toEqual([]);
  }, 400_000);

  test('an end that its target prevents is sent as overdue, and as ended when it happens', async () => {
    const path = 'access-grants/development/erin.yml';
    const file = grantFile({ subject: 'erin', ticket: null, duration: '1h' });
    await merged(acme, { who: 'erin', branch: 'erin', files: { [path]: file } }, []);
    await acme.grant(path, 'active');
    gate.lead(null);
    await acme.advance('PT2H');
    expect((await heard('grant.overdue')).event.data).toMatchObject({
      grant: { id: expect.stringContaining(path) },
    });
    gate.lead(acme.orders.url);
    await acme.advance('PT10M');
    await acme.grant(path, 'expired');
    await heard('grant.expired', 2);
  }, 400_000);

  test('invariant 24: neither the secret nor the URL is written anywhere, and events are counted', async () => {
    const { port } = JSON.parse(await worker.line((line) => line.includes('"ready"'))) as {
      port: number;
    };
    const metrics = await fetch(`http://127.0.0.1:${String(port)}/metrics`, {
      headers: { authorization: 'Bearer a-token-for-metrics' },
    });
    const text = await metrics.text();
    expect(text).toMatch(/daypass_events_out_total\{result="failed"\} [1-9]/);
    expect(text).toMatch(/daypass_events_out_oldest_seconds 0\n/);
    for (const told of [text, worker.lines.join('\n'), JSON.stringify(await entries(acme))]) {
      expect(told).not.toMatch(/hunter2/);
      expect(told).not.toContain(EVENTS_SECRET.slice(6));
    }
  });
});
