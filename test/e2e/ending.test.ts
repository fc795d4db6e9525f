import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PEOPLE } from '../../lab/acme/acme.js';
import { bodies, comment, entries, merged } from '../../lab/acme/asking.js';
import { openGate } from '../support/gate.js';
import type { Gate } from '../support/gate.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import { prepareOrders } from '../../lab/acme/orders.js';
import type { Orders } from '../../lab/acme/orders.js';
import { until } from '../../lab/until.js';
import { borrowServer } from '../../lab/servers/borrow.js';
import { databaseOn } from '../../lab/servers/postgres.js';

const development = (name: string) => `access-grants/development/${name}.yml`;

describe('the end of access', () => {
  let acme: Installation;
  let gate: Gate;
  let another: Orders;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    acme = await install({ now: '2026-11-24T09:00:00Z' });
    closing.push(() => acme.close());
    gate = await openGate(acme.orders.url);
    closing.push(() => gate.close());
    const server = await borrowServer();
    // It has the same port as the first, so that the same URL leads to it.
    const name = new URL(acme.orders.url).pathname.slice(1);
    closing.push(() => server.stop());
    another = await prepareOrders(await databaseOn(server.superuserUrl, name), Object.keys(PEOPLE));
    closing.push(() => another.close());
    await acme.start('web');
    await acme.start('worker', {
      TARGET_ORDERS_URL: gate.through(acme.orders.url),
      TARGET_ORDERS_DEV_URL: gate.through(acme.orders.url),
    });
  }, 400_000);
  afterAll(async () => {
    // The worker ends first, then what it is connected to.
    for (const close of [...closing.slice(0, 2), ...closing.slice(2).reverse()]) await close();
  }, 60_000);

  const given = async (
    who: 'alice' | 'frank' | 'erin' | 'dave',
    duration: string,
    name: string = who,
  ) => {
    const path = development(name);
    const files = { [path]: grantFile({ subject: who, ticket: null, duration }) };
    const pull = await merged(acme, { who, branch: name, files }, []);
    const { id } = await acme.grant(path, 'active');
    return { path, number: pull.number, id: String(id) };
  };
  const failures = async (grant: string) =>
    bodies(await entries(acme, { grant }), 'grant.attempt_failed').filter(({ ending }) => ending);

  test('invariant 16: a target that is down at the end makes the grant overdue; the grant ends when it is back', async () => {
    const { path, number, id } = await given('alice', '30m');
    gate.lead(null);
    await acme.advance('PT30M');
    await until('a failed end', async () => (await failures(id)).length > 0);
    expect(await acme.grant(path, 'active')).toMatchObject({ overdue: true });
    await comment(acme, number, /OVERDUE/);
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);

    gate.lead(acme.orders.url);
    await acme.advance('PT1M');
    await acme.grant(path, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    const [ended] = bodies(await entries(acme, { grant: id }), 'grant.expired');
    expect(ended?.late_ms).toBeGreaterThan(60_000);
    expect(bodies(await entries(acme, { grant: id }), 'grant.overdue')).toHaveLength(1);
    await comment(acme, number, /seen gone/);
  }, 400_000);

  test('invariant 14: another target at the same address does not prove that access is gone', async () => {
    const { path, id } = await given('frank', '30m');
    gate.lead(another.url);
    await acme.advance('PT30M');
    await until('an end that could not be proven', async () => {
      return (await failures(id)).some(({ error }) =>
        error.includes('is not the one on which access was given'),
      );
    });
    expect(await acme.grant(path, 'active')).toMatchObject({ overdue: true });
    expect(await acme.orders.members('orders_reader')).toEqual(['frank']);

    gate.lead(acme.orders.url);
    await acme.advance('PT1M');
    await acme.grant(path, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('invariant 14: guarded access, asked for, approved and active, is gone when every decision process has confirmed its end', async () => {
    const path = 'access-grants/ci/alice-rerun.yml';
    const asked = { resource: 'orders-pipelines', role: 'rerun-with-secrets', ticket: null };
    const file = grantFile({ ...asked, duration: '30m', scope: { actions: ['rerun'] } });
    const files = { [path]: file };
    const { number } = await merged(acme, { who: 'alice', branch: 'rerun', files }, ['bob']);
    const { id } = await acme.grant(path, 'active');
    const [intent] = bodies(await entries(acme, { grant: String(id) }), 'grant.activating');
    expect(intent?.entitled.slot).toEqual({
      provider: 'guarded',
      target: 'orders-pipelines',
      object: 'orders-pipelines/ci/rerun-with-secrets',
      identity: String(PEOPLE.alice.id),
    });
    await acme.ledger.query(
      `INSERT INTO daypass.decision_processes (name, stale_after) VALUES ('pdp-1', '1 day')`,
    );
    await acme.advance('PT30M');
    await until('an end that was not confirmed', async () =>
      (await failures(String(id))).some(({ error }) => error.includes('pdp-1 has not confirmed')),
    );
    expect(await acme.grant(path, 'active')).toMatchObject({ overdue: true });
    await comment(acme, number, /OVERDUE/);
    await acme.advance('PT1M');
    // As the process does with each entry that it reads; a try that was under way may have written one more.
    await until('the end', async () => {
      await acme.ledger.query(
        'UPDATE daypass.decision_processes SET version = (SELECT seq FROM daypass.head)',
      );
      const over = `SELECT FROM daypass.grants WHERE id = $1 AND state = 'expired'`;
      return (await acme.ledger.query(over, [id])).rowCount === 1;
    });
    await comment(acme, number, /seen gone/);
    await acme.ledger.query('DELETE FROM daypass.decision_processes');
  }, 400_000);

  test('invariant 15: what a database administrator gave before is the baseline, and stays', async () => {
    await acme.orders.dba('GRANT orders_reader TO erin');
    const { path, number, id } = await given('erin', '30m');
    const [intent] = bodies(await entries(acme, { grant: id }), 'grant.activating');
    expect(intent?.baseline).toEqual([{ level: 'member', origin: 'standing' }]);
    expect(await acme.orders.members('orders_reader')).toEqual(['erin', 'erin']);
    await acme.advance('PT30M');
    await acme.grant(path, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual(['erin']);
    expect(await comment(acme, number, /still there/)).not.toContain('seen gone');
    await acme.orders.dba('REVOKE orders_reader FROM erin');
  }, 400_000);

  test('invariant 15: what Daypass gave and no grant explains ends with the next grant', async () => {
    // This is what a restored backup leaves, or an entry that was lost.
    await acme.orders.asDaypass('GRANT orders_reader TO frank WITH INHERIT TRUE, SET FALSE');
    const { path, number, id } = await given('frank', '45m', 'frank-again');
    const [intent] = bodies(await entries(acme, { grant: id }), 'grant.activating');
    expect(intent).toMatchObject({
      baseline: [],
      leftovers: [{ level: 'member', origin: 'ours' }],
    });
    await acme.orders.dba('GRANT SELECT ON orders TO frank');
    await acme.advance('PT45M');
    expect(await acme.grant(path, 'expired')).toMatchObject({ left: [] });
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    // What is reported by name is not called gone, and not taken away.
    const said = await comment(acme, number, /seen gone/);
    expect(said).toMatch(
      /gained meanwhile: SELECT on table public\.orders to frank, given by postgres/,
    );
    await acme.orders.dba('REVOKE SELECT ON orders FROM frank');
  }, 400_000);

  test('invariants 16, 18: an end waits while another worker holds the slot, and is soon overdue', async () => {
    const path = development('erin-again');
    const files = { [path]: grantFile({ subject: 'erin', ticket: null, duration: '30m' }) };
    await merged(acme, { who: 'erin', branch: 'erin-again', files }, []);
    const id = String((await acme.grant(path, 'active')).id);
    const lease = (until: string) =>
      acme.ledger.query(
        `UPDATE daypass.leases SET owner = 'elsewhere', epoch = epoch + 1,
           deadline = clock_timestamp() + $1::interval WHERE slot LIKE '%erin%'`,
        [until],
      );
    expect((await lease('15 minutes')).rowCount).toBe(1);
    await acme.advance('PT31M');
    await until('an end that could not be begun', async () => {
      return (await failures(id)).some(({ error }) => error === 'another worker holds the slot');
    });
    expect(await acme.grant(path, 'active')).toMatchObject({ overdue: true });
    expect(await acme.orders.members('orders_reader')).toEqual(['erin']);
    await lease('0 hours');
    await acme.advance('PT1M');
    await acme.grant(path, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('invariant 15: when one of two grants on a slot ends, the other keeps its access', async () => {
    const longer = 'access-grants/production/dave-longer.yml';
    const files = { [longer]: grantFile({ subject: 'dave', duration: '2h' }) };
    await merged(acme, { who: 'alice', branch: 'dave-longer', files });
    await acme.grant(longer, 'active');
    // Another environment and another target name, but the same database.
    const { path } = await given('dave', '30m');
    await acme.advance('PT30M');
    await acme.grant(path, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual(['dave']);
    await acme.advance('PT90M');
    await acme.grant(longer, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);
});
