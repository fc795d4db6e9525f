import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { codeOf, DENIED, poolOf, releasedDatabase, sessionOf, type Urls } from '../released.js';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { createUseFeed } from '../../../../src/adapters/postgres/use/feed.js';
import type { UseFeed } from '../../../../src/ports.js';
import { GRANT, told, window } from '../../../../lab/acme/story.js';
import { at, of } from '../entries.js';

let urls: Urls;
let pdp: pg.Client;
beforeAll(async () => {
  urls = await releasedDatabase();
  pdp = await sessionOf(urls.pdp);
});

describe('the role of decision processes', () => {
  test.each([
    'SELECT id, version, record FROM daypass.grants_at_use',
    'SELECT seq, policy, files FROM daypass.policy_at_use',
    'SELECT wasm FROM daypass.compiled_policies',
    'SELECT seq FROM daypass.head',
    `INSERT INTO daypass.decision_processes (name, stale_after) VALUES ('me', interval '9 s')`,
    `UPDATE daypass.decision_processes SET version = 9 WHERE name = 'me'`,
    `DELETE FROM daypass.decision_processes WHERE name = 'me'`,
  ])('invariant 27: a decision process may %s', async (sql) => {
    expect(await codeOf(pdp.query(sql))).toBe('done');
  });

  test.each([
    'SELECT FROM daypass.entries',
    'SELECT FROM daypass.grants',
    'SELECT FROM daypass.policy_trees',
    `INSERT INTO daypass.entries (seq, at, kind, body, previous, hash)
       VALUES (2, now(), 'forged', '{}', repeat('1', 64), repeat('2', 64))`,
    `INSERT INTO daypass.compiled_policies (tree, compiler, wasm) VALUES ('t', 'c', '')`,
    'UPDATE daypass.grants_at_use SET version = 9',
    'UPDATE daypass.head SET seq = 9',
    'SELECT FROM daypass.work',
    'SELECT FROM daypass.leases',
    'SELECT FROM daypass.shown',
    'SELECT FROM daypass.deliveries',
    'SELECT FROM daypass.events_out',
    'SELECT FROM bullmq.job',
    'CREATE TABLE public.mine ()',
    'CREATE TEMPORARY TABLE mine ()',
  ])('invariant 27: a decision process must not %s', async (sql) => {
    expect(await codeOf(pdp.query(sql))).toBe(DENIED);
  });
});

describe('what a decision process reads', () => {
  let feed: UseFeed;
  beforeAll(() => {
    feed = createUseFeed(poolOf(urls.pdp), { name: 'one', stale_after_ms: 10_000 });
  });

  test('grants in the order of their changes; of one that was over long ago, only that it changed', async () => {
    const ledger = createLedger(poolOf(urls.worker));
    await ledger.append(at(0), [of(GRANT, told.approved()), of('other@1', told.approved())]);
    const landed = await feed.changes(0, 10, false);
    expect(landed).toMatchObject({ head: 2, rows: [{ id: GRANT }, { id: 'other@1' }] });
    expect(landed.rows.every(({ record }) => record?.includes('"state":"scheduled"'))).toBe(true);
    await ledger.append(at(1), [of(GRANT, told.activating(1, window(1, 5)))]);
    await ledger.append(at(5), [of(GRANT, told.expired(5))]);
    // The stories are of a day in the past of the database's own clock, or not: what is over for a week is let go.
    await (
      await sessionOf(urls.owner)
    ).query(
      `UPDATE daypass.grants SET ended_at = clock_timestamp() - interval '8 days' WHERE id = $1`,
      [GRANT],
    );
    expect(await feed.changes(2, 10, false)).toMatchObject({
      ...{ head: 4, rows: [{ id: GRANT, version: 4, record: null }] },
    });
    expect((await feed.changes(0, 1, false)).rows).toHaveLength(1);
    // A whole reading is of those that say something.
    expect((await feed.changes(0, 10, true)).rows.map(({ id }) => id)).toEqual(['other@1']);
  });

  test('before first start no policy is in force, and nothing is compiled', async () => {
    expect(await feed.inForce()).toBeNull();
    expect(await feed.compiled('opa')).toBeNull();
  });

  test('its row is there until it leaves; rows of processes that are long gone are forgotten', async () => {
    const names = async () => {
      const sql = 'SELECT name, version FROM daypass.decision_processes ORDER BY name';
      return (await pdp.query<{ name: string; version: string }>(sql)).rows;
    };
    await feed.confirm(3);
    await feed.confirm(4);
    await pdp.query(
      `INSERT INTO daypass.decision_processes (name, stale_after, seen_at)
       VALUES ('gone', interval '10 s', clock_timestamp() - interval '25 hours')`,
    );
    expect(await names()).toEqual([
      { name: 'gone', version: '0' },
      { name: 'one', version: '4' },
    ]);
    await feed.forgetSilent();
    expect(await names()).toEqual([{ name: 'one', version: '4' }]);
    await feed.leave();
    expect(await names()).toEqual([]);
  });
});
