import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Connection } from '../../../src/ports.js';
import { targetServer, type TargetServer } from '../../../lab/servers/target-server.js';

const CALL = { deadline_ms: 5000, keep_sessions: false };

describe.each([15, 18] as const)('logins of postgres %d that have power', (version) => {
  let server: TargetServer;
  let connection: Connection;
  beforeAll(async () => {
    server = await targetServer(version);
    connection = await server.connect();
  }, 60_000);
  afterAll(async () => {
    await connection.close();
    await server.close();
  }, 30_000);

  test.each([
    ['SUPERUSER', 'a superuser'],
    ['REPLICATION', 'a login for replication'],
    ['CREATEROLE', 'a login that may create roles'],
  ])(
    'invariant 9: a login with %s is given nothing; its end is not refused',
    async (power, what) => {
      const names = { object: 'orders_reader', identity: 'alice' };
      const pinned = { ...names, pin: (await connection.pin?.(names)) ?? null };
      const set = (to: string) => server.admin.query(`ALTER ROLE alice ${to}`);
      await set(power);
      for (const slot of [names, pinned]) {
        await expect(connection.set(slot, 'member', CALL)).rejects.toMatchObject({
          message: expect.stringContaining(what),
          lasting: true,
        });
      }
      await set(`NO${power}`);
      await connection.set(pinned, 'member', CALL);
      await set(power);
      await connection.set(pinned, null, CALL);
      await set(`NO${power}`);
      expect(await connection.observe([pinned])).toEqual([[]]);
    },
  );

  test.each([
    ['CREATE ROLE boss SUPERUSER', 'boss', 'a superuser through the role boss'],
    ['CREATE ROLE boss CREATEROLE', 'boss', 'a login that may create roles through the role boss'],
    [
      '',
      'pg_execute_server_program',
      'a login that reaches the files of the server through the role pg_execute_server_program',
    ],
  ])(
    'invariant 9: a login with power through a role is given nothing either: %s %s',
    async (before, role, what) => {
      if (before) await server.admin.query(before);
      await server.admin.query(`GRANT ${role} TO alice`);
      await expect(
        connection.set({ object: 'orders_reader', identity: 'alice' }, 'member', CALL),
      ).rejects.toMatchObject({
        message: `alice is ${what}: nothing is given to it`,
        lasting: true,
      });
      await server.admin.query(`REVOKE ${role} FROM alice`);
      if (before) await server.admin.query('DROP ROLE boss');
    },
  );

  describe('roles that have power', () => {
    const given = { ...CALL, entitlement: { member_of: 'orders_reader', leaves_traces: true } };
    const alice = { object: 'orders_reader', identity: 'alice' };
    const tell = (what: string) =>
      `orders_reader is privileged (${what}): nothing is given, whatever the catalog says`;

    test.each([
      'pg_execute_server_program',
      'pg_write_server_files',
      'pg_read_server_files',
      'pg_read_all_data',
      'pg_write_all_data',
      'pg_signal_backend',
      ...(version === 18 ? ['pg_create_subscription', 'pg_maintain'] : []),
    ])('invariant 9: a member of %s is given to nobody', async (role) => {
      // By a role between them, and to be given on only, which is as good.
      const admin = version === 15 ? 'ADMIN OPTION' : 'ADMIN TRUE, INHERIT FALSE, SET FALSE';
      await server.admin.query(
        `CREATE ROLE tools; GRANT ${role} TO tools WITH ${admin}; GRANT tools TO orders_reader`,
      );
      const message = tell(`${role} comes with the server`);
      await expect(connection.set(alice, 'member', given)).rejects.toMatchObject({
        lasting: true,
        message,
      });
      expect(await connection.objection?.(given.entitlement)).toBe(message);
      await server.admin.query('DROP ROLE tools');
    });

    test.each([
      ['SUPERUSER', 'is a superuser'],
      ['REPLICATION', 'may replicate'],
      ['CREATEROLE', 'may create roles'],
      ['BYPASSRLS', 'bypasses row-level security'],
    ])('invariant 9: nor is one with %s, itself or above it', async (power, what) => {
      await server.admin.query(
        `CREATE ROLE boss ${power}; GRANT boss TO orders_reader; ALTER ROLE orders_reader ${power}`,
      );
      expect(await connection.objection?.(given.entitlement)).toBe(
        tell(`boss ${what}; orders_reader ${what}`),
      );
      await expect(connection.set(alice, 'member', given)).rejects.toMatchObject({ lasting: true });
      await server.admin.query(`DROP ROLE boss; ALTER ROLE orders_reader NO${power}`);
    });

    test('a role that only reads the state of the server is given, and an end is never refused', async () => {
      await server.admin.query('GRANT pg_monitor TO orders_reader');
      expect(await connection.objection?.({ member_of: 'orders_reader' })).toBeNull();
      await connection.set(alice, 'member', CALL);
      await server.admin.query('ALTER ROLE orders_reader CREATEROLE');
      await connection.set(alice, null, CALL);
      expect(await connection.observe([alice])).toEqual([[]]);
      await server.admin.query(
        'ALTER ROLE orders_reader NOCREATEROLE; REVOKE pg_monitor FROM orders_reader',
      );
    });
  });

  test("invariant 9: Daypass's own login is given nothing", async () => {
    const own = { object: 'orders_reader', identity: 'daypass' };
    await expect(connection.set(own, 'member', CALL)).rejects.toMatchObject({
      message: expect.stringContaining("Daypass's own login"),
      lasting: true,
    });
  });
});
