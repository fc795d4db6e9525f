import type pg from 'pg';
import { transaction, type Lends } from '../../clients/postgres.js';
import { TargetFault } from '../../ports.js';

/** The server behind a target at the time of connecting. */
export interface TargetServer {
  readonly system: string;
  readonly fingerprint: string;
  /** From PostgreSQL 16 on, each grantor's membership is a row with options of its own. */
  readonly rowForEachGrantor: boolean;
}

/**
 * What a server says about itself in the same statement as its answer, so that both come from one server at one
 * moment.
 */
export interface ServerIdentity {
  readonly system: string;
  readonly replica: boolean;
}

/** One row, always; what is asked is joined to it. */
export const SAID = `(
  SELECT (SELECT 'postgres:' || system_identifier FROM pg_control_system()) AS system,
         pg_is_in_recovery() AS replica) AS server`;

/**
 * Throws if an answer does not come from the primary that was connected to: after a failover, or behind a pooler, one
 * connection of the pool may lead elsewhere than another. A retry may reach the right one.
 */
export function assertFrom(server: TargetServer, said: ServerIdentity | undefined): void {
  if (!said) throw new TargetFault('the target did not identify itself', false);
  if (said.replica) {
    throw new TargetFault('the target is a replica now; its primary is needed', false);
  }
  if (said.system !== server.system) {
    throw new TargetFault(
      `the target is not the server that Daypass connected to first (found ${said.system}, expected ${server.system}); if it was replaced, restart the worker`,
      false,
    );
  }
}

/**
 * Begins a transaction in which a name without a schema is PostgreSQL's own. Otherwise anybody who may create in
 * another schema of the path could put an operator of theirs first, and run code as Daypass (CVE-2018-1058). Each
 * transaction sets it again: behind a pooler each may run in another session, which a URL's `options` may not reach.
 */
export const BEGIN =
  "BEGIN; SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)";

/** Reads on one connection, in a transaction. */
export function lookOn<T>(pool: Lends, look: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return transaction(pool, look, BEGIN);
}

/** Throws unless a session leads to the primary that was connected to. */
export async function assertThere(client: pg.ClientBase, server: TargetServer): Promise<void> {
  const { rows } = await client.query<ServerIdentity>(`SELECT system, replica FROM ${SAID}`);
  assertFrom(server, rows[0]);
}

/** Identifies a target, and refuses one that Daypass cannot work with. */
export async function identify(client: pg.ClientBase): Promise<TargetServer> {
  const { rows } = await client.query<
    ServerIdentity & { database: string; version: number; superuser: boolean }
  >(`SELECT system, replica, current_database() AS database,
            current_setting('server_version_num')::int AS version,
            (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser
     FROM ${SAID}`);
  const [row] = rows;
  if (!row) throw new TargetFault('the target did not identify itself', false);
  if (row.replica) throw new TargetFault('the target is a replica; its primary is needed', true);
  if (row.version < 150_000) throw new TargetFault('PostgreSQL 15 or newer is needed', true);
  if (row.superuser) {
    throw new TargetFault(
      'connect as a role that is not a superuser and has ADMIN OPTION on the roles to give: what a superuser grants cannot be told apart from what others grant',
      true,
    );
  }
  return {
    system: row.system,
    fingerprint: `${row.system}/${row.database}`,
    rowForEachGrantor: row.version >= 160_000,
  };
}
