import { createHash, randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { openSession } from '../../../clients/postgres.js';
import { embeddedHome } from './account.js';
import { startCluster } from './cluster.js';

/** The ledger on a PostgreSQL of our own, with a URL for each of its logins. */
export interface OwnDatabase {
  readonly RELEASE_DATABASE_URL: string;
  readonly DATABASE_URL: string;
  readonly WEB_DATABASE_URL: string;
  readonly PDP_DATABASE_URL: string;
  /** Settles when the server is gone, no matter who ended it. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

const NAME = 'daypass';
/** Creating a database copies files, which takes long on a slow disk. */
const CREATE_MS = 60_000;

/** The folder of the checkout's own database; another `DAYPASS_HOME` has a database of its own. */
export function ownFolder(home: string | undefined): string {
  const digest = home && createHash('sha256').update(resolve(home)).digest('hex').slice(0, 8);
  return join(embeddedHome(), digest ? `own-${digest}` : 'own');
}

/**
 * Starts a PostgreSQL of our own on the data in `folder`, and makes the ledger's database in it. The passwords of the logins are new at each start: `release` sets them.
 */
export async function startOwnDatabase(
  folder: string,
  options: { readonly throwaway?: boolean } = {},
): Promise<OwnDatabase> {
  const cluster = await startCluster({ folder, ...options });
  const password = randomBytes(24).toString('base64url');
  try {
    const admin = await openSession({
      url: cluster.superuserUrl,
      application: 'daypass start',
      statement_timeout_ms: CREATE_MS,
    });
    try {
      const { rowCount } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [NAME]);
      if (!rowCount) await admin.query(`CREATE ROLE ${NAME} LOGIN CREATEROLE`);
      await admin.query(`ALTER ROLE ${NAME} PASSWORD ${pg.escapeLiteral(password)}`);
      const made = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [NAME]);
      if (!made.rowCount) await admin.query(`CREATE DATABASE ${NAME} OWNER ${NAME}`);
    } finally {
      await admin.end();
    }
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  const login = (user: string, secret: string) => {
    const url = new URL(cluster.superuserUrl);
    url.username = user;
    url.password = secret;
    url.pathname = `/${NAME}`;
    return url.href;
  };
  return {
    RELEASE_DATABASE_URL: login(NAME, password),
    DATABASE_URL: login('daypass_worker', randomBytes(24).toString('base64url')),
    WEB_DATABASE_URL: login('daypass_web', randomBytes(24).toString('base64url')),
    PDP_DATABASE_URL: login('daypass_pdp', randomBytes(24).toString('base64url')),
    exited: cluster.exited,
    stop: () => cluster.stop(),
  };
}
