import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { scramVerifier, type Login } from './login.js';
import { setLimits, type Needed } from './limits.js';
import { proveRights, setRights } from './rights.js';

/** The logins of all processes; null for those that are not wanted. */
interface Logins {
  readonly worker: Login;
  readonly web: Login;
  readonly audit: Login | null;
  readonly pdp: Login | null;
}

/**
 * Creates the roles of worker, web, audit and decision processes, or sets the passwords of existing ones, limits their connections, and sets
 * their rights to exactly those of invariants 22 and 25. One transaction, so nobody ever sees half of it.
 */
export async function setRoles(
  client: pg.ClientBase,
  logins: Logins,
  needed: Needed,
): Promise<void> {
  const { worker, web, audit, pdp } = logins;
  const roles = {
    ...{ worker: worker.role, web: web.role },
    ...{ audit: audit?.role ?? null, pdp: pdp?.role ?? null },
  };
  await client.query('BEGIN');
  try {
    for (const login of [worker, web, audit, pdp]) if (login) await setLogin(client, login);
    await setLimits(client, roles, needed);
    await setRights(client, roles);
    await client.query(withdrawFromEverybody(pg.escapeIdentifier(worker.database)));
    await proveRights(client, roles);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function setLogin(client: pg.ClientBase, login: Login): Promise<void> {
  const { variable, role, password, database } = login;
  const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const verb = known.rowCount === 0 ? 'CREATE' : 'ALTER';
  const verifier = scramVerifier(password, randomBytes(16));
  const name = pg.escapeIdentifier(role);
  try {
    await client.query(
      `${verb} ROLE ${name} WITH LOGIN NOINHERIT PASSWORD ${pg.escapeLiteral(verifier)}`,
    );
    await client.query(`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${name}`);
  } catch (error) {
    // The statement holds the verifier, so only the server's own message is passed on.
    const why = error instanceof pg.DatabaseError ? error.message : 'the connection broke';
    throw new Error(`release cannot ${verb} the role ${role} that ${variable} names: ${why}`);
  }
}

/** Rights that PostgreSQL gives everybody by default and nobody here needs, if we may revoke them. */
const withdrawFromEverybody = (database: string) => `
DO $$ BEGIN
  IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
    REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC;
  END IF;
  IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  END IF;
END $$`;
