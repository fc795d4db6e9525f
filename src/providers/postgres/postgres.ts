import pg from 'pg';
import { z } from 'zod';
import { onOne } from '../../clients/postgres.js';
import { createTargetPool, type TargetPool } from '../../clients/postgres-target.js';
import type { Holding } from '../../core/grant/record.js';
import { wrongIn } from '../../core/reading/shape.js';
import { TargetFault } from '../../ports.js';
import type { Call, Connection, Provider, Slot } from '../../ports.js';
import { examineTarget } from './examine.js';
import { observe } from './observe.js';
import { assertNamed, namesOf, oidsOf, pinOf } from './pin.js';
import { assertOrdinary, powersOf, privileged } from './power.js';
import { assertThere, BEGIN, identify, lookOn, type TargetServer } from './server.js';
import { rightsOf } from './rights.js';
import { assertNonePrepared, endSessions, usersOf, type InTime } from './sessions.js';
import { traced, tracesOf } from './traces.js';

/** PostgreSQL cuts longer identifiers ("Identifiers and Key Words", PostgreSQL documentation: NAMEDATALEN). */
const MAX_BYTES = 63;
const LIST_LIMIT = 50_000;
/** Roles that come with the server or mean everybody. */
const RESERVED = /^(pg_|postgres$|public$|none$|current_|session_user$)/i;

function refusal(name: string): string | null {
  if (name.length === 0) return 'must not be empty';
  if (Buffer.byteLength(name) > MAX_BYTES) return `must have at most ${String(MAX_BYTES)} bytes`;
  if (/\p{Cc}/u.test(name)) return 'must not hold control characters';
  if (RESERVED.test(name)) return `${JSON.stringify(name)} is reserved or privileged`;
  return null;
}

const entitlement = z.strictObject({
  member_of: z.string('must be the name of a role').superRefine((name, context) => {
    const why = refusal(name);
    if (why !== null) context.addIssue({ code: 'custom', message: why });
  }),
  keep_sessions: z.boolean('must be true or false').default(false),
  /** The role owns objects, lets its members make some or may pass its rights on: what they do with that outlives their grants. */
  leaves_traces: z.boolean('must be true or false').default(false),
});

/** Membership of a login in a role of one PostgreSQL server, 15 or newer. */
export const postgres: Provider = {
  type: 'postgres',
  native_expiry: 'none',
  enforces_scope: false,
  ends_sessions: true,
  keeps_open: true,
  join: (levels) => (levels.length > 0 ? 'member' : null),
  check: (value) => wrongIn(entitlement, value),
  checkIdentity: refusal,
  slot: (value, identity) => {
    const { member_of, keep_sessions, leaves_traces } = entitlement.parse(value);
    return { object: member_of, identity, level: 'member', keep_sessions, leaves_traces };
  },
  realm: (fingerprint) => fingerprint.split('/', 1)[0] ?? fingerprint,
  connect: ({ url, forbidden }) => connect(url, forbidden),
};

async function connect(url: string, forbidden: readonly string[]): Promise<Connection> {
  const pool = createTargetPool({ url, application: 'daypass' });
  try {
    const server = await lookOn(pool, identify);
    if (forbidden.includes(server.system)) {
      throw new TargetFault("the target is Daypass's own database server", true);
    }
    return connection(pool, server);
  } catch (error) {
    await pool.end();
    throw faultOf(error);
  }
}

function connection(pool: TargetPool, server: TargetServer): Connection {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw faultOf(error);
    }
  };
  return {
    tells_ours: server.rowForEachGrantor,
    // The fingerprint of whichever server answers now; the calls below accept answers only from the one connected to.
    fingerprint: () => guarded(async () => (await lookOn(pool, identify)).fingerprint),
    pin: (slot) => guarded(() => lookOn(pool, (client) => pinOf(client, server, slot))),
    observe: (slots) => guarded(() => lookOn(pool, (client) => observe(client, server, slots))),
    rights: (slot) => guarded(() => lookOn(pool, (client) => rightsOf(client, server, slot))),
    objection: (value) =>
      guarded(async () => {
        const { member_of, leaves_traces } = entitlement.parse(value);
        return lookOn(pool, (client) => objection(client, server, member_of, leaves_traces));
      }),
    examine: (about, identities) =>
      guarded(() => lookOn(pool, (client) => examineTarget(client, about, identities))),
    list: () => guarded(() => lookOn(pool, (client) => list(client, server))),
    keepOpen: () =>
      guarded(() => pool.keepOpen((kept) => lookOn(kept, (client) => assertThere(client, server)))),
    letGo: () => guarded(() => pool.letGo()),
    set: (slot, level, call) =>
      guarded(() => {
        // Waiting for a session counts, too (invariant 18).
        const until = performance.now() + call.deadline_ms;
        return onOne(pool, (client) => set(client, server, slot, level, { ...call, until }));
      }),
    close: () => pool.end(),
  };
}

/** Why nobody is given a role, in words; null if nothing stands in the way. `may_leave` is what the catalog says. */
async function objection(
  client: pg.ClientBase,
  server: TargetServer,
  role: string,
  may_leave: boolean,
): Promise<string | null> {
  const why = privileged(role, await powersOf(client, role));
  return why ?? (may_leave ? null : traced(role, await tracesOf(client, server, role)));
}

