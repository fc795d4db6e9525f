import type pg from 'pg';
import { bad, good, unsure } from '../../../core/report/finding.js';
import type { Finding } from '../../../core/report/finding.js';
import { migrations } from './migrations/index.js';

const DATABASE = 'database';
/** GitHub refuses an App's tokens if clocks differ by more than a minute; times look odd long before that. */
const CLOCKS_APART_MS = 5_000;

/** Checks the ledger's database as the worker's role sees it. `now` is this machine's time. */
export async function* examineDatabase(pool: pg.Pool, now: () => Date): AsyncGenerator<Finding> {
  try {
    yield await clocks(pool, now);
    yield await schema(pool);
    yield await rights(pool);
  } catch (error) {
    yield unsure(
      DATABASE,
      `did not answer: ${error instanceof Error ? error.message : String(error)}`,
      'check DATABASE_URL and that the server is up; the process `release` (node dist/bin/release.js) creates the role that it names',
    );
  }
}

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
