import type pg from 'pg';
import type { Holding } from '../../core/grant/record.js';
import type { Slot } from '../../ports.js';
import { oidsOf } from './pin.js';
import { assertFrom, SAID, type ServerIdentity, type TargetServer } from './server.js';

/**
 * Direct rows with their grantor, and whether the identity has the role in another way or as a superuser. At least one
 * row, so that the answering server is known even if there is nothing. A role or login whose oid is gone has no
 * memberships.
 */
const OBSERVE = `
  WITH RECURSIVE asked AS (
    SELECT ordinality AS n,
           coalesce(role, (SELECT oid FROM pg_roles WHERE rolname = object)) AS role,
           coalesce(member, (SELECT oid FROM pg_roles WHERE rolname = identity)) AS member
    FROM unnest($1::text[], $2::text[], $3::oid[], $4::oid[])
      WITH ORDINALITY AS a(object, identity, role, member, ordinality)
  ), known AS (
    SELECT a.n, r.oid AS role, m.oid AS member, m.rolsuper
    FROM asked a JOIN pg_roles r ON r.oid = a.role JOIN pg_roles m ON m.oid = a.member
  ), through AS (
    SELECT k.n, am.roleid AS via, k.role FROM known k
    JOIN pg_auth_members am ON am.member = k.member AND am.roleid <> k.role
    UNION
    SELECT t.n, am.roleid, t.role FROM through t JOIN pg_auth_members am ON am.member = t.via
  ), had AS (
    SELECT k.n, CASE WHEN am.grantor = (SELECT oid FROM pg_roles WHERE rolname = current_user)
                     THEN 'ours' ELSE 'standing' END AS origin
    FROM known k JOIN pg_auth_members am ON am.roleid = k.role AND am.member = k.member
    UNION
    SELECT n, 'inherited' FROM through WHERE via = role
    UNION
    SELECT n, 'inherited' FROM known WHERE rolsuper
  )
  SELECT system, replica, n::int, origin FROM ${SAID} LEFT JOIN had ON true ORDER BY n, origin`;

/** What each slot holds, in their order. Throws if a replica answers, or a server other than the one connected to. */
export async function observe(
  client: pg.ClientBase,
  server: TargetServer,
  slots: readonly Slot[],
): Promise<Holding[][]> {
  const oids = slots.map(oidsOf);
  const { rows } = await client.query<
    ServerIdentity & { n: number | null; origin: Holding['origin'] }
  >(OBSERVE, [
    slots.map((s) => s.object),
    slots.map((s) => s.identity),
    oids.map((o) => o?.role ?? null),
    oids.map((o) => o?.member ?? null),
  ]);
  assertFrom(server, rows[0]);
  const found = slots.map((): Holding[] => []);
  for (const { n, origin } of rows) if (n !== null) found[n - 1]?.push({ level: 'member', origin });
  return found;
}