async function list(
  client: pg.ClientBase,
  server: TargetServer,
): Promise<{ slot: Slot; holdings: Holding[] }[]> {
  const { rows } = await client.query<{ object: string; identity: string }>(
    `SELECT DISTINCT r.rolname AS object, m.rolname AS identity
     FROM pg_auth_members am JOIN pg_roles r ON r.oid = am.roleid JOIN pg_roles m ON m.oid = am.member
     WHERE r.rolname !~ '^pg_' AND m.rolname <> current_user ORDER BY 1, 2 LIMIT $1`,
    [LIST_LIMIT + 1],
  );
  if (rows.length > LIST_LIMIT) {
    throw new TargetFault(`the target has more than ${String(LIST_LIMIT)} memberships`, true);
  }
  const holdings = await observe(client, server, rows);
  return rows.map((slot, index) => ({ slot, holdings: holdings[index] ?? [] }));
}

async function set(
  client: pg.ClientBase,
  server: TargetServer,
  slot: Slot,
  level: string | null,
  call: Call & { readonly until: number },
): Promise<void> {
  // The target itself ends a call at its deadline, whichever statement it is running (invariant 18).
  const inTime: InTime = async (sql) => {
    const left = Math.ceil(call.until - performance.now());
    if (left <= 0) throw new TargetFault('the call did not end before its deadline', false);
    const limits = `SET LOCAL statement_timeout = ${String(left)}; SET LOCAL idle_in_transaction_session_timeout = ${String(left)}`;
    // Of several statements in one query there are several results.
    const results = (await client.query(
      sql === 'BEGIN' ? `${BEGIN}; ${limits}` : `${limits}; ${sql}`,
    )) as unknown as readonly pg.QueryResult[];
    return (results.at(-1)?.rows ?? []) as readonly unknown[];
  };
  await inTime('BEGIN');
  const [found = []] = await observe(client, server, [slot]);
  const ours = found.some((holding) => holding.origin === 'ours');
  const taken = found.some((holding) => holding.origin === 'standing');
  if (level !== null && !ours && call.takes_only) return void (await inTime('COMMIT'));
  if (level !== null && !ours) {
    const { object, identity } = await namesOf(client, slot);
    if (identity !== null) await assertOrdinary(client, identity);
    const traces = call.entitlement?.['leaves_traces'] === true;
    const why = object === null ? null : await objection(client, server, object, traces);
    if (why !== null) throw new TargetFault(why, true);
  }
  const ends = level === null && !call.keep_sessions;
  const before = ends ? await usersOf(inTime, server, slot) : null;
  const gives = level !== null && !ours && (server.rowForEachGrantor || !taken);
  // Before PostgreSQL 16, REVOKE takes anybody's row, so it runs only if the row is ours.
  if (gives || (level === null && ours)) await change(client, server, slot, gives, inTime);
  await inTime('COMMIT');
  if (before === null) return;
  // A login that has just lost its membership may still have a session from before.
  await inTime('BEGIN');
  const after = await usersOf(inTime, server, slot);
  await inTime('COMMIT');
  const logins = [...new Set([...before.logins, ...after.logins])];
  await endSessions(inTime, slot.identity, { logins, roles_at_start: !server.rowForEachGrantor });
  await assertNonePrepared(inTime, [...new Set([...before.owners, ...after.owners])]);
}

/** Gives or takes our row. A pinned slot is given under its own names, and taken under its current ones. */
async function change(
  client: pg.ClientBase,
  server: TargetServer,
  slot: Slot,
  gives: boolean,
  inTime: InTime,
): Promise<void> {
  const names = await namesOf(client, slot);
  if (gives) assertNamed(slot, names);
  // The role or login was dropped since it was seen, and the membership with it.
  if (names.object === null || names.identity === null) return;
  const [role, member] = [names.object, names.identity].map(pg.escapeIdentifier);
  const options = server.rowForEachGrantor
    ? ' WITH INHERIT TRUE, SET FALSE GRANTED BY CURRENT_USER'
    : '';
  await inTime(
    gives
      ? `GRANT ${role} TO ${member}${options}`
      : `REVOKE ${role} FROM ${member} GRANTED BY CURRENT_USER`,
  );
  // SQL cannot name a role by its oid, and a name may change between two statements: then this is undone.
  const [after = []] = oidsOf(slot) ? await observe(client, server, [slot]) : [];
  if (oidsOf(slot) && after.some(({ origin }) => origin === 'ours') !== gives) {
    throw new TargetFault(
      'a role was renamed or replaced during the call, which was undone',
      false,
    );
  }
}

/** The pool's message when all its connections are busy, which says nothing about the server. */
const NONE_FREE = 'timeout exceeded when trying to connect';

/** SQLSTATE classes that a retry does not fix: authentication, rights, names, what the server cannot do. */
const LASTING = /^(28|3D|42|0A|0L|0P)/;

function faultOf(error: unknown): TargetFault {
  if (error instanceof TargetFault) return error;
  const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  // A driver's message may quote the URL, which holds a password; a server's does not (invariant 24).
  const said =
    error instanceof pg.DatabaseError ? error.message : 'the target could not be reached';
  return new TargetFault(`${said}${code ? ` (${code})` : ''}`, LASTING.test(code), {
    cause: error,
    away:
      error instanceof Error && !(error instanceof pg.DatabaseError) && error.message !== NONE_FREE,
  });
}
