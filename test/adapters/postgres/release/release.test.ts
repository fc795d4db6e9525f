import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { record, told } from '../../../../lab/acme/story.js';
import { migrateQueue } from '../../../../src/adapters/bullmq/migrate.js';
import { release } from '../../../../src/adapters/postgres/release/release.js';
import { storeDelivery } from '../../../../src/adapters/postgres/work/deliveries.js';
import {
  asSuperuser,
  codeOf,
  DENIED,
  ownedDatabase,
  poolOf,
  releasedDatabase,
  releaseOn,
  sessionOf,
  SESSIONS,
  type Urls,
} from '../released.js';

const delivery = {
  id: 'guid-1',
  event: 'push',
  action: null,
  installation_id: 77,
  repository_id: 9,
  pull_request: null,
  ref: 'refs/heads/main',
};

const APPEND_ONLY = '23000';
const FULL = '53400';

describe.each([18, 15] as const)('on PostgreSQL %i', (version) => {
  let urls: Urls;
  let superuser: pg.Client;
  let owner: pg.Client;
  let worker: pg.Client;
  let web: pg.Client;
  let audit: pg.Client;
  beforeAll(async () => {
    urls = await releasedDatabase(version);
    superuser = await sessionOf(urls.superuser);
    owner = await sessionOf(urls.owner);
    worker = await sessionOf(urls.worker);
    web = await sessionOf(urls.web);
    audit = await sessionOf(urls.audit);
    await worker.query(
      `INSERT INTO daypass.entries (seq, at, kind, body, previous, hash)
       VALUES (1, now(), 'test', '{}', repeat('0', 64), repeat('1', 64))`,
    );
    await worker.query(`INSERT INTO daypass.policy_trees VALUES ('t', '{}', now())`);
  });

  test.each([
    `UPDATE daypass.entries SET kind = 'other'`,
    'DELETE FROM daypass.entries',
    'TRUNCATE daypass.entries',
    `UPDATE daypass.policy_trees SET files = ''`,
    'DELETE FROM daypass.policy_trees',
    'TRUNCATE daypass.policy_trees',
    'ALTER TABLE daypass.entries DISABLE TRIGGER append_only',
    'DROP TABLE daypass.entries',
    'INSERT INTO daypass.head (seq, hash) VALUES (1, repeat($$1$$, 64))',
    'DELETE FROM daypass.head',
    'DELETE FROM daypass.grants',
    `INSERT INTO daypass.decision_processes (name, stale_after) VALUES ('me', interval '9 s')`,
    'UPDATE daypass.decision_processes SET version = 9',
    'DELETE FROM daypass.decision_processes',
    'CREATE TABLE public.mine ()',
    'CREATE TABLE daypass.mine ()',
    'CREATE SCHEMA mine',
  ])('invariant 22: the worker must not %s', async (sql) => {
    expect(await codeOf(worker.query(sql))).toBe(DENIED);
  });

  test.each([
    `UPDATE daypass.entries SET kind = 'other'`,
    'DELETE FROM daypass.entries WHERE false',
    'TRUNCATE daypass.entries',
    'DELETE FROM daypass.policy_trees',
    `SET session_replication_role = replica; DELETE FROM daypass.entries`,
  ])('invariant 22: nobody, not even the superuser, may %s', async (sql) => {
    expect(await codeOf(superuser.query(sql))).toBe(APPEND_ONLY);
    if (!sql.startsWith('SET')) expect(await codeOf(owner.query(sql))).toBe(APPEND_ONLY);
  });

  test('invariant 25: web may add a delivery, and the same one twice is one row', async () => {
    const pool = poolOf(urls.web);
    await storeDelivery(pool, delivery);
    await storeDelivery(pool, { ...delivery, event: 'forged' });
    const { rows } = await worker.query('SELECT event, handled_at FROM daypass.deliveries');
    expect(rows).toEqual([{ event: 'push', handled_at: null }]);
  });

  test.each([
    'SELECT FROM daypass.deliveries',
    `UPDATE daypass.deliveries SET event = 'x'`,
    'DELETE FROM daypass.deliveries',
    `INSERT INTO daypass.deliveries (delivery_id, event, handled_at) VALUES ('h', 'push', now())`,
    'SELECT FROM daypass.entries',
    `INSERT INTO daypass.entries (seq, at, kind, body, previous, hash)
       VALUES (2, now(), 'forged', '{}', repeat('1', 64), repeat('2', 64))`,
    'SELECT FROM daypass.grants',
    'SELECT FROM daypass.head',
    'SELECT FROM daypass.decision_processes',
    `INSERT INTO daypass.work (topic, wanted_at) VALUES ('grant:x', now())`,
    'SELECT FROM daypass.leases',
    'SELECT FROM daypass.shown',
    'SELECT FROM daypass.policy_trees',
    'SELECT FROM bullmq.job',
    'CREATE TABLE public.mine ()',
    'CREATE TEMPORARY TABLE mine ()',
  ])('invariant 25: web must not %s', async (sql) => {
    expect(await codeOf(web.query(sql))).toBe(DENIED);
  });

  test.each([
    'SELECT FROM daypass.entries',
    'SELECT FROM daypass.head',
    'SELECT FROM daypass.grants',
    'SELECT FROM daypass.policy_trees',
    'SELECT topic, due_at, starts FROM daypass.work',
  ])('invariant 22: the auditor may %s', async (sql) => {
    expect(await codeOf(audit.query(sql))).toBe('done');
  });

  test.each([
    `INSERT INTO daypass.entries (seq, at, kind, body, previous, hash)
       VALUES (2, now(), 'forged', '{}', repeat('1', 64), repeat('2', 64))`,
    `UPDATE daypass.entries SET kind = 'other'`,
    `UPDATE daypass.grants SET state = 'expired'`,
    'DELETE FROM daypass.grants',
    `UPDATE daypass.head SET seq = 0`,
    `INSERT INTO daypass.policy_trees VALUES ('u', '{}', now())`,
    `UPDATE daypass.work SET planned_at = now()`,
    `INSERT INTO daypass.work (topic, wanted_at) VALUES ('grant:x', now())`,
    'SELECT last_error FROM daypass.work',
    'SELECT FROM daypass.leases',
    'SELECT FROM daypass.shown',
    'SELECT FROM daypass.deliveries',
    'SELECT FROM daypass.events_out',
    'SELECT FROM bullmq.job',
    'CREATE TABLE public.mine ()',
    'CREATE TEMPORARY TABLE mine ()',
  ])('invariant 22: the auditor must not %s', async (sql) => {
    expect(await codeOf(audit.query(sql))).toBe(DENIED);
  });

  test('invariant 25: web can store no more than 10,000 deliveries that are not sorted yet', async () => {
    const flood = (from: number, to: number) =>
      codeOf(
        web.query(
          `INSERT INTO daypass.deliveries (delivery_id, event)
           SELECT 'flood-' || n, 'push' FROM generate_series($1::int, $2::int) n`,
          [from, to],
        ),
      );
    const waiting = async () => {
      const { rows } = await worker.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM daypass.deliveries WHERE handled_at IS NULL',
      );
      return rows[0]?.n ?? 0;
    };
    // All but five come at once and unseen by the count: to count them for each of them takes a minute.
    await owner.query(
      `DELETE FROM daypass.deliveries;
       INSERT INTO daypass.deliveries (delivery_id, event, handled_at)
         SELECT 'flood-' || n, 'push', now() FROM generate_series(1, 9995) n;
       UPDATE daypass.deliveries SET handled_at = NULL`,
    );
    expect(await flood(9_996, 10_001)).toBe(FULL);
    expect(await waiting()).toBe(9_995);
    expect(await flood(9_996, 10_000)).toBe('done');
    const stored = storeDelivery(poolOf(urls.web), { ...delivery, id: 'one-more' });
    await expect(stored).rejects.toThrow('no more deliveries are stored while 10000 wait');
    expect(await waiting()).toBe(10_000);
    await worker.query(`DELETE FROM daypass.deliveries WHERE delivery_id = 'flood-7'`);
    await storeDelivery(poolOf(urls.web), { ...delivery, id: 'one-more' });
    await worker.query(`DELETE FROM daypass.deliveries WHERE handled_at IS NULL`);
  });

  test.each([
    ['event', 'x'.repeat(101)],
    ['id', 'x'.repeat(101)],
    ['ref', 'x'.repeat(501)],
  ])('a delivery whose %s is too long is refused', async (field, text) => {
    const storing = storeDelivery(poolOf(urls.web), {
      ...delivery,
      id: 'guid-2',
      [field]: text,
    });
    expect(await codeOf(storing)).toBe('23514');
  });

  test('a second release changes nothing, and two at once wait for each other', async () => {
    await Promise.all([releaseOn(urls), releaseOn(urls)]);
    const { rows } = await poolOf(urls.worker).query('SELECT seq FROM daypass.entries');
    expect(rows).toEqual([{ seq: 1 }]);
  });
});

