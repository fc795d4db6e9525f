import type pg from 'pg';
import { ACL, HERE, OBJECT, rolesAbove } from './memberships.js';
import type { TargetServer } from './server.js';

/** At most this many are named; one is enough to refuse. */
const SHOWN = 5;

/**
 * The privileges `x` on what a row `d` of pg_shdepend is about with which members make what stays ("Privileges",
 * PostgreSQL documentation): triggers, constraints, objects, servers, and settings of a login or of the whole server.
 */
const MAKES = `(
  x.privilege_type IN ('CREATE', 'TRIGGER', 'REFERENCES')
  OR d.classid = 'pg_parameter_acl'::regclass
  OR d.classid = 'pg_foreign_data_wrapper'::regclass)`;

/**
 * Why actions done with a role can outlive a membership in it, in words; empty if they cannot. Its members can give
 * themselves and others what it owns, may give on or administers, and leave behind what it lets them make; nothing
 * takes that back when the membership ends. The rights of roles that it is itself a member of count too; in other
 * databases only ownership and what the whole server shares is visible.
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
       SELECT role, format('has %s on %s', x.privilege_type, ${OBJECT})
       FROM shared d, aclexplode(${ACL}) x
       WHERE d.deptype = 'a' AND d.dbid IN ${HERE} AND x.grantee = d.role AND ${MAKES}
       UNION
       SELECT a.oid, format('may give the role %s to others', g.rolname)
       FROM above a JOIN pg_auth_members am ON am.member = a.oid JOIN pg_roles g ON g.oid = am.roleid
       WHERE am.admin_option
       ${CREATEDB(server)}
     ) AS found JOIN pg_roles r ON r.oid = found.role ORDER BY 1 LIMIT ${SHOWN}`,
    [role],
  );
  return rows.map(({ why }) => why);
}

/** Before PostgreSQL 16 a member can become the role by SET ROLE, and then has its attributes. */
const CREATEDB = ({ rowForEachGrantor }: TargetServer) =>
  rowForEachGrantor
    ? ''
    : `UNION
       SELECT a.oid, 'may create databases' FROM above a JOIN pg_roles p USING (oid) WHERE p.rolcreatedb`;

/** Why a role is not given unless the catalog says what reviewers then see, in words; null if it leaves no traces. */
export function traced(role: string, traces: readonly string[]): string | null {
  if (traces.length === 0) return null;
  return `what is done with ${role} can outlive a grant (${traces.join('; ')}): nothing is given unless its entitlement in the catalog says leaves_traces: true`;
}
