import type pg from 'pg';
import { TargetFault } from '../../ports.js';
import { ACL, HERE, OBJECT, rolesAbove } from './memberships.js';
import type { TargetServer } from './server.js';

/** At most this many are named; one is enough to refuse. */
const SHOWN = 5;

/**
 * Why actions done with a role can outlive a membership in it, in words; empty if they cannot. Its members can give
 * themselves and others what it owns, may give on or administers, and nothing takes that back when the membership
 * ends. The rights of roles that it is itself a member of count too; in other databases only ownership is visible.
 */
export async function tracesOf(
  client: pg.ClientBase,
  server: TargetServer,
  role: string,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ why: string }>(
    `WITH RECURSIVE ${rolesAbove(server, 'above', 'SELECT oid FROM pg_roles WHERE rolname = $1')},
     shared AS (
       SELECT d.*, a.oid AS role FROM above a
       JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = a.oid
     )
     SELECT format('%s %s', r.rolname, why) AS why FROM (
       SELECT role, format('owns %s', ${OBJECT}) AS why FROM shared d WHERE d.deptype = 'o'
       UNION
       SELECT role, format('may give %s on %s to others', x.privilege_type, ${OBJECT})
       FROM shared d, aclexplode(${ACL}) x
       WHERE d.deptype = 'a' AND d.dbid IN ${HERE} AND x.grantee = d.role AND x.is_grantable
       UNION
       SELECT a.oid, format('may give the role %s to others', g.rolname)
       FROM above a JOIN pg_auth_members am ON am.member = a.oid JOIN pg_roles g ON g.oid = am.roleid
       WHERE am.admin_option
       ${POWER(server)}
     ) AS found JOIN pg_roles r ON r.oid = found.role ORDER BY 1 LIMIT ${SHOWN}`,
    [role],
  );
  return rows.map(({ why }) => why);
}

/** Before PostgreSQL 16 a member can become the role by SET ROLE, and then has its attributes. */
const POWER = ({ rowForEachGrantor }: TargetServer) =>
  rowForEachGrantor
    ? ''
    : `UNION
       SELECT a.oid, 'is a superuser or may create roles'
       FROM above a JOIN pg_roles p ON p.oid = a.oid WHERE p.rolsuper OR p.rolcreaterole`;

/** Throws if a role leaves traces and the catalog does not say so (`leaves_traces: true`), which reviewers see. */
export async function assertLeavesNothing(
  client: pg.ClientBase,
  server: TargetServer,
  role: string,
): Promise<void> {
  const why = traced(role, await tracesOf(client, server, role));
  if (why !== null) throw new TargetFault(why, true);
}

/** Why a role is not given, in words; null if it leaves no traces. */
export function traced(role: string, traces: readonly string[]): string | null {
  if (traces.length === 0) return null;
  return `what is done with ${role} can outlive a grant (${traces.join('; ')}): nothing is given unless its entitlement in the catalog says leaves_traces: true`;
}
