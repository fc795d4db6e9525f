import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HeardClient } from '../../../src/clients/postgres.js';
import { endSessions } from '../../../src/providers/postgres/sessions.js';
import { targetServer, type TargetServer } from '../../../lab/servers/target-server.js';

const CALL = { deadline_ms: 5000, keep_sessions: false };
const alice = { object: 'orders_reader', identity: 'alice' };

describe.each([15, 18] as const)('sessions of postgres %d', (version) => {
  let server: TargetServer;
  beforeAll(async () => {
    server = await targetServer(version);
  }, 60_000);
  afterAll(() => server.close(), 30_000);

  const session = async () => {
    const client = new HeardClient({ connectionString: server.as('alice', 'alice') });
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return { client, pid: rows[0]?.pid ?? 0 };
  };

  test('invariants 14, 18: an end waits for sessions from before it, and not for one that began meanwhile', async () => {
    const connection = await server.connect();
    await connection.set(alice, 'member', CALL);
    const before = await session();
    process.kill(before.pid, 'SIGSTOP');
    const ending = connection.set(alice, null, CALL);
    // Before 16, sessions that may have been starting are also ended, for a second.
    await new Promise((resolve) => setTimeout(resolve, version < 16 ? 1_500 : 300));
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

describe('a session that was still starting when the role was taken away', () => {
  const late = [{ pid: 7, began: '2026-11-24 17:00:00+00' }];
  /** What each look sees; `told` is what was asked. */
  const ended = async (roles_at_start: boolean, seen: (typeof late)[]) => {
    const told: string[] = [];
    const inTime = async (sql: string) => {
      if (sql.includes('AS mark')) return [{ mark: '2026-11-24 17:00:01+00' }];
      if (!sql.startsWith('SELECT')) return [];
      told.push(sql);
      return seen.shift() ?? [];
    };
    await endSessions(inTime, 'alice', { logins: ['16384'], roles_at_start });
    return { told, unseen: seen.length };
  };

  test('invariant 14: is ended, and waited for, if it may have started with the role', async () => {
    const { told, unseen } = await ended(true, [[], [], late, late, []]);
    expect(unseen).toBe(0);
    expect(told[2]).toContain('pg_terminate_backend(pid)');
    expect(told.every((sql) => sql.includes("backend_start <= '2026-11-24 17:00:01+00'"))).toBe(
      true,
    );
    expect(told.length).toBeGreaterThan(8);
  });

  test('is not looked for where a role cannot be set', async () => {
    expect((await ended(false, [[], late])).unseen).toBe(1);
  });
});
