import pg from 'pg';
import { z } from 'zod';
import type { Holding } from '../core/ledger/record.js';
import { wrongIn } from '../core/shape.js';
import { TargetFault } from '../ports.js';
import type { Call, Connection, Provider, Slot } from '../ports.js';
import { endSessions, type InTime } from './postgres/sessions.js';

/** PostgreSQL cuts longer identifiers ("Identifiers and Key Words", PostgreSQL documentation: NAMEDATALEN). */
const MAX_BYTES = 63;
const LIST_LIMIT = 50_000;
/** Roles that come with the server or stand for everybody. */
const RESERVED = /^(pg_|postgres$|public$|none$|current_|session_user$)/i;

function refusal(name: string): string | null {
  if (name.length === 0) return 'must not be empty';
  if (Buffer.byteLength(name) > MAX_BYTES) return `must have at most ${String(MAX_BYTES)} bytes`;
  if (/\p{Cc}/u.test(name)) return 'must not hold control characters';
  if (RESERVED.test(name)) return `${JSON.stringify(name)} is reserved or privileged`;
  return null;
}

const entitlement = z.strictObject({
  member_of: z.string().superRefine((name, context) => {
    const why = refusal(name);
    if (why !== null) context.addIssue({ code: 'custom', message: why });
  }),
  keep_sessions: z.boolean().default(false),
});

/** Membership of a login in a role of one PostgreSQL server, 15 or newer. */
export const postgres: Provider = {
  type: 'postgres',
  native_expiry: 'none',
  enforces_scope: false,
  ends_sessions: true,
  join: (levels) => (levels.length > 0 ? 'member' : null),
  check: (value) => wrongIn(entitlement, value),
  checkIdentity: refusal,
  slot: (value, identity) => {
    const { member_of, keep_sessions } = entitlement.parse(value);
    return { object: member_of, identity, level: 'member', keep_sessions };
  },
  realm: (fingerprint) => fingerprint.split('/', 1)[0] ?? fingerprint,
  connect: ({ url, forbidden }) => connect(url, forbidden),
};

async function connect(url: string, forbidden: readonly string[]): Promise<Connection> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    application_name: 'daypass',
    connectionTimeoutMillis: 5000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
  });
  // An idle connection that breaks is replaced at the next query, which reports what is wrong.
  pool.on('error', () => undefined);
  try {
    const server = await identify(pool);
    if (forbidden.includes(server.system)) {
      throw new TargetFault("the target is Daypass's own database server", true);
    }
    return connection(pool, server);
  } catch (error) {
    await pool.end();
    throw faultOf(error);
  }
}

interface Server {
  readonly system: string;
  readonly fingerprint: string;
  /** From 16 on a membership is a row for each grantor and has options of its own. */
  readonly rowForEachGrantor: boolean;
}

async function identify(pool: pg.Pool): Promise<Server> {
  const { rows } = await pool.query<{
    system: string;
    database: string;
    version: number;
    replica: boolean;
    superuser: boolean;
  }>(`SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
             current_database() AS database,
             current_setting('server_version_num')::int AS version,
             pg_is_in_recovery() AS replica,
             (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser`);
  const [row] = rows;
  if (!row) throw new TargetFault('the target did not say what it is', false);
  if (row.replica) throw new TargetFault('the target is a replica; its primary is needed', true);
  if (row.version < 150_000) throw new TargetFault('PostgreSQL 15 or newer is needed', true);
  if (row.superuser) {
    throw new TargetFault(
      'connect as a role that is no superuser and has ADMIN OPTION on the roles to give: what a superuser grants cannot be told from what others grant',
      true,
    );
  }
  return {
    system: `postgres:${row.system}`,
    fingerprint: `postgres:${row.system}/${row.database}`,
    rowForEachGrantor: row.version >= 160_000,
  };
}

function connection(pool: pg.Pool, server: Server): Connection {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw faultOf(error);
    }
  };
  return {
    fingerprint: () => guarded(async () => (await identify(pool)).fingerprint),
    observe: (slots) => guarded(() => observe(pool, slots)),
    list: () => guarded(() => list(pool)),
    set: (slot, level, call) => guarded(() => set(pool, server, slot, level, call)),
    close: () => pool.end(),
  };
}

