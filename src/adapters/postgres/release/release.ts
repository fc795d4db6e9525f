import type pg from 'pg';
import { databaseLogin, type Login } from './login.js';
import type { Needed } from './limits.js';
import { migrate } from './migrate.js';
import { createPool } from '../../../clients/postgres.js';
import { setRoles } from './roles.js';

/**
 * The number of the advisory lock, which only `release` takes; other software on this database is unlikely to use it.
 */
const LOCK = 4_702_111_234_474_983_745n;

export interface ReleaseOptions {
  /** RELEASE_DATABASE_URL: the owner of the ledger; may create roles and schemas. */
  readonly releaseUrl: string;
  /** DATABASE_URL: the role of worker and CLI. */
  readonly workerUrl: string;
  /** WEB_DATABASE_URL: the role of web. */
  readonly webUrl: string;
  /** AUDIT_DATABASE_URL: the role that only reads the record; null for none. */
  readonly auditUrl: string | null;
  /** PDP_DATABASE_URL: the role of the processes that decide uses; null for none. */
  readonly pdpUrl: string | null;
  /** The most sessions that all processes of each kind need at once. */
  readonly sessions: Needed;
  /** Brings the queue's own schema `bullmq` up to date (src/adapters/bullmq/migrate.ts). */
  readonly migrateQueue: (client: pg.ClientBase) => Promise<unknown>;
}

/**
 * Migrates the ledger and the queue, and makes the roles that the other processes log in as. Does nothing if
 * everything is up to date; a second release waits for the first. Throws with what is wrong, never with a password or
 * URL.
 */
export async function release(options: ReleaseOptions): Promise<void> {
  const owner = databaseLogin('RELEASE_DATABASE_URL', options.releaseUrl);
  const worker = databaseLogin('DATABASE_URL', options.workerUrl);
  const web = databaseLogin('WEB_DATABASE_URL', options.webUrl);
  const wanted = (variable: string, url: string | null) =>
    url === null ? null : databaseLogin(variable, url);
  const audit = wanted('AUDIT_DATABASE_URL', options.auditUrl);
  const pdp = wanted('PDP_DATABASE_URL', options.pdpUrl);
  refuseSame([owner, worker, web, audit, pdp].filter((login) => login !== null));
  const pool = createPool({
    url: options.releaseUrl,
    application: 'daypass release',
    max: 2,
    statement_timeout_ms: 0,
    onError: () => undefined,
  });
  try {
    const client = await pool.connect();
    try {
      await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
      await migrate(pool);
      await options.migrateQueue(client);
      await setRoles(client, { worker, web, audit, pdp }, options.sessions);
    } finally {
      // Ends the session, and with it the lock.
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

function refuseSame(logins: readonly Login[]): void {
  for (const [i, one] of logins.entries()) {
    for (const other of logins.slice(i + 1)) {
      if (one.role === other.role) {
        throw new Error(
          `${one.variable} and ${other.variable} name the same role ${one.role}: give each process a role of its own`,
        );
      }
      if (one.database !== other.database) {
        throw new Error(
          `${one.variable} and ${other.variable} name different databases: ${one.database}, ${other.database}`,
        );
      }
    }
  }
}
