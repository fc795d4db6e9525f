import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { HeardClient } from '../../../src/clients/postgres.js';
import type { Connection, Slot } from '../../../src/ports.js';
import { run, targetServer, type TargetServer } from '../../../lab/servers/target-server.js';

const CALL = { deadline_ms: 10_000, keep_sessions: false };
const TRACED = { ...CALL, entitlement: { member_of: 'orders_owner', leaves_traces: true } };
const alice = { object: 'orders_reader', identity: 'alice' };
const owner = { object: 'orders_owner', identity: 'alice' };

describe.each([15, 18] as const)('what can outlive a membership on postgres %d', (version) => {
  let server: TargetServer;
  let connection: Connection;
  const open: pg.Client[] = [];
  const database = () => new URL(server.superuserUrl).pathname.slice(1);
  beforeAll(async () => {
    server = await targetServer(version);
    connection = await server.connect();
    const admin =
      version === 15 ? 'WITH ADMIN OPTION' : 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
    await server.admin.query(
      `CREATE ROLE orders_owner; CREATE ROLE lender; GRANT orders_owner, lender TO daypass ${admin};
       CREATE TABLE ledger (id int); ALTER TABLE ledger OWNER TO orders_owner;
       GRANT SELECT ON orders TO lender WITH GRANT OPTION; CREATE ROLE carol LOGIN PASSWORD 'carol';
       GRANT INSERT ON orders TO orders_reader`,
    );
  }, 60_000);
  afterAll(async () => {
    await connection.close();
    await server.close();
  }, 30_000);
  afterEach(async () => {
    for (const client of open.splice(0)) await client.end().catch(() => undefined);
  });

  const session = async (user: string) => {
    const client = new HeardClient({ connectionString: server.as(user, user) });
    await client.connect();
    open.push(client);
    return client;
  };
  const pinned = async (slot: Slot) => ({
    ...slot,
    pin: (await connection.pin?.(slot)) ?? null,
  });

  const joins = (...steps: string[]) => server.admin.query(steps.join(';'));

  describe('sessions', () => {
    test('invariant 14: of every login that has the role through the member are ended, whenever they began', async () => {
      await joins('GRANT alice TO bob', 'GRANT bob TO carol');
      const [bob, carol, nora] = [
        await session('bob'),
        await session('carol'),
        await session('nora'),
      ];
      await connection.set(alice, 'member', CALL);
      await bob.query('SET ROLE alice');
      await bob.query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM orders');
      await connection.set(await pinned(alice), null, CALL);
      await expect(bob.query('FETCH c')).rejects.toThrow();
      await expect(carol.query('SELECT 1')).rejects.toThrow();
      expect((await nora.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await joins('REVOKE alice FROM bob', 'REVOKE bob FROM carol');
    });

    test('invariant 14: of somebody who left the login meanwhile are ended as well', async () => {
      await joins('GRANT alice TO bob');
      await connection.set(alice, 'member', CALL);
      const bob = await session('bob');
      await bob.query('BEGIN; DECLARE c CURSOR FOR SELECT id FROM orders');
      await connection.set(alice, null, CALL);
      await expect(bob.query('FETCH c')).rejects.toThrow();
      await joins('REVOKE alice FROM bob');
    });

    test('of Daypass, of a superuser and, where that can be told apart, of logins that may only pass it on are left', async () => {
      await joins(
        "CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'boss'",
        'GRANT alice TO boss, daypass',
      );
      if (version === 18)
        await joins('GRANT alice TO bob WITH ADMIN TRUE, INHERIT FALSE, SET FALSE');
      const [boss, bob] = [await session('boss'), await session('bob')];
      const other = await server.connect();
      await connection.set(alice, 'member', CALL);
      await connection.set(alice, null, CALL);
      for (const client of [boss, bob])
        expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      expect(await other.observe([alice])).toEqual([[]]);
      await other.close();
      await joins('REVOKE alice FROM boss, daypass', 'REVOKE alice FROM bob', 'DROP ROLE boss');
    });
  });

  describe('a prepared transaction', () => {
    const prepare = async (user: string, gid: string, role = user) => {
      const client = await session(user);
      await client.query('BEGIN; INSERT INTO orders VALUES (2)');
      await client.query(`SET ROLE ${role}; PREPARE TRANSACTION '${gid}'`);
    };
    const held = (owner: string, gid: string) => ({
      name: 'TargetFault',
      message: `${owner} has the prepared transaction "${gid}" in database ${database()}, which can still be committed with the access that was given: run COMMIT PREPARED or ROLLBACK PREPARED`,
    });

    test.each(['alice', 'bob'])(
      'invariant 14: of %s keeps the end from being seen until somebody settles it',
      async (user) => {
        await server.admin.query('GRANT alice TO bob');
        await connection.set(alice, 'member', CALL);
        await prepare(user, 'later');
        await expect(connection.set(alice, null, CALL)).rejects.toMatchObject(held(user, 'later'));
        expect(await connection.observe([alice])).toEqual([[]]);
        await run(server.as(user, user), "ROLLBACK PREPARED 'later'");
        await connection.set(alice, null, CALL);
        await server.admin.query('REVOKE alice FROM bob');
      },
    );

    test.each(['alice', 'bob'])(
      'invariant 14: that %s prepared as one of their roles delays the end as well',
      async (user) => {
        await joins('CREATE ROLE developers', `GRANT developers TO ${user}`, 'GRANT alice TO bob');
        await connection.set(alice, 'member', CALL);
        await prepare(user, 'mine', 'developers');
        for (const slot of [alice, await pinned(alice)])
          await expect(connection.set(slot, null, CALL)).rejects.toMatchObject(
            held('developers', 'mine'),
          );
        await run(server.superuserUrl, "ROLLBACK PREPARED 'mine'");
        await connection.set(alice, null, CALL);
        await joins('REVOKE alice FROM bob', 'DROP ROLE developers');
      },
    );

    // On 15 they can leave without a trace (docs/security.md).
    if (version === 18)
      test('invariant 14: as a role that they administer, gave themselves and left delays it too', async () => {
        await joins(
          'CREATE ROLE helpers',
          'GRANT helpers TO alice WITH ADMIN TRUE, INHERIT FALSE, SET FALSE',
        );
        await connection.set(alice, 'member', CALL);
        await run(server.as('alice', 'alice'), 'GRANT helpers TO alice WITH SET TRUE');
        await prepare('alice', 'left', 'helpers');
        await run(server.as('alice', 'alice'), 'REVOKE helpers FROM alice');
        await expect(connection.set(alice, null, CALL)).rejects.toMatchObject(
          held('helpers', 'left'),
        );
        await run(server.superuserUrl, "ROLLBACK PREPARED 'left'");
        await joins('DROP ROLE helpers');
      });

    test('invariant 14: of a login that was dropped delays the end of its grant', async () => {
      await joins("CREATE ROLE gone LOGIN PASSWORD 'gone'");
      const slot = await pinned({ object: 'orders_reader', identity: 'gone' });
      await connection.set(slot, 'member', CALL);
      await prepare('gone', 'orphan');
      await joins('DROP ROLE gone');
      await expect(connection.set(slot, null, CALL)).rejects.toMatchObject(
        held('a role that was dropped', 'orphan'),
      );
      await run(server.superuserUrl, "ROLLBACK PREPARED 'orphan'");
      await connection.set(slot, null, CALL);
    });

    test('of others delays nothing, and one that is settled in time is waited for', async () => {
      await server.admin.query('GRANT INSERT ON orders TO nora');
      await prepare('nora', 'hers');
      await connection.set(alice, 'member', CALL);
      await prepare('alice', 'soon');
      const settled = new Promise((resolve) => setTimeout(resolve, 500)).then(() =>
        run(server.superuserUrl, "ROLLBACK PREPARED 'soon'"),
      );
      await connection.set(alice, null, CALL);
      await settled;
      await run(server.as('nora', 'nora'), "ROLLBACK PREPARED 'hers'");
      await server.admin.query('REVOKE INSERT ON orders FROM nora');
    });
  });

  describe('a role whose members can give themselves more', () => {
    const why = (role: string, what: string) =>
      `what is done with ${role} can outlive a grant (${what}): nothing is given unless its entitlement in the catalog says leaves_traces: true`;

    test.each([
      ['orders_owner', '', 'orders_owner owns table public.ledger'],
      ['lender', '', 'lender may give SELECT on table public.orders to others'],
      [
        'lender',
        'GRANT orders_owner TO lender',
        'lender may give SELECT on table public.orders to others; orders_owner owns table public.ledger',
      ],
      [
        'orders_reader',
        'GRANT analysts TO orders_reader WITH ADMIN OPTION',
        'orders_reader may give the role analysts to others',
      ],
    ])('invariant 14: %s is not given: %s', async (object, before, what) => {
      if (before) await server.admin.query(before);
      await expect(
        connection.set({ object, identity: 'alice' }, 'member', CALL),
      ).rejects.toMatchObject({ lasting: true, message: why(object, what) });
      expect(await connection.objection?.({ member_of: object })).toBe(why(object, what));
      await server.admin.query(
        'REVOKE orders_owner FROM lender; REVOKE analysts FROM orders_reader',
      );
    });

    test.each([
      ['TRIGGER ON orders', '', 'TRIGGER on table public.orders'],
      ['REFERENCES (id) ON orders', '', 'REFERENCES on column id of table public.orders'],
      ['CREATE ON SCHEMA public', '', 'CREATE on schema public'],
      ['CREATE ON DATABASE postgres', '', 'CREATE on database postgres'],
      ['SET ON PARAMETER log_statement', '', 'SET on parameter log_statement'],
      [
        'USAGE ON FOREIGN DATA WRAPPER fdw',
        'CREATE FOREIGN DATA WRAPPER fdw',
        'USAGE on foreign-data wrapper fdw',
      ],
    ])('invariant 14: has %s, and is not given', async (right, before, what) => {
      if (before) await server.admin.query(before);
      await server.admin.query(`GRANT ${right} TO orders_reader`);
      const message = why('orders_reader', `orders_reader has ${what}`);
      expect(await connection.objection?.({ member_of: 'orders_reader' })).toBe(message);
      await expect(connection.set(alice, 'member', CALL)).rejects.toMatchObject({
        lasting: true,
        message,
      });
      await server.admin.query(`REVOKE ${right} FROM orders_reader`);
    });

    test('invariant 14: is noticed in another database of the server as well', async () => {
      await server.admin.query('CREATE DATABASE elsewhere OWNER lender');
      expect(await connection.objection?.({ member_of: 'lender' })).toContain(
        'lender owns database elsewhere',
      );
      await server.admin.query('DROP DATABASE elsewhere');
    });

    test('is given if the catalog says so, and its end is not refused; a plain role has no objection', async () => {
      await connection.set(owner, 'member', TRACED);
      expect(await connection.objection?.(TRACED.entitlement)).toBeNull();
      await connection.set(owner, null, CALL);
      expect(await connection.objection?.({ member_of: 'orders_reader' })).toBeNull();
    });
  });

  describe('rights of the login', () => {
    const rights = async (slot: Slot) => (await connection.rights?.(await pinned(slot))) ?? [];
    const gained = async (slot: Slot, meanwhile: () => Promise<unknown>) => {
      const before = await rights(slot);
      await meanwhile();
      return (await rights(slot)).filter((right) => !before.includes(right));
    };
    const su = 'postgres';

    test('invariant 14: that the member granted on what the role owns are reported by name', async () => {
      await connection.set(owner, 'member', TRACED);
      const more = await gained(owner, () =>
        run(
          server.as('alice', 'alice'),
          `GRANT SELECT ON ledger TO alice WITH GRANT OPTION; GRANT INSERT ON ledger TO bob, PUBLIC`,
        ),
      );
      await connection.set(owner, null, CALL);
      expect(more).toEqual([
        'INSERT on table public.ledger to bob, given by orders_owner',
        'INSERT on table public.ledger to everybody, given by orders_owner',
        'SELECT (may be given on) on table public.ledger to alice, given by orders_owner',
      ]);
      expect((await run(server.as('alice', 'alice'), 'SELECT id FROM ledger')).rows).toEqual([]);
      await server.admin.query(
        'REVOKE ALL ON ledger FROM alice CASCADE; REVOKE ALL ON ledger FROM bob, PUBLIC',
      );
    });

    test('invariant 14: of every kind, granted by anybody, are reported by name', async () => {
      const more = await gained(alice, () =>
        server.admin.query(`
          GRANT SELECT (id) ON orders TO alice; GRANT CREATE ON SCHEMA public TO alice;
          GRANT CREATE ON DATABASE ${database()} TO alice; GRANT SET ON PARAMETER log_statement TO alice;
          ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE ON TABLES TO alice;
          CREATE FUNCTION peek() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION peek() TO alice;
          CREATE TABLE copy (id int); ALTER TABLE copy OWNER TO alice; SELECT lo_create(77);
          GRANT SELECT ON LARGE OBJECT 77 TO alice; CREATE POLICY hers ON orders TO alice;
          GRANT analysts TO alice; GRANT alice TO carol; ALTER ROLE alice BYPASSRLS`),
      );
      expect(more).toEqual([
        `CREATE on database ${database()} to alice, given by ${su}`,
        `CREATE on schema public to alice, given by pg_database_owner`,
        `DELETE on default privileges on new relations belonging to role ${su} in schema public to alice, given by ${su}`,
        `EXECUTE on function public.peek() to alice, given by ${su}`,
        `SELECT on column id of table public.orders to alice, given by ${su}`,
        `SELECT on large object 77 to alice, given by ${su}`,
        `SET on parameter log_statement to alice, given by ${su}`,
        `has the member carol, given by ${su}`,
        `is a member of analysts, given by ${su}`,
        'is free of row-level security',
        'is named by policy hers on table public.orders',
        'owns table public.copy',
      ]);
      await server.admin.query(
        'DROP OWNED BY alice; REVOKE analysts FROM alice; REVOKE alice FROM carol; ALTER ROLE alice NOBYPASSRLS; SELECT lo_unlink(77)',
      );
    });

    test('are the same as before after Daypass itself gave access', async () => {
      expect(await gained(alice, () => connection.set(alice, 'member', CALL))).toEqual([]);
      await connection.set(alice, null, CALL);
    });

    test('in another database are reported with the number of the object, because only that can be seen', async () => {
      await server.admin.query('CREATE DATABASE other');
      const url = new URL(server.superuserUrl);
      url.pathname = '/other';
      const more = await gained(alice, () =>
        run(url.href, 'CREATE TABLE there (id int); GRANT SELECT ON there TO alice'),
      );
      expect(more).toEqual([
        expect.stringMatching(
          /^owns, or is named by the rights on, pg_class \d+ of database other$/,
        ),
      ]);
      await server.admin.query('DROP DATABASE other');
    });

    test('are counted instead of listed if there are too many', async () => {
      const columns = Array.from({ length: 250 }, (_, n) => `c${n} int`).join(', ');
      const all = Array.from({ length: 250 }, (_, n) => `c${n}`).join(', ');
      await server.admin.query(
        `CREATE TABLE wide (${columns}); GRANT SELECT (${all}) ON wide TO alice`,
      );
      const told = await rights(alice);
      expect(told).toHaveLength(201);
      expect(told.at(-1)).toBe('50 more rights, which are not compared one by one');
      await server.admin.query('DROP TABLE wide');
    });
  });
});
