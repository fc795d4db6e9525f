import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import type { RequestResult } from '../../src/compose/request.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';

const PATH = 'access-grants/production/alice-orders-db.yml';

describe('the shortest whole story', () => {
  let acme: Installation;
  let web: Program;
  let worker: Program;
  /** The check that succeeded, and its pull request. */
  let shown: { readonly title: string; readonly sha: string };
  beforeAll(async () => {
    // It is a Tuesday at noon in Berlin, within the hours of the starter.
    ({ acme, web, worker } = await running({ now: '2026-11-24T11:00:00Z' }));
  }, 90_000);
  afterAll(() => acme.close(), 60_000);

  test('requested, approved by two, merged, active, expired, seen gone', async () => {
    const said = ['orders-db', '--role', 'read-only', '--environment', 'production', '--for', '4h'];
    const why = ['--ticket', 'INC-4821', '--reason', 'Slow order queries since the 14:10 deploy'];
    const asked = await acme.daypassOf('alice', 'request', ...said, ...why, '--json');
    expect(asked).toMatchObject({ exit: 0, err: '' });
    const { path, pull_request } = JSON.parse(asked.out) as RequestResult;
    expect(path).toBe(PATH);
    const pull = await acme.people.alice.pullRequest(ACCESS_REPOSITORY, pull_request?.number ?? 0);
    const first = await acme.check(pull.head.sha, (c) => c.title.startsWith('Not yet:'));
    expect(first.conclusion).toBe('action_required');
    expect(first.title).toContain('0 of 2');
    expect(first.summary).toContain('read-only');

    await acme.people.bob.review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
    const second = await acme.check(pull.head.sha, (c) => c.title.includes('1 of 2'));
    expect(second.title).toContain('@acme/security');
    await acme.people.carol.review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
    const green = await acme.check(pull.head.sha, (c) => c.title.startsWith('Approved:'));
    expect(green.conclusion).toBe('success');
    shown = { title: green.title, sha: pull.head.sha };

    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(PATH, 'active');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
    const read = await acme.orders.query('alice', 'SELECT item FROM orders');
    expect(read.rows).toEqual([{ item: 'a lamp' }]);

    await acme.advance('PT3H59M');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
    await acme.advance('PT1M');
    await acme.grant(PATH, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    const comments = await until('the comment that it ended', async () => {
      const all = await acme.people.alice.must<{ body: string }[]>(
        'GET',
        `/repos/${ACCESS_REPOSITORY}/issues/${String(pull.number)}/comments`,
      );
      return all.length > 0 && /expired|ended|over/i.test(all[0]?.body ?? '') ? all : null;
    });
    expect(comments).toHaveLength(1);
  }, 120_000);

  const logged = (program: Program, msg: string) =>
    program.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line.msg === msg);

  test('the log lines have the delivery, pull request, SHA and grant', async () => {
    expect(logged(web, 'delivery stored')).toContainEqual(
      expect.objectContaining({
        delivery: expect.stringMatching(/^[0-9a-f-]{36}$/),
        event: 'pull_request',
        action: 'opened',
        pull_request: 1,
      }),
    );
    expect(logged(worker, shown.title)).toContainEqual(
      expect.objectContaining({ pull_request: 1, sha: shown.sha, conclusion: 'success' }),
    );
    const sha = expect.stringMatching(/^[0-9a-f]{40}$/);
    const landed = logged(worker, 'step landed').find(({ pull_request }) => pull_request === 1);
    expect(landed).toMatchObject({ sha });
    const [active] = logged(worker, 'access is active');
    expect(active?.grant).toMatch(/./);
    expect(logged(worker, 'access is gone')).toEqual([
      expect.objectContaining({ grant: active?.grant, pull_request: 1 }),
    ]);
  });

  test('invariant 22: the log has the head of the ledger, where nobody who writes the ledger can change it', async () => {
    const { rows } = await acme.ledger.query<{ kind: string; hash: string }>(
      `SELECT kind, hash FROM daypass.entries WHERE kind IN ('grant.activated', 'grant.expired')`,
    );
    const [active, over] = ['grant.activated', 'grant.expired'].map(
      (kind) => rows.find((row) => row.kind === kind)?.hash,
    );
    expect(logged(worker, 'access is active')).toMatchObject([{ head: active }]);
    expect(logged(worker, 'access is gone')).toMatchObject([{ head: over }]);
    const [{ head } = {}] = logged(worker, 'step landed');
    const found = await acme.ledger.query('SELECT FROM daypass.entries WHERE hash = $1', [head]);
    expect(found.rowCount).toBe(1);
  });

  test('the metrics count it, for holders of the token', async () => {
    const told = async (program: Program, headers: Record<string, string>) => {
      const [ready] = logged(program, 'ready');
      return fetch(`http://127.0.0.1:${String(ready?.port)}/metrics`, { headers });
    };
    for (const program of [web, worker]) {
      const stranger = await told(program, {});
      expect(stranger.status).toBe(401);
      expect(await stranger.text()).not.toContain('daypass_');
    }
    const headers = { authorization: 'Bearer a-token-for-metrics' };
    const ofWeb = await (await told(web, headers)).text();
    expect(ofWeb).toMatch(/daypass_deliveries_total\{result="stored"\} [1-9]/);
    const ofWorker = await (await told(worker, headers)).text();
    for (const kind of ['grant.approved', 'grant.activated', 'grant.expired']) {
      expect(ofWorker).toContain(`daypass_entries_total{kind="${kind}"} 1`);
    }
  });
});
