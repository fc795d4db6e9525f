import type pg from 'pg';
import { bad, good, unsure } from '../../../core/report/finding.js';
import type { Finding } from '../../../core/report/finding.js';
import { onOne, createPool, PLACES } from '../../../clients/postgres.js';
import { postgresSecured, SECURE_POSTGRES } from '../../../clients/postgres-secured.js';
import { counted } from '../../../core/reading/problem.js';
import { securedFinding } from '../../../core/report/secured.js';
import { migrations } from './migrations/index.js';

const DATABASE = 'database';
/** GitHub refuses an App's tokens if clocks differ by more than a minute; times look odd long before that. */
const CLOCKS_APART_MS = 5_000;

/**
 * Checks the ledger's database as the worker's role sees it. `now` is this machine's time, `needs` the number of sessions
 * of one worker.
 */
export async function* examineDatabase(
  pool: pg.Pool,
  now: () => Date,
  needs: number,
): AsyncGenerator<Finding> {
  try {
    yield await secured(DATABASE, pool);
    yield await clocks(pool, now);
    yield await schema(pool);
    yield await rights(pool);
    yield await limits(pool, needs);
  } catch (error) {
    yield unsure(
      DATABASE,
      `did not answer: ${error instanceof Error ? error.message : String(error)}`,
      'check DATABASE_URL and that the server is up; the process `release` (node dist/bin/release.js) creates the role that it names',
    );
  }
}

/** How the connection of a process to the ledger is secured; `about` names the process. */
export async function examineSecured(about: string, url: string): Promise<Finding> {
  const pool = createPool({
    url,
    application: 'daypass doctor',
    max: 1,
    onError: () => undefined,
  });
  try {
    return await secured(about, pool);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unsure(about, `did not answer: ${why}`, 'check the URL and that the server is up');
  } finally {
    await pool.end();
  }
}

const secured = (about: string, pool: pg.Pool): Promise<Finding> =>
  onOne(pool, async (client) =>
    securedFinding(about, await postgresSecured(client), SECURE_POSTGRES),
  );

async function clocks(pool: pg.Pool, now: () => Date): Promise<Finding> {
  const before = now().getTime();
  const { rows } = await pool.query<{ at: string; version: string }>(
    `SELECT clock_timestamp() AS at, current_setting('server_version') AS version`,
  );
  const [row] = rows;
  if (!row) throw new Error('it did not answer with a time');
  const apart = Date.parse(row.at) - (before + now().getTime()) / 2;
  return Math.abs(apart) <= CLOCKS_APART_MS
    ? good(DATABASE, `PostgreSQL ${row.version} answers, and its clock agrees`)
    : bad(
        DATABASE,
        `its clock is ${(apart / 1000).toFixed(0)} s from this machine's`,
        'set both by NTP: access begins and ends by the database, and GitHub refuses tokens of another time',
      );
}

async function schema(pool: pg.Pool): Promise<Finding> {
  const { rows } = await pool.query<{ daypass: boolean; queue: boolean }>(
    `SELECT to_regclass('daypass.migrations') IS NOT NULL AS daypass,
            to_regclass('bullmq.migration') IS NOT NULL AS queue`,
  );
  const todo =
    'run the process `release` (node dist/bin/release.js), which comes before the others of a version';
  const [there] = rows;
  if (!there?.daypass) return bad(DATABASE, 'has no ledger yet', todo);
  if (!there.queue) return bad(DATABASE, 'has no queue yet', todo);
  const applied = await pool.query<{ name: string }>('SELECT name FROM daypass.migrations');
  const names = new Set(applied.rows.map(({ name }) => name));
  const missing = Object.keys(migrations).filter((name) => !names.has(name));
  if (missing.length > 0) return bad(DATABASE, `lacks ${missing.join(', ')}`, todo);
  const newer = [...names].filter((name) => !Object.hasOwn(migrations, name));
  return newer.length === 0
    ? good(DATABASE, 'the ledger has the schema of this version')
    : bad(DATABASE, `is of a newer version (${newer.join(', ')})`, 'run that version of Daypass');
}

/** The worker's role appends to the ledger and never changes it (invariant 22). */
async function rights(pool: pg.Pool): Promise<Finding> {
  const { rows } = await pool.query<{ add: boolean; change: boolean; mighty: boolean }>(
    `SELECT has_table_privilege('daypass.entries', 'INSERT') AS add,
            has_table_privilege('daypass.entries', 'UPDATE, DELETE, TRUNCATE') AS change,
            (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS mighty`,
  );
  const todo =
    'set DATABASE_URL to the role that the process `release` creates for the worker, not to the owner';
  const [row] = rows;
  if (!row?.add) return bad(DATABASE, 'this role may not append to the ledger', todo);
  return row.change || row.mighty
    ? bad(DATABASE, 'this role may change what the ledger has recorded', todo)
    : good(DATABASE, 'this role may append to the ledger, and change nothing in it');
}

interface Left {
  /** Connections that need no right. */
  readonly places: number;
  /** Other roles of the ledger without a limit, and what those with one may have together. */
  readonly unlimited: readonly string[];
  readonly others: number;
  /** Those of `reserved_connections`, and whether this role may use them. */
  readonly reserved: number;
  readonly may_reserve: boolean;
  readonly role: string;
}

/** Whoever has the password of another role of the ledger must leave the worker its connections. */
async function limits(pool: pg.Pool, needs: number): Promise<Finding> {
  const { rows } = await pool.query<Left>(`
    WITH other AS (
      SELECT rolname, rolconnlimit FROM pg_roles, pg_namespace
      WHERE nspname = 'daypass' AND rolcanlogin AND NOT rolsuper AND rolname <> current_user
        AND has_schema_privilege(pg_roles.oid, 'daypass', 'USAGE') AND NOT pg_has_role(pg_roles.oid, nspowner, 'MEMBER'))
    SELECT ${PLACES} AS places, current_user AS role,
           coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
           coalesce((SELECT pg_has_role(oid, 'USAGE') FROM pg_roles
                     WHERE rolname = 'pg_use_reserved_connections'), false) AS may_reserve,
           ARRAY(SELECT rolname::text FROM other WHERE rolconnlimit < 0 ORDER BY 1) AS unlimited,
           (SELECT coalesce(sum(rolconnlimit), 0)::int FROM other WHERE rolconnlimit >= 0) AS others`);
  const [row] = rows;
  if (!row) throw new Error('it did not say how many connections it has');
  const { places, unlimited, others, reserved, may_reserve, role } = row;
  if (unlimited.length > 0)
    return bad(
      DATABASE,
      `${unlimited.join(', ')} could use all ${places} connections, and so hinder every end of access`,
      'run the process `release`, which limits the roles',
    );
  if (reserved > 0 && !may_reserve)
    return bad(
      DATABASE,
      `the server reserves ${counted(reserved, 'connection')}, and ${role} may not use them`,
      `as a superuser: GRANT pg_use_reserved_connections TO ${role} WITH INHERIT TRUE`,
    );
  const left = places - others;
  return left + reserved >= needs
    ? good(
        DATABASE,
        `the other roles leave this one ${left + reserved} of ${places + reserved} connections`,
      )
    : bad(
        DATABASE,
        `the other roles leave this one ${left + reserved} of ${places + reserved} connections, and a worker needs ${needs}`,
        'raise max_connections of the server, then run the process `release`',
      );
}
