import type { TargetServer } from './server.js';

/**
 * The condition by which a row `am` of pg_auth_members lets its member use the role. Before 16 every membership does;
 * from then on, one without INHERIT and SET gives nothing to use, such as the one that makes a role's creator its
 * administrator.
 */
const usable = ({ rowForEachGrantor }: TargetServer) =>
  rowForEachGrantor ? '(am.inherit_option OR am.set_option)' : 'true';

/** A common table expression `name(oid)`: what `start` selects, and every role that it can use by being a member. */
export const rolesAbove = (server: TargetServer, name: string, start: string): string =>
  above(name, start, usable(server));

/**
 * The same with every role that it is a member of, by whatever options: who administers a role can give it to
 * themselves, use it and take it back.
 */
export const allRolesAbove = (name: string, start: string): string => above(name, start, 'true');

const above = (name: string, start: string, condition: string) => `${name}(oid) AS (
    ${start}
    UNION
    SELECT am.roleid FROM ${name} JOIN pg_auth_members am ON am.member = ${name}.oid WHERE ${condition}
  )`;

/** A common table expression `name(oid)`: what `start` selects, and every login that can use it by being a member. */
export function loginsBelow(server: TargetServer, name: string, start: string): string {
  return `${name}(oid) AS (
    ${start}
    UNION
    SELECT am.member FROM ${name} JOIN pg_auth_members am ON am.roleid = ${name}.oid WHERE ${usable(server)}
  )`;
}

/** This database and the objects shared by the whole server: what can be described from here. */
export const HERE = `(0, (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** The rights on what a row `d` of pg_shdepend is about ("pg_shdepend", PostgreSQL documentation). */
export const ACL = `
  CASE d.classid
    WHEN 'pg_class'::regclass THEN CASE d.objsubid
      WHEN 0 THEN (SELECT relacl FROM pg_class WHERE oid = d.objid)
      ELSE (SELECT attacl FROM pg_attribute WHERE attrelid = d.objid AND attnum = d.objsubid) END
    WHEN 'pg_proc'::regclass THEN (SELECT proacl FROM pg_proc WHERE oid = d.objid)
    WHEN 'pg_namespace'::regclass THEN (SELECT nspacl FROM pg_namespace WHERE oid = d.objid)
    WHEN 'pg_database'::regclass THEN (SELECT datacl FROM pg_database WHERE oid = d.objid)
    WHEN 'pg_tablespace'::regclass THEN (SELECT spcacl FROM pg_tablespace WHERE oid = d.objid)
    WHEN 'pg_type'::regclass THEN (SELECT typacl FROM pg_type WHERE oid = d.objid)
    WHEN 'pg_language'::regclass THEN (SELECT lanacl FROM pg_language WHERE oid = d.objid)
    WHEN 'pg_foreign_data_wrapper'::regclass
      THEN (SELECT fdwacl FROM pg_foreign_data_wrapper WHERE oid = d.objid)
    WHEN 'pg_foreign_server'::regclass THEN (SELECT srvacl FROM pg_foreign_server WHERE oid = d.objid)
    WHEN 'pg_largeobject'::regclass
      THEN (SELECT lomacl FROM pg_largeobject_metadata WHERE oid = d.objid)
    WHEN 'pg_default_acl'::regclass THEN (SELECT defaclacl FROM pg_default_acl WHERE oid = d.objid)
    WHEN 'pg_parameter_acl'::regclass THEN (SELECT paracl FROM pg_parameter_acl WHERE oid = d.objid)
  END`;

/** What a row `d` of pg_shdepend is about, in PostgreSQL's own words; for another database only its oid is known. */
export const OBJECT = `
  CASE WHEN d.dbid IN ${HERE} THEN pg_describe_object(d.classid, d.objid, d.objsubid)
       ELSE format('%s %s of database %s', d.classid::regclass, d.objid,
                   (SELECT datname FROM pg_database WHERE oid = d.dbid)) END`;