/** Direct rows with their grantor, and whether the identity has the role by another way or by power. */
const OBSERVE = `
  WITH RECURSIVE asked AS (
    SELECT ordinality AS n, object, identity
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS a(object, identity, ordinality)
  ), known AS (
    SELECT a.n, r.oid AS role, m.oid AS member, m.rolsuper
    FROM asked a JOIN pg_roles r ON r.rolname = a.object JOIN pg_roles m ON m.rolname = a.identity
  ), through AS (
    SELECT k.n, am.roleid AS via, k.role FROM known k
    JOIN pg_auth_members am ON am.member = k.member AND am.roleid <> k.role
    UNION
    SELECT t.n, am.roleid, t.role FROM through t JOIN pg_auth_members am ON am.member = t.via
  )
  SELECT k.n::int, CASE WHEN am.grantor = (SELECT oid FROM pg_roles WHERE rolname = current_user)
                        THEN 'ours' ELSE 'standing' END AS origin
  FROM known k JOIN pg_auth_members am ON am.roleid = k.role AND am.member = k.member
  UNION
  SELECT n::int, 'inherited' FROM through WHERE via = role
  UNION
  SELECT n::int, 'inherited' FROM known WHERE rolsuper
  ORDER BY 1, 2`;

async function observe(pool: pg.Pool, slots: readonly Slot[]): Promise<Holding[][]> {
  const { rows } = await pool.query<{ n: number; origin: Holding['origin'] }>(OBSERVE, [
    slots.map((s) => s.object),
    slots.map((s) => s.identity),
  ]);
  return slots.map((_, index) =>
    rows.filter((row) => row.n === index + 1).map(({ origin }) => ({ level: 'member', origin })),
  );
}

async function list(pool: pg.Pool): Promise<{ slot: Slot; holdings: Holding[] }[]> {
  const { rows } = await pool.query<{ object: string; identity: string }>(
    `SELECT DISTINCT r.rolname AS object, m.rolname AS identity
     FROM pg_auth_members am JOIN pg_roles r ON r.oid = am.roleid JOIN pg_roles m ON m.oid = am.member
     WHERE r.rolname !~ '^pg_' AND m.rolname <> current_user ORDER BY 1, 2 LIMIT $1`,
    [LIST_LIMIT + 1],
  );
  if (rows.length > LIST_LIMIT) {
    throw new TargetFault(`the target has more than ${String(LIST_LIMIT)} memberships`, true);
  }
  const holdings = await observe(pool, rows);
  return rows.map((slot, index) => ({ slot, holdings: holdings[index] ?? [] }));
}

async function set(
  pool: pg.Pool,
  server: Server,
  slot: Slot,
  level: string | null,
  call: Call,
): Promise<void> {
  const role = pg.escapeIdentifier(slot.object);
  const member = pg.escapeIdentifier(slot.identity);
  const until = performance.now() + call.deadline_ms;
  const client = await pool.connect();
  // The target itself ends a call that outlives its deadline, whichever statement it has come to (invariant 18).
  const inTime: InTime = async (sql) => {
    const left = Math.ceil(until - performance.now());
    if (left <= 0) throw new TargetFault('the call did not end before its deadline', false);
    const limits = `SET LOCAL statement_timeout = ${String(left)}; SET LOCAL idle_in_transaction_session_timeout = ${String(left)}`;
    // Of several statements in one query there are several results.
    const results = (await client.query(
      sql === 'BEGIN' ? `BEGIN; ${limits}` : `${limits}; ${sql}`,
    )) as unknown as readonly pg.QueryResult[];
    return results.at(-1)?.rowCount ?? 0;
  };
  try {
    await inTime('BEGIN');
    const [held = []] = await observe(client as unknown as pg.Pool, [slot]);
    const ours = held.some((holding) => holding.origin === 'ours');
    const taken = held.some((holding) => holding.origin === 'standing');
    if (level !== null && !ours && (server.rowForEachGrantor || !taken)) {
      await inTime(
        server.rowForEachGrantor
          ? `GRANT ${role} TO ${member} WITH INHERIT TRUE, SET FALSE GRANTED BY CURRENT_USER`
          : `GRANT ${role} TO ${member}`,
      );
    }
    // Before 16 REVOKE takes anybody's row: only ours is taken.
    if (level === null && ours) {
      await inTime(`REVOKE ${role} FROM ${member} GRANTED BY CURRENT_USER`);
    }
    await inTime('COMMIT');
    if (level === null && !call.keep_sessions) await endSessions(inTime, slot.identity);
    client.release();
  } catch (error) {
    // The connection is dropped, and with it whatever of the call was left open.
    client.release(true);
    throw error;
  }
}

/** SQLSTATE classes that no new try mends: authentication, rights, names, what the server cannot do. */
const LASTING = /^(28|3D|42|0A|0L|0P)/;

function faultOf(error: unknown): TargetFault {
  if (error instanceof TargetFault) return error;
  const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  // A driver's message may quote the URL, which holds a password; a server's does not (invariant 24).
  const said =
    error instanceof pg.DatabaseError ? error.message : 'the target could not be reached';
  return new TargetFault(`${said}${code ? ` (${code})` : ''}`, LASTING.test(code), {
    cause: error,
  });
}
