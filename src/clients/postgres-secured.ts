import type pg from 'pg';
import { z } from 'zod';
import type { Secured } from '../core/reading/secured.js';
import { securedBy } from './tls.js';

/** What a client keeps of its connection, beside what its types show. */
const inside = z.object({
  connection: z.object({ stream: z.unknown() }),
  host: z.string(),
  ssl: z.union([
    z.boolean(),
    z.looseObject({
      rejectUnauthorized: z.boolean().optional(),
      checkServerIdentity: z.custom<() => undefined>((it) => typeof it === 'function').optional(),
    }),
  ]),
});

/** How a connection to a PostgreSQL server is secured; the server says whether it sees the same. */
export async function postgresSecured(client: pg.ClientBase): Promise<Secured> {
  const { connection, host, ssl } = inside.parse(client);
  const secured = securedBy(connection.stream, host, typeof ssl === 'boolean' ? {} : ssl);
  if (secured === 'open' || secured === 'local') return secured;
  const { rows } = await client.query<{ ssl: boolean }>(
    'SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()',
  );
  return rows[0]?.ssl === true ? secured : 'proxied';
}

/** How to encrypt a connection to PostgreSQL and verify its server. */
export const SECURE_POSTGRES =
  'add sslmode=verify-full to the URL (and sslrootcert=FILE if the server has a certificate of your own authority)';
