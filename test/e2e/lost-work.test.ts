import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HeardClient } from '../../src/clients/postgres.js';
import { bodies, entries, merged } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';
import { until } from '../../lab/until.js';

const path = (name: string) => `access-grants/development/${name}.yml`;

describe('invariant 17: somebody with the worker’s own role at the ledger', () => {
  let acme: Installation;
  let worker: Program;
  beforeAll(async () => {
    ({ acme, worker } = await running({ now: '2026-11-24T09:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const readers = () => acme.orders.members('orders_reader');
  const given = async (name: string, duration: string) => {
    const files = { [path(name)]: grantFile({ subject: 'alice', duration, ticket: null }) };
    await merged(acme, { who: 'alice', branch: name, files }, []);
    await acme.grant(path(name), 'active');
    expect(await readers()).toEqual(['alice']);
  };
  const asWorker = async (sql: string) => {
    const client = new HeardClient({ connectionString: acme.urls.DATABASE_URL });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const lost = async (sql: string) => {
    const { rowCount } = await asWorker(sql);
    expect(rowCount).toBeGreaterThanOrEqual(1);
  };

  test.each([
    ['deleted', `DELETE FROM daypass.work WHERE topic LIKE 'grant:%'`],
    ['put-off', `UPDATE daypass.work SET planned_at = 'infinity' WHERE topic LIKE 'grant:%'`],
    [
      'held',
      `UPDATE daypass.work SET taken_by = 'nobody', taken_at = now(), taken_until = 'infinity'
       WHERE topic LIKE 'grant:%'`,
    ],
    ['leased', `UPDATE daypass.leases SET deadline = 'infinity'`],
  ])(
    'the row is %s for ever: the grant ends anyway',
    async (name, sql) => {
      await given(name, '1h');
      await lost(sql);
      await acme.advance('PT1H');
      const { id } = await acme.grant(path(name), 'expired');
      expect(await readers()).toEqual([]);
      expect(bodies(await entries(acme, { grant: String(id) }), 'grant.overdue')).toEqual([]);
    },
    400_000,
  );

  test('the row is deleted while no worker runs: the grant is reported as overdue, and a worker that starts ends it', async () => {
    await given('restart', '1h');
    await worker.end('SIGTERM');
    await lost(`DELETE FROM daypass.work WHERE topic LIKE 'grant:%'`);
    const listed = async () => {
      const { out } = await acme.daypass('grants', '--json');
      return JSON.parse(out) as { held: { overdue: boolean }[] };
    };
    expect((await listed()).held.map(({ overdue }) => overdue)).toEqual([false]);
    await acme.advance('PT2H');
    expect((await listed()).held.map(({ overdue }) => overdue)).toEqual([true]);
    expect((await acme.daypass('grants')).out).toMatch(
      /overdue +access-grants\/development\/restart/,
    );
    const doctor = await acme.daypass('doctor');
    expect(doctor.out).toContain('1 of 1 are overdue');
    expect(await readers()).toEqual(['alice']);

    worker = await acme.start('worker');
    const { id } = await acme.grant(path('restart'), 'expired');
    expect(await readers()).toEqual([]);
    const [expired] = bodies(await entries(acme, { grant: String(id) }), 'grant.expired');
    expect(expired?.late_ms).toBeGreaterThanOrEqual(3_600_000);
    await worker.line((line) => line.includes('were planned again'));
  }, 400_000);

  test('readiness and metrics report access that cannot be taken away, until it is gone', async () => {
    await given('away', '1h');
    await acme.orders.dba('ALTER ROLE daypass NOLOGIN');
    await acme.orders.dba(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'daypass'`,
    );
    const { port } = JSON.parse(await worker.line((line) => line.includes('"ready"'))) as {
      port: number;
    };
    const ask = async (route: string) => {
      const headers = { authorization: 'Bearer a-token-for-metrics' };
      const answer = await fetch(`http://127.0.0.1:${String(port)}${route}`, { headers });
      return { status: answer.status, text: await answer.text() };
    };
    await until('a ready worker', async () => (await ask('/readyz')).status === 200);
    await acme.advance('PT1H');
    const { status, text } = await until('a worker that is not ready', async () => {
      const ready = await ask('/readyz');
      return ready.status === 503 ? ready : null;
    });
    expect([status, text]).toEqual([503, expect.stringContaining('a grant is overdue: ')]);
    expect((await ask('/metrics')).text).toContain('daypass_grants{flag="overdue"} 1');
    await acme.orders.dba('ALTER ROLE daypass LOGIN');
    await acme.advance('PT2M');
    await acme.grant(path('away'), 'expired');
    await until('a ready worker', async () => (await ask('/readyz')).status === 200);
    expect((await ask('/metrics')).text).toContain('daypass_grants{flag="overdue"} 0');
  }, 400_000);
});
