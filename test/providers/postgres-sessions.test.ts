import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { targetServer, type TargetServer } from '../support/target-server.js';

const CALL = { deadline_ms: 5000, keep_sessions: false };
const alice = { object: 'orders_reader', identity: 'alice' };

describe.each([15, 18] as const)('sessions of postgres %d', (version) => {
  let server: TargetServer;
  beforeAll(async () => {
    server = await targetServer(version);
  }, 60_000);
  afterAll(() => server.close(), 30_000);

  const session = async () => {
    const client = new pg.Client({ connectionString: server.as('alice', 'alice') });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return { client, pid: rows[0]?.pid ?? 0 };
  };

  test('invariants 14, 18: an end waits for the sessions of before it, and not for one that began meanwhile', async () => {
    const connection = await server.connect();
    await connection.set(alice, 'member', CALL);
    const before = await session();
    process.kill(before.pid, 'SIGSTOP');
    const ending = connection.set(alice, null, CALL);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const meanwhile = await session();
    process.kill(before.pid, 'SIGCONT');
    await ending;
    await expect(before.client.query('SELECT 1')).rejects.toThrow();
    expect((await meanwhile.client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(await connection.observe([alice])).toEqual([[]]);
    await meanwhile.client.end();
    await connection.close();
  });
});
