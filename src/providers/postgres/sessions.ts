import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { TargetFault } from '../../ports.js';
import type { Slot } from '../../ports.js';
import { allRolesAbove, loginsBelow } from './memberships.js';
import { oidsOf } from './pin.js';
import type { TargetServer } from './server.js';

/** Runs SQL within the rest of a call's deadline; answers the rows of its last statement. */
export type InTime = (sql: string) => Promise<readonly unknown[]>;

/** Asks in a transaction of its own, in which names are PostgreSQL's own (`BEGIN`). */
async function apart(inTime: InTime, sql: string): Promise<readonly unknown[]> {
  await inTime('BEGIN');
  const rows = await inTime(sql);
  await inTime('COMMIT');
  return rows;
}

/** A session. A pid alone does not identify it, because pids are reused. */
const session = z.object({ pid: z.number().int(), began: z.string().nullable() });

const keyOf = ({ pid, began }: z.infer<typeof session>) => `${String(pid)} ${began ?? ''}`;
const marked = z.tuple([z.object({ mark: z.string() })]);

/**
 * Before 16 a session may begin with `-c role=…`: one that begins while the REVOKE commits has its right checked
 * before the session is visible. It becomes visible within this time, ms.
 */
const BEGINNING_MS = 1000;
const PATIENCE_MS = 3000;

/**
 * An open cursor or a `SET ROLE` outlives a REVOKE, so the sessions of the logins (by their oids) that could use the
 * role through a grant are ended, whenever they began: all are told to end before we wait for any. Only those that
 * began before the first look after the REVOKE count: later ones do not have the role, and a client that reconnects at
 * once would otherwise keep the end from ever being seen. Where `roles_at_start` can be set, sessions that were still
 * beginning then are looked for too. Each look is a transaction of its own, because within one the list of sessions
 * does not change. The oid finds a login even if it was renamed or dropped while its sessions live on. `identity` is
 * for messages.
 */
export async function endSessions(
  inTime: InTime,
  identity: string,
  {
    logins,
    roles_at_start,
  }: { readonly logins: readonly string[]; readonly roles_at_start: boolean },
): Promise<void> {
  const sessions = `FROM pg_stat_activity WHERE usesysid = ANY ('{${logins.join(',')}}') AND pid <> pg_backend_pid()`;
  const [{ mark }] = marked.parse(await apart(inTime, 'SELECT clock_timestamp()::text AS mark'));
  const begun = `(backend_start IS NULL OR backend_start <= ${pg.escapeLiteral(mark)})`;
  const look = async (what: string) => {
    // A login that may not read statistics sees only the pid, which errs towards "still there".
    const rows = await apart(
      inTime,
      `SELECT pid, backend_start::text AS began${what} ${sessions} AND ${begun}`,
    );
    return z.array(session).parse(rows);
  };
  const started = performance.now();
  const for_ms = () => performance.now() - started;
  const first = await look(', pg_terminate_backend(pid)');
  const known = new Map(first.map((one) => [keyOf(one), one]));
  let left = first.length;
  while (left > 0 || (roles_at_start && for_ms() <= BEGINNING_MS)) {
    if (for_ms() > PATIENCE_MS)
      throw new TargetFault(
        `some sessions of ${identity}, or of roles that gained its rights, have not ended yet`,
        false,
      );
    const beginning = roles_at_start && for_ms() <= BEGINNING_MS;
    await pause(left > 0 ? 20 : 100);
    const now = await look(beginning ? ', pg_terminate_backend(pid)' : '');
    if (beginning) for (const one of now) known.set(keyOf(one), one);
    left = now.filter((one) => known.has(keyOf(one))).length;
  }
}

const prepared = z.object({
  gid: z.string(),
  at: z.string(),
  owner: z.string(),
  database: z.string(),
});

/**
 * Throws while a transaction that one of these roles (oids) prepared exists: it needs no session, and `COMMIT PREPARED`
 * still has the rights that it was prepared with. As with sessions, only those that exist when the sessions have ended
 * count.
 */
export async function assertNonePrepared(inTime: InTime, owners: readonly string[]): Promise<void> {
  const look = async () => {
    // By the function and not by its view, which has names: a role that was dropped has none.
    const rows = await apart(
      inTime,
      `SELECT p.gid, p.prepared::text AS at, coalesce(r.rolname, 'a role that was dropped') AS owner, d.datname AS database
       FROM pg_prepared_xact() p JOIN pg_database d ON d.oid = p.dbid LEFT JOIN pg_roles r ON r.oid = p.ownerid
       WHERE p.ownerid = ANY ('{${owners.join(',')}}')`,
    );
    return z.array(prepared).parse(rows);
  };
  const key = ({ gid, at }: z.infer<typeof prepared>) => `${at} ${gid}`;
  const started = performance.now();
  const first = new Set((await look()).map(key));
  for (let left = first.size > 0; left;) {
    const [one] = (await look()).filter((other) => first.has(key(other)));
    if (one && performance.now() - started > PATIENCE_MS)
      throw new TargetFault(
        `${one.owner} has the prepared transaction ${JSON.stringify(one.gid)} in database ${one.database}, which can still be committed with the access that was given: run COMMIT PREPARED or ROLLBACK PREPARED`,
        true,
      );
    left = one !== undefined;
    if (left) await pause(50);
  }
}

const oid = z.string().regex(/^\d+$/);
const found = z.array(z.object({ oid, is_login: z.boolean() }));

/** Who can use a slot's role through its login, as oids. */
export interface Users {
  /** The login and all its members, direct or not. */
  readonly logins: readonly string[];
  /** The logins and every role that they can act as. */
  readonly owners: readonly string[];
}

/**
 * Who can use a slot's role through its login now. Without superusers, who need no grant and whose sessions no other
 * login may end, and without Daypass's own. PostgreSQL records the current role as the owner of a prepared transaction,
 * which after a `SET ROLE` is not the login, so the owners are all roles above: of the logins, and of the slot's role.
 */
export async function usersOf(inTime: InTime, server: TargetServer, slot: Slot): Promise<Users> {
  const pin = oidsOf(slot);
  const named = (name: string, id: string | undefined) =>
    id === undefined
      ? `SELECT oid FROM pg_roles WHERE rolname = ${pg.escapeLiteral(name)}`
      : `SELECT ${id}::oid AS oid`;
  const login = named(slot.identity, pin?.member);
  const rows = found.parse(
    await inTime(
      `WITH RECURSIVE ${loginsBelow(server, 'below', login)}, logins AS (
         SELECT b.oid FROM below b LEFT JOIN pg_roles r USING (oid)
         WHERE b.oid IN (${login})
            OR NOT r.rolsuper AND r.rolname NOT IN (current_user, session_user)
       ), ${allRolesAbove('owners', `SELECT oid FROM logins UNION ${named(slot.object, pin?.role)}`)}
       SELECT oid::text, oid IN (SELECT oid FROM logins) AS is_login FROM owners`,
    ),
  );
  return {
    logins: rows.filter(({ is_login }) => is_login).map((row) => row.oid),
    owners: rows.map((row) => row.oid),
  };
}
