import pg from 'pg';
import { PLACES } from '../../../clients/postgres.js';
import type { Roles } from './rights.js';

/** The most sessions that all processes of a role need at once. */
export interface Needed {
  readonly worker: number;
  readonly web: number;
  readonly pdp: number;
}

/** A command line uses two. */
const AUDIT_NEEDS = 6;

/**
 * How many sessions each role may have at most on a server that gives `places` to roles that are no superusers. What
 * the roles beside the worker's may hold together is at most half of the server, whoever has their passwords, so that
 * the worker finds a place when it starts again.
 */
export function connectionLimits(
  places: number,
  needed: Needed,
): Readonly<Record<keyof Roles, number>> {
  const share = (of: number) => Math.max(1, Math.floor(places / of));
  return {
    worker: needed.worker,
    web: Math.min(needed.web, share(4)),
    audit: Math.min(AUDIT_NEEDS, share(8)),
    pdp: Math.min(needed.pdp, share(8)),
  };
}

/**
 * Sets the limits of all roles; and on 16 and newer, where we may give it, lets the worker use the connections that the
 * server reserves (`reserved_connections`).
 */
export async function setLimits(
  client: pg.ClientBase,
  roles: Roles,
  needed: Needed,
): Promise<void> {
  const { rows } = await client.query<{ places: number; may_reserve: boolean }>(
    `SELECT ${PLACES} AS places,
            coalesce((SELECT pg_has_role(oid, 'MEMBER WITH ADMIN OPTION') FROM pg_roles
                      WHERE rolname = 'pg_use_reserved_connections'), false) AS may_reserve`,
  );
  const { places, may_reserve } = rows[0] ?? { places: 0, may_reserve: false };
  const limits = connectionLimits(places, needed);
  for (const [kind, role] of Object.entries(roles) as [keyof Roles, string | null][]) {
    if (role === null) continue;
    await client.query(
      `ALTER ROLE ${pg.escapeIdentifier(role)} CONNECTION LIMIT ${String(limits[kind])}`,
    );
  }
  // The roles are NOINHERIT, so this membership has to say that it is inherited.
  if (may_reserve)
    await client.query(
      `GRANT pg_use_reserved_connections TO ${pg.escapeIdentifier(roles.worker)} WITH INHERIT TRUE`,
    );
}
