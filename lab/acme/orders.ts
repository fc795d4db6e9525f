import pg from 'pg';
import { HeardClient } from '../../src/clients/postgres.js';

/** A target server, prepared by an operator: roles to give, and a login for Daypass that may give them. */
export interface Orders {
  /** The worker's TARGET_ORDERS_URL. */
  readonly url: string;
  /** Runs SQL as a given login, on a separate connection. */
  query(login: string, sql: string): Promise<pg.QueryResult>;
  /** Runs SQL as the superuser, like a database administrator. */
  dba(sql: string): Promise<pg.QueryResult>;
  /** Runs SQL as Daypass's own login. */
  asDaypass(sql: string): Promise<pg.QueryResult>;
  /** The members of a role now, read by the superuser. */
  members(role: string): Promise<string[]>;
  close(): Promise<void>;
}

const ROLES = ['orders_reader', 'orders_writer'];

/** Prepares a database on an empty server (PostgreSQL 16 or newer); every person's password is their name. */
export async function prepareOrders(
  superuserUrl: string,
  logins: readonly string[],
): Promise<Orders> {
  const admin = new pg.Pool({ connectionString: superuserUrl, max: 1 });
  admin.on('error', () => undefined);
  await admin.query(`
    ${ROLES.map((role) => `CREATE ROLE ${role};`).join(' ')}
    CREATE ROLE daypass LOGIN PASSWORD 'password-of-daypass-at-orders';
    GRANT ${ROLES.join(', ')} TO daypass WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
    GRANT pg_signal_backend TO daypass;
    ${logins.map((login) => `CREATE ROLE ${pg.escapeIdentifier(login)} LOGIN PASSWORD ${pg.escapeLiteral(login)} CONNECTION LIMIT 20;`).join(' ')}
    CREATE TABLE orders (id int PRIMARY KEY, item text);
    INSERT INTO orders VALUES (1, 'a lamp');
    GRANT SELECT ON orders TO orders_reader; GRANT SELECT, UPDATE ON orders TO orders_writer`);
  const as = (login: string, password = login): string => {
    const url = new URL(superuserUrl);
    url.username = login;
    url.password = password;
    return url.href;
  };
  const ours = as('daypass', 'password-of-daypass-at-orders');
  const once = async (connectionString: string, sql: string) => {
    const client = new HeardClient({ connectionString });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  return {
    url: ours,
    query: (login, sql) => once(as(login), sql),
    asDaypass: (sql) => once(ours, sql),
    dba: (sql) => admin.query(sql),
    members: async (role) => {
      const { rows } = await admin.query<{ member: string }>(
        `SELECT m.rolname AS member FROM pg_auth_members am
         JOIN pg_roles r ON r.oid = am.roleid JOIN pg_roles m ON m.oid = am.member
         WHERE r.rolname = $1 AND m.rolname <> 'daypass' ORDER BY 1`,
        [role],
      );
      return rows.map((row) => row.member);
    },
    close: () => admin.end(),
  };
}
