import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { HeardClient } from '../../src/clients/postgres.js';
import { modeSchema } from '../../lab/github/deliveries.js';
import { ACCESS_REPOSITORY, WEBHOOK_SECRET } from '../../lab/acme/acme.js';
import type { Name } from '../../lab/acme/acme.js';
import { approve, bodies, comment, entries } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';

type Mode = Parameters<typeof modeSchema.parse>[0];

describe('deliveries', () => {
  let acme: Installation;
  let worker: Program;
  beforeAll(async () => {
    ({ acme, worker } = await running({ now: '2026-11-24T10:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const deliver = (mode: Mode) => acme.github.github.deliveries.setMode(modeSchema.parse(mode));

  /** The whole story from request to end; `between` happens while no delivery arrives. */
  async function story(who: Name, between: () => Promise<void>) {
    const path = `access-grants/production/${who}-delivered.yml`;
    const file = grantFile({ subject: who, duration: '30m' });
    const pull = await acme.ask(who, `${who}-delivered`, { [path]: file });
    await approve(acme, pull.number, ['bob', 'carol']);
    await between();
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people[who].merge(ACCESS_REPOSITORY, pull.number);
    await between();
    const { id } = await acme.grant(path, 'active');
    expect(await acme.orders.members('orders_reader')).toEqual([who]);
    await acme.advance('PT30M');
    await acme.grant(path, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    await comment(acme, pull.number, /seen gone/);
    return { number: pull.number, id: String(id) };
  }

  test.each([
    ['as they are sent', 'alice', {}],
    ['twice each', 'frank', { double: true }],
    ['in another order, twice and late', 'erin', { shuffle: true, double: true, delay_ms: 300 }],
    ['half of them not at all', 'dave', { drop: 0.5 }],
    ['not at all', 'root', { drop: true }],
  ] as const)(
    'invariant 17: deliveries come %s: the same happens, once',
    async (_, who, mode) => {
      deliver(mode);
      const silent = 'drop' in mode;
      const { number, id } = await story(who, async () => {
        // A worker looks at its start and every minute, and starting it again is quicker.
        if (!silent) return;
        await worker.end('SIGTERM');
        worker = await acme.start('worker');
      });
      deliver({});
      const of = await entries(acme, { grant: id });
      expect(of.map(({ kind }) => kind)).toEqual([
        'grant.approved',
        'decision.made',
        'grant.activating',
        'grant.activated',
        'grant.expired',
      ]);
      const all = await entries(acme, { pull_request: number });
      expect(bodies(all, 'step.landed')).toHaveLength(1);
      const seen = bodies(all, 'review.seen').map(({ author }) => author?.login);
      expect(seen.sort()).toEqual(['bob', 'carol']);
    },
    400_000,
  );

  test('"Re-run" on the check writes it again, even if nothing changed', async () => {
    const files = { 'access-grants/production/carol-again.yml': grantFile({ subject: 'carol' }) };
    const pull = await acme.ask('carol', 'carol-again', files);
    const first = await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    const rerun = `/repos/${ACCESS_REPOSITORY}/check-runs/${String(first.id)}/rerequest`;
    await acme.people.carol.must('POST', rerun);
    const again = await acme.check(pull.head.sha, ({ id }) => id !== first.id);
    expect(again).toMatchObject({ conclusion: first.conclusion, title: first.title });
  }, 400_000);

  test('invariants 16, 25: somebody who took over web floods the ledger, and a merge that takes access away still lands', async () => {
    const path = 'access-grants/development/frank-flooded.yml';
    const file = grantFile({ subject: 'frank', ticket: null, duration: '8h' });
    const given = await acme.ask('frank', 'flooded', { [path]: file });
    await acme.check(given.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.frank.merge(ACCESS_REPOSITORY, given.number);
    await acme.grant(path, 'active');
    const taken = await acme.ask('frank', 'unflooded', { [path]: null });
    await acme.check(taken.head.sha, ({ title }) => title.startsWith('Approved:'));
    // Nobody is told of the merge but by the flood.
    deliver({ drop: true });
    await acme.people.frank.merge(ACCESS_REPOSITORY, taken.number);
    const web = new HeardClient({ connectionString: acme.urls.WEB_DATABASE_URL });
    await web.connect();
    const { rowCount } = await web.query(
      `INSERT INTO daypass.deliveries (delivery_id, event, action, pull_request)
       SELECT 'flood-' || n, 'pull_request', 'opened', 1000000 + n FROM generate_series(1, 9000) n`,
    );
    const more = web.query(
      `INSERT INTO daypass.deliveries (delivery_id, event)
       SELECT 'more-' || n, 'push' FROM generate_series(1, 10001) n`,
    );
    await expect(more).rejects.toThrow('no more deliveries are stored');
    await web.query(`SELECT pg_notify('daypass', '')`);
    await web.end();
    expect(rowCount).toBe(9_000);
    await acme.grant(path, 'revoked');
    deliver({});
    await worker.line((line) => line.includes('too many deliveries'));
    const { rows } = await acme.ledger.query<{ made_up: number }>(
      `SELECT count(*)::int AS made_up FROM daypass.work WHERE topic LIKE 'pull:1______'`,
    );
    expect(rows).toEqual([{ made_up: 0 }]);
  }, 400_000);

  test('a delivery that cannot be stored in time is answered with 503 before GitHub gives up', async () => {
    const { deliveries } = acme.github.github;
    const [sent] = deliveries.list().filter(({ event }) => event === 'pull_request');
    const before = sent?.attempts.length ?? 0;
    const locked = await acme.ledger.connect();
    await locked.query('BEGIN; LOCK TABLE daypass.deliveries IN ACCESS EXCLUSIVE MODE');
    const started = performance.now();
    await deliveries.replay(sent?.id ?? '');
    const took = performance.now() - started;
    await locked.query('ROLLBACK');
    locked.release();
    expect(sent?.attempts.slice(before).map(({ status }) => status)).toEqual([503]);
    // Daypass promises five seconds, and GitHub waits ten ("Handling failed webhook deliveries").
    expect(took).toBeLessThan(6_000);
  }, 60_000);

  /** Starts to send, and resolves when web reads the body; the rest is sent, and answered, on demand. */
  async function begin(port: number, id: string) {
    const body = JSON.stringify({ action: 'opened', pull_request: { number: 999_999 } });
    const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');
    const asking = request({
      port,
      method: 'POST',
      path: '/api/github/webhooks',
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        'x-github-event': 'pull_request',
        'x-github-delivery': id,
        'x-hub-signature-256': `sha256=${signature}`,
        expect: '100-continue',
      },
    });
    const answered = once(asking, 'response') as Promise<[IncomingMessage]>;
    asking.flushHeaders();
    await once(asking, 'continue');
    return async () => {
      asking.end(body);
      const [{ statusCode }] = await answered;
      return statusCode;
    };
  }

  test('web that is asked to end stores and answers the deliveries that came before, even those received in part', async () => {
    const web = await acme.start('web', { PORT: '0' });
    const { port } = JSON.parse(web.lines.find((line) => line.includes('"ready"')) ?? '') as {
      port: number;
    };
    const locked = await acme.ledger.connect();
    await locked.query('BEGIN; LOCK TABLE daypass.deliveries IN ACCESS EXCLUSIVE MODE');
    const whole = await begin(port, 'whole');
    const half = await begin(port, 'half');
    const first = whole();
    await until('the row that waits', async () => {
      const { rowCount } = await acme.ledger.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'daypass web'
         AND datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    const exited = web.end('SIGTERM');
    await web.line((line) => line.includes('"closing"'));
    await locked.query('ROLLBACK');
    locked.release();
    expect([await first, await half()]).toEqual([200, 200]);
    const { rows } = await acme.ledger.query<{ id: string }>(
      `SELECT delivery_id AS id FROM daypass.deliveries WHERE pull_request = 999999 ORDER BY 1`,
    );
    expect(rows.map(({ id }) => id)).toEqual(['half', 'whole']);
    expect(await exited).toBe(0);
  }, 60_000);
});
