import pg from 'pg';
import { HeardClient } from '../../src/clients/postgres.js';
import { postgres } from '../../src/providers/postgres/postgres.js';
import { borrowServer } from './borrow.js';
import { databaseOn } from './postgres.js';
import { throwawayCluster } from './throwaway.js';

/** A name that would be another statement if it were not quoted. */
export const HOSTILE = `o"rders'; DROP ROLE alice; --`;

/**
 * A server with roles to give, prepared the way an operator would, and the provider's connection to it. With `settings`
 * it is a server of its own.
 */
export async function targetServer(version: 15 | 18, settings?: Readonly<Record<string, string>>) {
  const server = settings
    ? await throwawayCluster({ version, settings })
    : await borrowServer(version);
  const superuserUrl = await databaseOn(server.superuserUrl);
  const admin = new pg.Pool({ connectionString: superuserUrl, max: 2 });
  const q = pg.escapeIdentifier;
  const withAdmin =
    version === 15 ? 'WITH ADMIN OPTION' : 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
  await admin.query(`
    CREATE ROLE orders_reader; CREATE ROLE analysts; CREATE ROLE ${q(HOSTILE)};
    CREATE ROLE ${q(`${HOSTILE} login`)} LOGIN;
    CREATE ROLE daypass LOGIN PASSWORD 'target-password'; CREATE ROLE dba LOGIN CREATEROLE PASSWORD 'dba';
    CREATE ROLE alice LOGIN PASSWORD 'alice'; CREATE ROLE bob LOGIN PASSWORD 'bob';
    CREATE ROLE nora LOGIN NOINHERIT PASSWORD 'nora';
    GRANT orders_reader, ${q(HOSTILE)} TO daypass ${withAdmin};
    GRANT pg_signal_backend TO daypass;
    GRANT orders_reader TO dba ${withAdmin};
    CREATE TABLE orders (id int); INSERT INTO orders VALUES (1); GRANT SELECT ON orders TO orders_reader`);
  const as = (user: string, password: string) => {
    const url = new URL(superuserUrl);
    url.username = user;
    url.password = password;
    return url.href;
  };
  return {
    admin,
    as,
    superuserUrl,
    connect: (forbidden: string[] = []) =>
      postgres.connect({ url: as('daypass', 'target-password'), forbidden }),
    close: async () => {
      await admin.end();
      await server.stop();
    },
  };
}

export type TargetServer = Awaited<ReturnType<typeof targetServer>>;

/** Runs SQL on a separate connection, as the given role. */
export async function run(url: string, sql: string) {
  const client = new HeardClient({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
