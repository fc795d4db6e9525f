import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Connection } from '../../../src/ports.js';
import { run, targetServer, type TargetServer } from '../../../lab/servers/target-server.js';

const CALL = { deadline_ms: 5000, keep_sessions: false };

/** Gives its creator a role that nobody approved, once it is run as Daypass. */
const TRAP = `
  CREATE FUNCTION public.trap() RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN
    IF current_user = 'daypass' THEN EXECUTE 'GRANT payroll TO bob'; END IF;
    RETURN true;
  END $f$;`;

/** With the default path, it is only preferred to PostgreSQL's own if it fits better. */
const FITS_BETTER = `
  CREATE FUNCTION public.joined(a text, b bigint) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN
    PERFORM public.trap(); RETURN pg_catalog.concat(a, b);
  END $f$;
  CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = bigint, FUNCTION = public.joined);
  CREATE FUNCTION public.format(a text, b oid, c oid) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN
    PERFORM public.trap(); RETURN pg_catalog.concat(b, '/', c);
  END $f$;
  CREATE FUNCTION public.alike(a name, b text) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN
    PERFORM public.trap(); RETURN a::text OPERATOR(pg_catalog.=) b;
  END $f$;
  CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.alike);`;

const VIEWS = ['pg_roles', 'pg_auth_members', 'pg_stat_activity', 'pg_shdepend'];
const FUNCTIONS = [
  ['pg_is_in_recovery()', 'boolean'],
  ['pg_backend_pid()', 'int'],
  ['clock_timestamp()', 'timestamptz'],
  ['pg_terminate_backend(int)', 'boolean'],
  ['pg_terminate_backend(int, bigint)', 'boolean'],
  ['current_setting(text)', 'text'],
  ['current_database()', 'name'],
];

/** With a path that an owner of the database may set, everything of the same name is preferred. */
const STANDS_BEFORE = [
  ...VIEWS.map(
    (name) => `CREATE VIEW public.${name} AS SELECT * FROM pg_catalog.${name} WHERE public.trap();`,
  ),
  ...FUNCTIONS.map(
    ([call = '', answers = '']) =>
      `CREATE FUNCTION public.${call} RETURNS ${answers} LANGUAGE plpgsql AS $f$ BEGIN
         PERFORM public.trap(); RETURN NULL;
       END $f$;`,
  ),
].join('\n');

describe.each([15, 18] as const)('the names of postgres %d', (version) => {
  let server: TargetServer;
  beforeAll(async () => {
    server = await targetServer(version);
    const admin =
      version === 15 ? 'WITH ADMIN OPTION' : 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
    // Every database that was upgraded from 14 is like this.
    await server.admin.query(`CREATE ROLE payroll; GRANT payroll TO daypass ${admin};
      GRANT CREATE ON SCHEMA public TO PUBLIC`);
    await run(server.as('bob', 'bob'), TRAP + FITS_BETTER);
  }, 60_000);
  afterAll(() => server.close(), 30_000);

  /** Everything that the provider can do. */
  const everything = async (connection: Connection) => {
    const alice = { object: 'orders_reader', identity: 'alice' };
    await connection.fingerprint();
    const pin = (await connection.pin?.(alice)) ?? null;
    for (const slot of [alice, { ...alice, pin }]) {
      await connection.set(slot, 'member', CALL);
      expect(await connection.observe([slot])).toEqual([[{ level: 'member', origin: 'ours' }]]);
      await connection.list();
      await connection.rights?.(slot);
      await connection.objection?.({ member_of: 'orders_reader' });
      await connection.set(slot, null, CALL);
      expect(await connection.observe([slot])).toEqual([[]]);
    }
  };
  const payroll = async () => {
    const { rows } = await server.admin.query<{ has: boolean }>(
      "SELECT pg_has_role('bob', 'payroll', 'MEMBER') AS has",
    );
    return rows[0]?.has;
  };

  test.each([
    ['the path that comes with the server', 'RESET search_path', ''],
    [
      'a path with everybody before PostgreSQL',
      'SET search_path = public, pg_catalog',
      STANDS_BEFORE,
    ],
  ])(
    'invariant 9: nothing that somebody created in a schema runs as Daypass: %s',
    async (_, path, traps) => {
      await run(server.as('bob', 'bob'), traps);
      await server.admin.query(`ALTER ROLE daypass ${path}`);
      const connection = await server.connect();
      await everything(connection);
      await connection.close();
      expect(await payroll()).toBe(false);
    },
  );
});
