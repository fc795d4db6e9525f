import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeardClient } from '../../../src/clients/postgres.js';
import { startCluster } from '../../../src/adapters/postgres/embedded/cluster.js';
import { postgres } from '../../../src/providers/postgres/postgres.js';
import { providerContract } from '../../support/provider-contract.js';
import type { ContractTarget } from '../../support/provider-contract.js';
import {
  HOSTILE,
  run,
  targetServer,
  type TargetServer,
} from '../../../lab/servers/target-server.js';
import { throwawayFolder } from '../../../lab/servers/throwaway.js';

const CALL = { deadline_ms: 5000, keep_sessions: false };
for (const version of [15, 18] as const) {
  providerContract(`postgres ${String(version)}`, postgres, async (): Promise<ContractTarget> => {
    const server = await targetServer(version);
    const dba = server.as('dba', 'dba');
    return {
      connect: () => server.connect(),
      slots: [
        { object: 'orders_reader', identity: 'alice' },
        { object: 'orders_reader', identity: 'bob' },
      ],
      level: 'member',
      stranger: { object: 'orders_reader', identity: 'nobody_there' },
      giveStanding: async (slot) =>
        void (await run(dba, `GRANT orders_reader TO ${slot.identity}`)),
      takeStanding: async (slot) =>
        void (await run(dba, `REVOKE orders_reader FROM ${slot.identity}`)),
      tellsOursApart: version !== 15,
      close: () => server.close(),
    };
  });

  describe(`postgres ${String(version)}`, () => {
    let server: TargetServer;
    const alice = { object: 'orders_reader', identity: 'alice' };
    beforeAll(async () => {
      server = await targetServer(version);
    }, 60_000);
    afterAll(() => server.close(), 30_000);

    test('the member can read and, where that can be prevented, cannot SET ROLE', async () => {
      const connection = await server.connect();
      await connection.set(alice, 'member', CALL);
      const url = server.as('alice', 'alice');
      expect((await run(url, 'SELECT id FROM orders')).rows).toEqual([{ id: 1 }]);
      const setting = run(url, 'SET ROLE orders_reader');
      if (version === 18) await expect(setting).rejects.toThrow('permission denied');
      else await setting;
      await connection.set(alice, null, CALL);
      await expect(run(url, 'SELECT id FROM orders')).rejects.toThrow('permission denied');
      await connection.close();
    });

    test('where that can be set, even a login with NOINHERIT has what it is given', async () => {
      const connection = await server.connect();
      const nora = { object: 'orders_reader', identity: 'nora' };
      await connection.set(nora, 'member', CALL);
      const reading = run(server.as('nora', 'nora'), 'SELECT id FROM orders');
      if (version === 18) expect((await reading).rows).toEqual([{ id: 1 }]);
      else await expect(reading).rejects.toThrow('permission denied');
      await connection.set(nora, null, CALL);
      await connection.close();
    });

    test('invariant 14: another database of the server is another target, in the same realm', async () => {
      await server.admin.query('CREATE DATABASE other');
      const url = new URL(server.as('daypass', 'target-password'));
      url.pathname = '/other';
      const [here, there] = [
        await server.connect(),
        await postgres.connect({ url: url.href, forbidden: [] }),
      ];
      const [one, other] = [await here.fingerprint(), await there.fingerprint()];
      expect(other).not.toBe(one);
      expect(postgres.realm(other)).toBe(postgres.realm(one));
      await here.close();
      await there.close();
    });

    test('the end ends the sessions of that login and no others; keep_sessions leaves them', async () => {
      const connection = await server.connect();
      const open = async (user: string) => {
        const client = new HeardClient({ connectionString: server.as(user, user) });
        const ended = new Promise<void>((resolve) => client.on('error', () => resolve()));
        await client.connect();
        return { client, ended };
      };
      const hers = await open('alice');
      const his = await open('bob');
      await connection.set(alice, 'member', CALL);
      await connection.set(alice, null, { ...CALL, keep_sessions: true });
      expect((await hers.client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await connection.set(alice, null, CALL);
      await hers.ended;
      expect((await his.client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await his.client.end();
      await connection.close();
    });

    test('access through another role is inherited, not ours', async () => {
      await server.admin.query('GRANT analysts TO alice; GRANT orders_reader TO analysts');
      const connection = await server.connect();
      expect(await connection.observe([alice])).toEqual([
        [{ level: 'member', origin: 'inherited' }],
      ]);
      await server.admin.query('REVOKE orders_reader FROM analysts; REVOKE analysts FROM alice');
      await connection.close();
    });

    test('names are quoted', async () => {
      const connection = await server.connect();
      const slot = { object: HOSTILE, identity: `${HOSTILE} login` };
      await connection.set(slot, 'member', CALL);
      expect(await connection.observe([slot])).toEqual([[{ level: 'member', origin: 'ours' }]]);
      await connection.set(slot, null, CALL);
      expect(await connection.observe([slot])).toEqual([[]]);
      await connection.close();
    });

    test('invariant 18: a call that waits past its deadline is ended at the target, and gave nothing', async () => {
      const connection = await server.connect();
      const blocker = await server.admin.connect();
      await blocker.query('BEGIN; LOCK TABLE pg_auth_members IN ACCESS EXCLUSIVE MODE');
      const giving = connection.set(alice, 'member', { deadline_ms: 300, keep_sessions: false });
      await expect(giving).rejects.toMatchObject({ name: 'TargetFault', lasting: false });
      await blocker.query('ROLLBACK');
      blocker.release();
      expect(await connection.observe([alice])).toEqual([[]]);
      await connection.close();
    });

    test('invariant 18: sessions that do not end do not hold a call beyond its deadline either', async () => {
      const connection = await server.connect();
      await connection.set(alice, 'member', CALL);
      const session = new HeardClient({ connectionString: server.as('alice', 'alice') });
      await session.connect();
      const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const pid = rows[0]?.pid ?? 0;
      process.kill(pid, 'SIGSTOP');
      const started = performance.now();
      const ending = connection.set(alice, null, { deadline_ms: 500, keep_sessions: false });
      const late = expect(ending).rejects.toMatchObject({ name: 'TargetFault', lasting: false });
      await late.finally(() => process.kill(pid, 'SIGCONT'));
      // Without the deadline it takes two seconds.
      expect(performance.now() - started).toBeLessThan(1_500);
      await connection.set(alice, null, CALL);
      await expect(session.query('SELECT 1')).rejects.toThrow();
      expect(await connection.observe([alice])).toEqual([[]]);
      await connection.close();
    });

    test('a missing right is a lasting fault that names it', async () => {
      await server.admin.query('CREATE ROLE payroll');
      const connection = await server.connect();
      const giving = connection.set({ object: 'payroll', identity: 'alice' }, 'member', CALL);
      await expect(giving).rejects.toMatchObject({
        lasting: true,
        message: expect.stringContaining('payroll'),
      });
      await connection.close();
    });

    test("invariant 9: Daypass's own server is refused, and so is a superuser", async () => {
      const connection = await server.connect();
      const system = (await connection.fingerprint()).split('/')[0] ?? '';
      await connection.close();
      await expect(server.connect([system])).rejects.toThrow("Daypass's own");
      await expect(postgres.connect({ url: server.superuserUrl, forbidden: [] })).rejects.toThrow(
        'not a superuser',
      );
    });
  });
}

describe('postgres entitlements', () => {
  test.each([
    [{ member_of: 'orders_reader' }, []],
    [{ member_of: 'orders_reader', keep_sessions: true }, []],
    [{ member_of: 'orders_owner', leaves_traces: true }, []],
    [{ member_of: 'orders_owner', leaves_traces: 'yes' }, ['leaves_traces: must be true or false']],
    [
      { member_of: 'pg_read_all_data' },
      ['member_of: "pg_read_all_data" is reserved or privileged'],
    ],
    [{ member_of: '' }, ['member_of: must not be empty']],
    [{ member_of: 'x'.repeat(64) }, ['member_of: must have at most 63 bytes']],
    [{}, ['member_of: is missing; it must be the name of a role']],
    [
      { member_of: 'a', memberof: 'b' },
      ['"memberof" is not a known key. The keys are member_of, keep_sessions, leaves_traces.'],
    ],
    ['orders_reader', [expect.any(String)]],
  ])('%j', (entitlement, problems) => {
    expect(postgres.check(entitlement)).toEqual(problems);
  });

  test.each(['postgres', 'public', 'pg_monitor', '', 'a\u0000b'])(
    'identity %j is refused',
    (name) => {
      expect(postgres.checkIdentity(name)).toEqual(expect.any(String));
    },
  );

  test('invariant 24: a target that is down is reported without its URL', async () => {
    const url = 'postgresql://daypass:very-secret@127.0.0.1:9/orders';
    const fault = await postgres.connect({ url, forbidden: [] }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'TargetFault', lasting: false });
    expect((fault as Error).message).not.toContain('very-secret');
  });
});

test('invariant 14: a replica is refused, because what it shows may be outdated', async () => {
  const folder = await throwawayFolder();
  try {
    const primary = await startCluster({ folder, throwaway: true });
    await primary.stop();
    // This file makes a server a standby ("Standby Server Operation", PostgreSQL documentation).
    await writeFile(join(folder, 'cluster', 'data', 'standby.signal'), '');
    const replica = await startCluster({ folder, throwaway: true });
    const connecting = postgres.connect({ url: replica.superuserUrl, forbidden: [] });
    await expect(connecting).rejects.toMatchObject({
      message: expect.stringContaining('is a replica'),
      lasting: true,
    });
    await replica.stop();
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}, 60_000);
