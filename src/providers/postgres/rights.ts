import type pg from 'pg';
import type { Slot } from '../../ports.js';
import { ACL, HERE, OBJECT, rolesAbove } from './memberships.js';
import { oidsOf } from './pin.js';
import { assertFrom, SAID, type ServerIdentity, type TargetServer } from './server.js';

/** At most this many are listed one by one; an entry of the ledger holds them. */
const MOST = 200;

/**
 * What a login has by itself: attributes, memberships that Daypass did not give, members of its own, rights given to
 * it or by it, by the granted role or by roles that it can use, and what it owns. For the server's other databases,
 * only which objects name the login. Each appears once, in order, in words that stay the same as long as the right
 * does.
 */
const RIGHTS = (server: TargetServer) => `
  WITH RECURSIVE asked AS (
    SELECT coalesce($3::oid, (SELECT oid FROM pg_roles WHERE rolname = $1)) AS role,
           coalesce($4::oid, (SELECT oid FROM pg_roles WHERE rolname = $2)) AS login
  ), ${rolesAbove(server, 'above', 'SELECT role FROM asked')},
  givers AS (SELECT oid FROM above UNION SELECT login FROM asked),
  shared AS (
    SELECT DISTINCT d.dbid, d.classid, d.objid, d.objsubid, d.deptype, d.refobjid FROM givers g
    JOIN pg_shdepend d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = g.oid
  ), told AS (
    SELECT 'is ' || power AS what FROM asked JOIN pg_roles r ON r.oid = login,
      LATERAL (VALUES ('a superuser', rolsuper), ('allowed to create roles', rolcreaterole),
        ('allowed to create databases', rolcreatedb), ('allowed to replicate', rolreplication),
        ('free of row-level security', rolbypassrls)) AS p(power, has) WHERE has
    UNION
    SELECT format('is a member of %s%s, given by %s', am.roleid::regrole,
                  CASE WHEN am.admin_option THEN ' and may give it to others' END, am.grantor::regrole)
    FROM asked JOIN pg_auth_members am ON am.member = login
    WHERE am.grantor <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
    UNION
    SELECT format('has the member %s, given by %s', am.member::regrole, am.grantor::regrole)
    FROM asked JOIN pg_auth_members am ON am.roleid = login
    UNION
    SELECT format('%s%s on %s to %s, given by %s', x.privilege_type,
                  CASE WHEN x.is_grantable THEN ' (may be given on)' END, ${OBJECT},
                  CASE x.grantee WHEN 0 THEN 'everybody' ELSE x.grantee::regrole::text END,
                  x.grantor::regrole)
    FROM asked, shared d, aclexplode(${ACL}) x
    WHERE d.deptype IN ('a', 'o') AND d.dbid IN ${HERE} AND x.grantee <> x.grantor
      AND (x.grantee = login OR x.grantor IN (SELECT oid FROM givers))
    UNION
    SELECT CASE WHEN d.dbid IN ${HERE} THEN CASE d.deptype WHEN 'o' THEN 'owns ' ELSE 'is named by ' END
                ELSE 'owns, or is named by the rights on, ' END || ${OBJECT}
    FROM asked, shared d
    WHERE d.refobjid = login AND (d.dbid NOT IN ${HERE} OR d.deptype IN ('o', 'r'))
  )
  SELECT system, replica, what, total::int
  FROM ${SAID} LEFT JOIN (SELECT what, count(*) OVER () AS total FROM told) AS all_told ON true
  ORDER BY what COLLATE "C" LIMIT ${MOST}`;

/** What the login of a slot has by itself, in words; if there is too much to list, the number of the rest. */
export async function rightsOf(
  client: pg.ClientBase,
  server: TargetServer,
  slot: Slot,
): Promise<readonly string[]> {
  const oids = oidsOf(slot);
  const { rows } = await client.query<
    ServerIdentity & { what: string | null; total: number | null }
  >(RIGHTS(server), [slot.object, slot.identity, oids?.role ?? null, oids?.member ?? null]);
  const [first] = rows;
  assertFrom(server, first);
  const told = rows.flatMap(({ what }) => what ?? []);
  const more = (first?.total ?? 0) - told.length;
  return more > 0 ? [...told, `${more} more rights, which are not compared one by one`] : told;
}
