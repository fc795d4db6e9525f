import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { HeardClient } from '../../src/clients/postgres.js';
import type { ServerVersion } from '../../src/adapters/postgres/embedded/binaries.js';
import type { Cluster } from '../../src/adapters/postgres/embedded/cluster.js';
import { LENT, throwawayCluster } from './throwaway.js';

/** Lends servers over HTTP: `POST /VERSION` takes one, `DELETE /PORT` gives it back. */
export interface Lender {
  /** It contains a secret: whoever has it gets the passwords of superusers. */
  readonly url: string;
  /** Ends every server, including those that were not given back. */
  close(): Promise<void>;
}

interface Lent {
  readonly cluster: Cluster;
  readonly version: ServerVersion;
}

/**
 * Starts a server if none of its version was given back. A server has one borrower at a time and is emptied in between,
 * so nobody sees another's roles or databases.
 */
export async function lendServers(): Promise<Lender> {
  const all = new Set<Cluster>();
  const idle: Lent[] = [];
  const lent = new Map<number, Lent>();

  const take = async (version: ServerVersion): Promise<string> => {
    const found = idle.findIndex((one) => one.version === version);
    const [free] = found < 0 ? [] : idle.splice(found, 1);
    const one = free ?? { version, cluster: await throwawayCluster({ version, settings: LENT }) };
    all.add(one.cluster);
    lent.set(one.cluster.port, one);
    return one.cluster.superuserUrl;
  };
  const giveBack = async (port: number): Promise<string> => {
    const one = lent.get(port);
    if (!one) throw new Error(`no server was borrowed on port ${String(port)}`);
    lent.delete(port);
    if (await isEmptied(one.cluster.superuserUrl)) {
      idle.push(one);
      return 'emptied';
    }
    all.delete(one.cluster);
    await one.cluster.stop();
    return 'ended';
  };

  const secret = randomUUID();
  // A connection that a borrower keeps is never closed under it.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const [, key, what] = (request.url ?? '').split('/');
    const answering = async () => {
      if (key !== secret) throw new Error('wrong key');
      if (request.method === 'DELETE') return giveBack(Number(what));
      if (what === '15' || what === '18') return take(what === '15' ? 15 : 18);
      throw new Error(`there is no PostgreSQL ${String(what)} to borrow, only 15 and 18`);
    };
    answering().then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/${secret}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const cluster of all) await cluster.stop();
    },
  };
}

/** Drops every database and role that a borrower created; false if something cannot be dropped. */
async function isEmptied(superuserUrl: string): Promise<boolean> {
  const client = new HeardClient({ connectionString: superuserUrl });
  try {
    await client.connect();
    const names = async (sql: string) =>
      (await client.query<{ name: string }>(sql)).rows.map(({ name }) => pg.escapeIdentifier(name));
    const databases = await names(
      `SELECT datname AS name FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')`,
    );
    for (const name of databases) await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    const roles = await names(
      `SELECT rolname AS name FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> current_user`,
    );
    // This fails if a role still owns something or has rights, for example in the database `postgres`.
    if (roles.length > 0) await client.query(`DROP ROLE ${roles.join(', ')}`);
    const left = await client.query(
      `SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace UNION ALL SELECT FROM pg_db_role_setting
       UNION ALL SELECT FROM pg_file_settings WHERE sourcefile LIKE '%postgresql.auto.conf'`,
    );
    return left.rowCount === 0;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
