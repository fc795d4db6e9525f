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

  test("invariant 9: Daypass's own login is given nothing", async () => {
    const own = { object: 'orders_reader', identity: 'daypass' };
    await expect(connection.set(own, 'member', CALL)).rejects.toMatchObject({
      message: expect.stringContaining("Daypass's own login"),
      lasting: true,
    });
  });
});
