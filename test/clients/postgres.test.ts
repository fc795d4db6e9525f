import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  createPool,
  onOne,
  openSession,
  safeInteger,
  transaction,
} from '../../src/clients/postgres.js';
import { createTargetPool } from '../../src/clients/postgres-target.js';
import { asSuperuser, ledgerDatabase, poolOf, type Urls } from '../adapters/postgres/released.js';

let urls: Urls;
beforeAll(async () => {
  urls = await ledgerDatabase();
});

describe('a pool', () => {
  test('reads timestamps as RFC 3339 in UTC and bigints as numbers, in any time zone of the session', async () => {
    const pool = poolOf(urls.worker, 1);
    await pool.query(`SET TimeZone = 'Asia/Kolkata'`);
    const { rows } = await pool.query(
      `SELECT '2026-11-24T17:00:00.12Z'::timestamptz AS at, (2 ^ 53 - 1)::bigint AS n`,
    );
    expect(rows).toEqual([{ at: '2026-11-24T17:00:00.120Z', n: 2 ** 53 - 1 }]);
  });

  test('gives no number that has lost digits, and no infinite timestamp', async () => {
    expect(() => safeInteger('9007199254740993')).toThrow('beyond a safe integer');
    const pool = poolOf(urls.worker, 1);
    await expect(pool.query('SELECT 9007199254740993::bigint')).rejects.toThrow(RangeError);
    await expect(pool.query(`SELECT 'infinity'::timestamptz`)).rejects.toThrow('not a timestamp');
  });

  test('invariant 9: does not run what somebody created in a schema of the database', async () => {
    await asSuperuser(
      urls.superuser,
      `CREATE FUNCTION public.joined(text, bigint) RETURNS text RETURN 'theirs';
       CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = bigint, FUNCTION = public.joined);
       CREATE VIEW public.pg_roles AS SELECT 'theirs' AS rolname`,
    );
    const named = `SELECT 'our'::text || 5::bigint AS word, rolname <> 'theirs' AS own
                   FROM pg_roles LIMIT 1`;
    const pool = poolOf(urls.worker, 3);
    const answers = await Promise.all([1, 2, 3].map(() => pool.query(named)));
    const seen = answers.map(({ rows }) => rows[0] as unknown);
    expect(seen).toEqual([1, 2, 3].map(() => ({ word: 'our5', own: true })));
  });

  test('ends a statement at its time limit', async () => {
    const pool = createPool({
      url: urls.worker,
      application: 'daypass test',
      statement_timeout_ms: 100,
      onError: () => undefined,
    });
    await expect(pool.query('SELECT pg_sleep(5)')).rejects.toThrow('statement timeout');
    await pool.end();
  });
});

/** The search path of a session. */
const PATH = `SELECT current_setting('search_path') AS path`;
const PID = 'SELECT pg_backend_pid() AS pid';

describe('one connection of a pool', () => {
  test('is used again after work that succeeded, and closed after work that failed', async () => {
    const pool = poolOf(urls.worker, 1);
    const pid = () => onOne(pool, async (client) => (await client.query(PID)).rows[0] as unknown);
    const first = await pid();
    expect(await pid()).toEqual(first);
    await expect(onOne(pool, () => Promise.reject(new Error('at work')))).rejects.toThrow(
      'at work',
    );
    expect(await pid()).not.toEqual(first);
  });

  test('a transaction that fails leaves nothing behind', async () => {
    const pool = poolOf(urls.superuser, 1);
    const failing = transaction(pool, async (client) => {
      await client.query('CREATE TABLE public.left_behind ()');
      throw new Error('half way');
    });
    await expect(failing).rejects.toThrow('half way');
    const { rows } = await pool.query(`SELECT to_regclass('public.left_behind') AS found`);
    expect(rows).toEqual([{ found: null }]);
  });

  test('that breaks while idle fails the next query, and not the process', async () => {
    const pool = poolOf(urls.worker, 1);
    const work = onOne(pool, async (client) => {
      const { rows } = await client.query<{ pid: number }>(PID);
      const ended = new Promise((resolve) => client.once('end', resolve));
      await asSuperuser(urls.superuser, `SELECT pg_terminate_backend(${String(rows[0]?.pid)})`);
      await ended;
      await client.query('SELECT 1');
    });
    await expect(work).rejects.toThrow();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

test('a pool on a target sets nothing on its sessions, because a pooler shares them with others', async () => {
  const pool = createTargetPool({ url: urls.worker, application: 'daypass test', max: 1 });
  try {
    const { rows } = await onOne(pool, (client) => client.query(PATH));
    expect(rows).toEqual([{ path: '"$user", public' }]);
  } finally {
    await pool.end();
  }
});

describe('a session of its own', () => {
  test("finds PostgreSQL's own names first, and shows its purpose", async () => {
    const session = await openSession({ url: urls.worker, application: 'daypass test' });
    try {
      expect((await session.query(PATH)).rows).toEqual([{ path: 'pg_catalog, pg_temp' }]);
      const { rows } = await session.query(`SELECT current_setting('application_name') AS name`);
      expect(rows).toEqual([{ name: 'daypass test' }]);
    } finally {
      await session.end();
    }
  });

  test('that cannot be opened is an error', async () => {
    const url = new URL(urls.worker);
    url.password = 'wrong';
    const opening = openSession({ url: url.href, application: 'daypass test' });
    await expect(opening).rejects.toThrow('password authentication failed');
  });
});
