import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PullRequestFull } from '../../lab/github/views/types.js';
import { ACCESS_REPOSITORY, starter } from '../../lab/acme/acme.js';
import { bodies, entries, mergeStatus } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';

const SETTINGS = 'policies/settings.yaml';
const good = starter()[SETTINGS] ?? '';
/** The starter's own settings with an unknown key. */
const broken = `${good}unheard: 1\n`;
const LINE = String(broken.split('\n').length - 1);

const DEVELOPMENT = 'access-grants/development/alice.yml';
const PRODUCTION = 'access-grants/production/alice.yml';
const STOOD_THEN = 'access-grants/development/frank.yml';

describe('first start', () => {
  let acme: Installation;
  let web: Program;
  let worker: Program;
  let open: Record<'development' | 'production' | 'other' | 'mending', PullRequestFull>;
  beforeAll(async () => {
    acme = await install({ now: '2026-11-24T10:00:00Z', files: { [SETTINGS]: broken } });
    open = {
      development: await acme.ask('alice', 'development', {
        [DEVELOPMENT]: grantFile({ ticket: null }),
      }),
      production: await acme.ask('alice', 'production', { [PRODUCTION]: grantFile() }),
      other: await acme.ask('bob', 'other', { 'README.md': '# Access to acme\n' }),
      mending: await acme.ask('frank', 'mending', { [SETTINGS]: good }),
    };
    web = await acme.start('web');
    worker = await acme.start('worker');
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const asked = async (path: string) => {
    const { port } = JSON.parse(await worker.line((line) => line.includes('"ready"'))) as {
      port: number;
    };
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`);
    const body: unknown = await answer.json();
    return { status: answer.status, body };
  };
  const reason = `${SETTINGS}:${LINE}: the key "unheard" is not allowed`;
  const UNREADY = {
    status: 503,
    body: {
      ready: false,
      missing: ['first start has not ended: no policies/ tree has loaded yet'],
    },
  };
  /** Nothing was decided, given or recorded. */
  const nothingWasDone = async () => {
    expect(await entries(acme)).toEqual([]);
    const { rows } = await acme.ledger.query('SELECT id FROM daypass.grants');
    expect(rows).toEqual([]);
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  };

  test('invariant 1: while no policies/ tree loads, every check fails with the reason, and the worker is not ready', async () => {
    for (const { head, number } of Object.values(open)) {
      const check = await acme.check(head.sha, () => true);
      expect(check.conclusion).toBe('failure');
      expect(check.title).toMatch(/^Denied: it could not be judged: Daypass has not started/);
      expect(check.summary).toContain(reason);
      expect(await mergeStatus(acme, 'alice', number)).toBe(405);
    }
    expect(await asked('/readyz')).toEqual(UNREADY);
    expect((await asked('/healthz')).status).toBe(200);
    await worker.line(
      (line) => line.includes('first start is waiting: ') && line.includes(SETTINGS),
    );
    await nothingWasDone();
  }, 400_000);

  test('invariant 1: a file that is merged before first start is not a grant', async () => {
    const pull = await acme.ask('frank', 'frank', {
      [STOOD_THEN]: grantFile({ subject: 'frank', ticket: null }),
    });
    await acme.check(pull.head.sha, ({ summary }) => summary.includes(reason));
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    const { sha } = await acme.people.root.must<{ sha: string }>(
      'GET',
      `/repos/${ACCESS_REPOSITORY}/commits/main`,
    );
    // The worker has seen the step, and could not do anything with it.
    await worker.line((line) => line.includes('first start is waiting: ') && line.includes(sha));
    await nothingWasDone();
    expect(await asked('/readyz')).toEqual(UNREADY);
  }, 400_000);

  test('invariant 1: another tree that does not load is reported as well, and starts nothing', async () => {
    const sha = await acme.people.root.push(ACCESS_REPOSITORY, {
      branch: 'main',
      files: { [SETTINGS]: null },
    });
    await worker.line((line) => line.includes('first start is waiting: ') && line.includes(sha));
    const pull = await acme.ask('erin', 'erin', {
      'access-grants/development/erin.yml': grantFile({ subject: 'erin', ticket: null }),
    });
    const check = await acme.check(pull.head.sha, () => true);
    expect(check.conclusion).toBe('failure');
    const now = `policies/ at ${sha} does not load: ${SETTINGS}`;
    expect(check.summary).toContain(now);
    // Earlier pull requests now say what first start waits for.
    for (const { head } of Object.values(open)) {
      await acme.check(head.sha, ({ summary }) => summary.includes(now));
    }
    expect(await asked('/readyz')).toEqual(UNREADY);
    await nothingWasDone();
  }, 400_000);

  test('invariants 1, 17: when a tree loads, the worker becomes ready by itself and judges all open pull requests', async () => {
    // No delivery tells the worker of this push.
    await web.end('SIGTERM');
    const tip = await acme.people.root.push(ACCESS_REPOSITORY, {
      branch: 'main',
      files: { [SETTINGS]: good },
    });
    await acme.advance('PT15S');
    // This is before the worker's own next look, a minute after it started.
    await until('readiness', async () => (await asked('/readyz')).status === 200, 30_000);
    expect(await asked('/readyz')).toEqual({ status: 200, body: { ready: true, missing: [] } });

    const judged = (which: keyof typeof open, title: string) =>
      acme.check(open[which].head.sha, (check) => check.title.startsWith(title));
    const development = await judged('development', 'Approved: alice gets read-only on orders-db');
    expect(development.conclusion).toBe('success');
    const production = await judged('production', 'Not yet: 0 of 2');
    expect(production.conclusion).toBe('action_required');
    const other = await judged('other', 'Approved: nothing here for Daypass');
    expect(other.conclusion).toBe('success');
    const mending = await judged('mending', `Denied: ${SETTINGS}: changed here, and on the base`);
    expect(mending.conclusion).toBe('failure');

    const [started, ...again] = bodies(await entries(acme), 'ledger.started');
    expect(again).toEqual([]);
    expect(started).toMatchObject({
      step: tip,
      source: { repository_id: 9001, owner_id: 7001, installation_id: 77, default_branch: 'main' },
    });
  }, 400_000);

  test('invariant 1: later steps give access, and files from before first start do not', async () => {
    await acme.start('web');
    await acme.people.alice.merge(ACCESS_REPOSITORY, open.development.number);
    await acme.grant(DEVELOPMENT, 'active');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
    const { rows } = await acme.ledger.query('SELECT path FROM daypass.grants');
    expect(rows).toEqual([{ path: DEVELOPMENT }]);
    expect((await acme.daypass('audit', 'verify')).exit).toBe(0);
  }, 400_000);
});
