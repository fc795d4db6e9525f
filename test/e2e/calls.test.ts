import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HeardClient } from '../../src/clients/postgres.js';
import { modeSchema } from '../../lab/github/deliveries.js';
import { ACCESS_REPOSITORY, APP_ID, WEBHOOK_SECRET } from '../../lab/acme/acme.js';
import { approve, headOf } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';

interface Call {
  readonly method: string;
  readonly route: string;
  readonly writes: boolean;
  readonly app_id: number | null;
}

/** A token lasts an hour, and GitHub's limits do not count git. */
const UNCOUNTED = /access_tokens$|\/installation$|^GIT /;

describe('the number of calls to GitHub for one pull request', () => {
  let acme: Installation;
  beforeAll(async () => {
    acme = await install({ now: '2026-11-24T10:00:00Z' });
    // GitHub's own deliveries are dropped, so that the test decides what is looked at, and when.
    acme.github.github.deliveries.setMode(modeSchema.parse({ drop: true }));
    await acme.start('web');
    await acme.start('worker');
    await until('first start, and nothing more to do', async () => {
      const { rows } = await acme.ledger.query<{ started: number; due: number }>(
        `SELECT (SELECT count(*)::int FROM daypass.entries WHERE kind = 'ledger.started') AS started,
           (SELECT count(*)::int FROM daypass.work WHERE due_at <= $1) AS due`,
        [acme.github.state.clock.now()],
      );
      return rows[0]?.started === 1 && rows[0].due === 0;
    });
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  /** Delivers one event about a pull request, and counts the calls of Daypass until it has been looked at. */
  async function looked(event: string, action: string, number: number, id: string) {
    await fetch(`${acme.github.url}/_stand-in/calls`, { method: 'DELETE' });
    const body = JSON.stringify({ action, pull_request: { number } });
    const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');
    const answer = await fetch(`${acme.web_url}/api/github/webhooks`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': event,
        'x-github-delivery': id,
        'x-hub-signature-256': `sha256=${signature}`,
      },
    });
    expect(answer.status).toBe(200);
    await until(`the look of ${id}`, async () => {
      const { rows } = await acme.ledger.query(
        `SELECT 1 FROM daypass.work WHERE topic IN ($1, 'pulls')
         UNION ALL SELECT 1 FROM daypass.deliveries WHERE handled_at IS NULL`,
        [`pull:${String(number)}`],
      );
      return rows.length === 0;
    });
    const all = (await (await fetch(`${acme.github.url}/_stand-in/calls`)).json()) as Call[];
    const ours = all.filter(({ app_id, route }) => app_id === APP_ID && !UNCOUNTED.test(route));
    const sha = await headOf(acme, number);
    const runs = [...acme.github.state.check_runs.values()].filter((run) => run.head_sha === sha);
    const writes = ours.filter((call) => call.writes).length;
    return { reads: ours.length - writes, writes, runs };
  }

  test('4 reads and 1 write when it is first seen, 2 and 1 after a review, 2 and 0 when nothing changed', async () => {
    const files = { 'access-grants/production/calls.yml': grantFile() };
    const { number } = await acme.ask('alice', 'calls', files);
    const first = await looked('pull_request', 'opened', number, 'first');
    expect(first.runs).toMatchObject([{ conclusion: 'action_required' }]);
    // The one write has both the check run and the requests for reviews.
    expect(await requested(number)).toEqual(['payments', 'security']);
    // The list of open pull requests among them.
    expect(first.reads).toBeLessThanOrEqual(4);
    expect(first.writes).toBe(1);

    const again = await looked('pull_request', 'edited', number, 'again');
    expect(again.runs).toHaveLength(1);
    expect(again.reads).toBeLessThanOrEqual(2);
    expect(again.writes).toBe(0);

    await approve(acme, number, ['bob']);
    const reviewed = await looked('pull_request_review', 'submitted', number, 'reviewed');
    expect(reviewed.runs).toHaveLength(2);
    expect(reviewed.reads).toBeLessThanOrEqual(2);
    expect(reviewed.writes).toBe(1);

    await approve(acme, number, ['carol']);
    const done = await looked('pull_request_review', 'submitted', number, 'done');
    expect(done.runs.at(-1)).toMatchObject({ conclusion: 'success' });
    expect(done.reads).toBeLessThanOrEqual(2);
    expect(done.writes).toBe(1);
  }, 400_000);

  test('invariant 25: 300 made-up pull requests and pushes cost one look at the list, and no fetch', async () => {
    await fetch(`${acme.github.url}/_stand-in/calls`, { method: 'DELETE' });
    const web = new HeardClient({ connectionString: acme.urls.WEB_DATABASE_URL });
    await web.connect();
    await web.query(
      `INSERT INTO daypass.deliveries (delivery_id, event, action, pull_request)
       SELECT 'made-up-' || n, 'pull_request', 'opened', 1000 + n FROM generate_series(1, 300) n;
       INSERT INTO daypass.deliveries (delivery_id, event, ref)
       SELECT 'pushed-' || n, 'push', 'refs/heads/' || n FROM generate_series(1, 300) n;
       SELECT pg_notify('daypass', '')`,
    );
    await web.end();
    await until('the looks', async () => {
      const { rows } = await acme.ledger.query(
        `SELECT FROM daypass.deliveries WHERE handled_at IS NULL
         UNION ALL SELECT FROM daypass.work WHERE topic = 'pulls' OR topic LIKE 'pull:%'`,
      );
      return rows.length === 0;
    });
    const all = (await (await fetch(`${acme.github.url}/_stand-in/calls`)).json()) as Call[];
    const ours = all.filter(({ app_id }) => app_id === APP_ID);
    // The first pull request has changed since the last look, which is two calls; and the worker's own look each minute
    // may be among them, which is three.
    expect(ours.length).toBeLessThanOrEqual(6);
    expect(ours.length).toBeGreaterThan(0);
  }, 400_000);

  test('4 reads and 1 write when it is first seen, including everything that GitHub reports about it meanwhile', async () => {
    const { deliveries } = acme.github.github;
    const files = { 'access-grants/production/told.yml': grantFile({ subject: 'frank' }) };
    const { frank } = acme.people;
    await frank.push(ACCESS_REPOSITORY, { branch: 'told', files });
    await fetch(`${acme.github.url}/_stand-in/calls`, { method: 'DELETE' });
    deliveries.setMode(modeSchema.parse({}));
    const { number, head } = await frank.openPullRequest(ACCESS_REPOSITORY, {
      title: 'told',
      head: 'told',
    });
    await acme.check(head.sha, ({ title }) => title.startsWith('Not yet:'));
    await deliveries.settled();
    await until('the looks', async () => {
      const { rows } = await acme.ledger.query(
        `SELECT FROM daypass.deliveries WHERE handled_at IS NULL
         UNION ALL SELECT FROM daypass.work WHERE topic IN ($1, 'pulls')`,
        [`pull:${String(number)}`],
      );
      return rows.length === 0;
    });
    deliveries.setMode(modeSchema.parse({ drop: true }));
    expect(deliveries.list().map(({ action }) => action)).toContain('review_requested');
    const all = (await (await fetch(`${acme.github.url}/_stand-in/calls`)).json()) as Call[];
    const ours = all.filter(({ app_id, route }) => app_id === APP_ID && !UNCOUNTED.test(route));
    const writes = ours.filter((call) => call.writes).length;
    expect(writes).toBe(1);
    expect(ours.length - writes).toBeLessThanOrEqual(4);
  }, 400_000);

  test('invariant 16: ten open pull requests that touch neither folder cost nothing while a grant lives', async () => {
    const { deliveries } = acme.github.github;
    const quiet = async () => {
      const { rows } = await acme.ledger.query(
        `SELECT FROM daypass.deliveries WHERE handled_at IS NULL
         UNION ALL SELECT FROM daypass.work WHERE due_at <= $1`,
        [acme.github.state.clock.now()],
      );
      return rows.length === 0;
    };
    deliveries.setMode(modeSchema.parse({}));
    for (let i = 0; i < 10; i += 1) {
      const { head } = await acme.ask('erin', `readme-${i}`, { [`docs/${i}.md`]: 'x' });
      await acme.check(head.sha, ({ title }) => title === 'Approved: nothing here for Daypass');
    }
    await deliveries.settled();
    await until('the looks', quiet);
    await fetch(`${acme.github.url}/_stand-in/calls`, { method: 'DELETE' });
    const path = 'access-grants/development/frank.yml';
    const file = grantFile({ subject: 'frank', ticket: null, duration: '1h' });
    const { number, head } = await acme.ask('frank', 'one-life', { [path]: file });
    await acme.check(head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.frank.merge(ACCESS_REPOSITORY, number);
    await acme.grant(path, 'active');
    await acme.advance('PT1H');
    await acme.grant(path, 'expired');
    await deliveries.settled();
    await until('the last look', quiet);
    const all = (await (await fetch(`${acme.github.url}/_stand-in/calls`)).json()) as Call[];
    const ours = all.filter(({ app_id, route }) => app_id === APP_ID && !UNCOUNTED.test(route));
    // Two pull requests of the tests above change grants, and are judged again each time: 16 calls. Ten more that did
    // would add 80.
    expect(ours.length).toBeLessThanOrEqual(60);
  }, 400_000);

  async function requested(number: number): Promise<string[]> {
    const { requested_teams } = await acme.people.root.pullRequest('acme/access', number);
    return (requested_teams ?? []).map(({ slug }) => slug).sort();
  }
});