describe('release', () => {
  test('grants that an older version recorded are read by this version', async () => {
    const urls = await releasedDatabase(18);
    const owner = await sessionOf(urls.owner);
    const { drift, ...older } = record(told.approved());
    const text = JSON.stringify({ ...older, drifted: false });
    await owner.query(
      `INSERT INTO daypass.grants
         (id, path, state, quarantined, overdue, drifted, subject_id, landed_at, version, record)
       VALUES ($1, 'p', 'scheduled', false, false, false, 101, now(), 1, $2)`,
      [older.id, text],
    );
    await owner.query(
      `DROP INDEX daypass.entries_decided, daypass.entries_at_head, daypass.work_due_comments,
         daypass.entries_begun, daypass.entries_over, daypass.entries_landed,
         daypass.grants_due, daypass.grants_ends, daypass.grants_overdue,
         daypass.entries_approvers, daypass.grants_version;
       DROP INDEX daypass.work_due_requests, daypass.entries_requests, daypass.entries_request_ids;
       DROP VIEW daypass.denials_at_use;
       DROP TABLE daypass.access_requests, daypass.requests_served;
       DROP TABLE daypass.decision_processes, daypass.compiled_policies, daypass.uses;
       DROP SEQUENCE daypass.use_batches;
       DROP INDEX daypass.entries_uses;
       DROP VIEW daypass.grants_at_use, daypass.policy_at_use;
       DROP FUNCTION daypass.due_of, daypass.ends_of;
       ALTER TABLE daypass.policy_trees DROP COLUMN executable;
       DROP FUNCTION daypass.cap_deliveries CASCADE;
       ALTER TABLE daypass.shown DROP COLUMN listed, DROP COLUMN touches_nothing,
         DROP COLUMN passed`,
    );
    await owner.query(`DELETE FROM daypass.migrations WHERE name >= '0010'`);
    await releaseOn(urls);
    const { rows } = await owner.query<{ record: string }>('SELECT record FROM daypass.grants');
    expect(JSON.parse(rows[0]?.record ?? '')).toEqual({ ...older, drift });
  });

  test('two at once on an empty database make one ledger', async () => {
    const urls = await ownedDatabase();
    await Promise.all([releaseOn(urls), releaseOn(urls)]);
    const { rows } = await poolOf(urls.worker).query('SELECT seq FROM daypass.head');
    expect(rows).toEqual([{ seq: 0 }]);
  });

  test('a new password in the URL becomes the password', async () => {
    const urls = await releasedDatabase();
    const changed = new URL(urls.worker);
    changed.password = 'another';
    await releaseOn({ ...urls, worker: changed.href });
    expect(await codeOf(poolOf(urls.worker).query('SELECT 1'))).toBe('28P01');
    expect(await codeOf(poolOf(changed.href).query('SELECT 1'))).toBe('done');
  });

  test('revokes what a role was granted in addition', async () => {
    const urls = await releasedDatabase();
    const web = new URL(urls.web).username;
    await asSuperuser(
      urls.superuser,
      `GRANT ALL ON ALL TABLES IN SCHEMA daypass TO "${web}", PUBLIC`,
    );
    await releaseOn(urls);
    expect(await codeOf(poolOf(urls.web).query('SELECT FROM daypass.entries'))).toBe(DENIED);
  });

  test('without AUDIT_DATABASE_URL and PDP_DATABASE_URL there are no such roles', async () => {
    const urls = await ownedDatabase();
    const { owner, worker, web } = urls;
    await release({
      releaseUrl: owner,
      workerUrl: worker,
      webUrl: web,
      ...{ auditUrl: null, pdpUrl: null },
      sessions: SESSIONS,
      migrateQueue,
    });
    expect(await codeOf(poolOf(urls.audit).query('SELECT 1'))).not.toBe('done');
    expect(await codeOf(poolOf(urls.pdp).query('SELECT 1'))).not.toBe('done');
  });

  test('invariant 22: an auditor that may write through another role is refused', async () => {
    const urls = await ownedDatabase();
    const [audit, owner] = [urls.audit, urls.owner].map((url) => new URL(url).username);
    await asSuperuser(
      urls.superuser,
      `ALTER ROLE "${owner}" SUPERUSER; CREATE ROLE "${audit}" INHERIT IN ROLE pg_write_all_data`,
    );
    await expect(releaseOn(urls)).rejects.toThrow(`${audit} has INSERT on entries`);
  });

  test.each([
    ['is a superuser', 'CREATE ROLE "WORKER" SUPERUSER', 'is a superuser'],
    ['may create roles', 'CREATE ROLE "WORKER" CREATEROLE', 'may create roles'],
    ['can act as the owner', 'CREATE ROLE "WORKER" IN ROLE "OWNER"', 'can act as the owner'],
    [
      'writes everything',
      'CREATE ROLE "WORKER" INHERIT IN ROLE pg_write_all_data',
      'has INSERT on head',
    ],
  ])('invariant 22: a worker that %s is refused', async (_, sql, why) => {
    const urls = await ownedDatabase();
    const worker = new URL(urls.worker).username;
    const owner = new URL(urls.owner).username;
    await asSuperuser(urls.superuser, `ALTER ROLE "${owner}" SUPERUSER`);
    await asSuperuser(urls.superuser, sql.replace('WORKER', worker).replace('OWNER', owner));
    await expect(releaseOn(urls)).rejects.toThrow(why);
  });

  test('one role for two processes, or two databases, are refused', async () => {
    const urls = await ownedDatabase();
    const elsewhere = new URL(urls.web);
    elsewhere.pathname = '/elsewhere';
    await expect(releaseOn({ ...urls, web: urls.worker })).rejects.toThrow('name the same role');
    await expect(releaseOn({ ...urls, worker: urls.owner })).rejects.toThrow('name the same role');
    await expect(releaseOn({ ...urls, audit: urls.worker })).rejects.toThrow('name the same role');
    await expect(releaseOn({ ...urls, web: elsewhere.href })).rejects.toThrow(
      'different databases',
    );
  });

  test.each([
    ['not a URL', 'hunter2 is not a url'],
    ['another scheme', 'mysql://web:hunter2@127.0.0.1/x'],
    ['no role', 'postgres://:hunter2@127.0.0.1/x'],
    ['no database', 'postgres://web:hunter2@127.0.0.1'],
    ['badly encoded', 'postgres://web:%zzhunter2@127.0.0.1/x'],
  ])('invariant 24: an error for a URL that is %s quotes no secret', async (_, web) => {
    const failure = await releaseOn({ ...(await ownedDatabase()), web }).catch((e: unknown) => e);
    expect(String(failure)).toContain('WEB_DATABASE_URL');
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('hunter2');
  });

  test('invariant 24: a role that cannot be created is an error without its password', async () => {
    const urls = await ownedDatabase();
    const owner = new URL(urls.owner).username;
    await asSuperuser(urls.superuser, `ALTER ROLE "${owner}" NOCREATEROLE`);
    const failure = await releaseOn(urls).catch((e: unknown) => e);
    expect(String(failure)).toMatch(/cannot CREATE the role worker_\w+ that DATABASE_URL names/);
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(
      /rk\/er|SCRAM/,
    );
  });
});
