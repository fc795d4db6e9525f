import type pg from 'pg';
import { TargetFault } from '../../ports.js';
import { allRolesAbove } from './memberships.js';

/** The roles that come with a server but only show how it is doing ("Predefined Roles", PostgreSQL documentation). */
const SHOWS = ['pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables'];

/** At most this many are named; one is enough to refuse. */
const SHOWN = 5;

const POWERS = `
  (VALUES ('is a superuser', r.rolsuper), ('may replicate', r.rolreplication),
          ('may create roles', r.rolcreaterole), ('bypasses row-level security', r.rolbypassrls),
          ('comes with the server', r.rolname ~ '^pg_' AND r.rolname <> ALL ($2))) AS p(power, has)`;

/**
 * What makes a role privileged, itself or any role that it is a member of, in words; empty if nothing does. Attributes
 * count wherever they are above it: before 16 a member can become the role, and later one who administers a role can
 * give it to themselves. Roles that come with the server lead to other logins, to their sessions and passwords, or out
 * of the database, apart from those that only show how it is doing; one of a later version counts as well.
 */
export async function powersOf(client: pg.ClientBase, role: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ why: string }>(
    `WITH RECURSIVE ${allRolesAbove('above', 'SELECT oid FROM pg_roles WHERE rolname = $1')}
     SELECT format('%s %s', r.rolname, power) AS why
     FROM above JOIN pg_roles r USING (oid), LATERAL ${POWERS} WHERE has ORDER BY 1 LIMIT ${SHOWN}`,
    [role, SHOWS],
  );
  return rows.map(({ why }) => why);
}

/** Why a role is not given to anybody, in words; null if it is not privileged. */
export function privileged(role: string, powers: readonly string[]): string | null {
  if (powers.length === 0) return null;
  return `${role} is privileged (${powers.join('; ')}): nothing is given, whatever the catalog says`;
}

/** A login's power over the server. Whoever is in the last three roles can become a superuser, says PostgreSQL. */
const RULES = `
  (VALUES (1, 'Daypass''s own login', r.rolname IN (current_user, session_user)), (2, 'a superuser', r.rolsuper),
          (3, 'a login for replication', r.rolreplication), (4, 'a login that may create roles', r.rolcreaterole),
          (5, 'a login that reaches the files of the server', r.rolname IN
             ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))) AS p(rank, power, has)`;

/**
 * Throws if a login has power over the server or is Daypass's own, itself or through a role, whatever its name: with
 * such power it has the role anyway, and ending its grant could not end its sessions, or would end Daypass's.
 */
export async function assertOrdinary(client: pg.ClientBase, login: string): Promise<void> {
  const { rows } = await client.query<{ why: string }>(
    `WITH RECURSIVE ${allRolesAbove('above', 'SELECT oid FROM pg_roles WHERE rolname = $1')}
     SELECT power || CASE WHEN r.rolname = $1 THEN '' ELSE format(' through the role %s', r.rolname) END AS why
     FROM above JOIN pg_roles r USING (oid), LATERAL ${RULES}
     WHERE has ORDER BY r.rolname <> $1, rank, r.rolname LIMIT 1`,
    [login],
  );
  const why = rows[0]?.why ?? null;
  if (why !== null) throw new TargetFault(`${login} is ${why}: nothing is given to it`, true);
}
