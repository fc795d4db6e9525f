import type pg from 'pg';
import { TargetFault } from '../../ports.js';
import type { Slot } from '../../ports.js';
import { assertFrom, SAID, type ServerIdentity, type TargetServer } from './server.js';

/** The oids of a role and a login: unlike their names they are never given to something else. */
interface Oids {
  readonly role: string;
  readonly member: string;
}

/** The oids that a slot is pinned to; null if its names identify it. */
export function oidsOf({ pin }: Slot): Oids | null {
  if (pin === undefined || pin === null) return null;
  const [, role, member] = /^(\d+)\/(\d+)$/.exec(pin) ?? [];
  if (role === undefined || member === undefined) {
    throw new TargetFault(`${JSON.stringify(pin)} is not a pin of this provider`, true);
  }
  return { role, member };
}

/** What the names of a slot mean now; null if one does not exist. */
export async function pinOf(
  client: pg.ClientBase,
  server: TargetServer,
  { object, identity }: Slot,
): Promise<string | null> {
  const { rows } = await client.query<ServerIdentity & { pin: string | null }>(
    `SELECT system, replica, (SELECT format('%s/%s', r.oid, m.oid) FROM pg_roles r, pg_roles m
                              WHERE r.rolname = $1 AND m.rolname = $2) AS pin FROM ${SAID}`,
    [object, identity],
  );
  assertFrom(server, rows[0]);
  return rows[0]?.pin ?? null;
}

/** The names that reach a slot; for a pinned one, the current names of its role and login, null if they are gone. */
export interface Names {
  readonly object: string | null;
  readonly identity: string | null;
}

/** The current names of a slot; without a pin these are its own, and nothing is asked. */
export async function namesOf(client: pg.ClientBase, slot: Slot): Promise<Names> {
  const oids = oidsOf(slot);
  if (!oids) return slot;
  const { rows } = await client.query<Names>(
    `SELECT (SELECT rolname FROM pg_roles WHERE oid = $1) AS object,
            (SELECT rolname FROM pg_roles WHERE oid = $2) AS identity`,
    [oids.role, oids.member],
  );
  return rows[0] ?? { object: null, identity: null };
}

/** Throws if a name of a slot no longer belongs to what it is pinned to: nothing is given under such a name. */
export function assertNamed(slot: Slot, now: Names): void {
  const both = [
    ['role', slot.object, now.object],
    ['login', slot.identity, now.identity],
  ] as const;
  const moved = both
    .filter(([, name, is]) => is !== name)
    .map(([what, name, is]) =>
      is === null
        ? `the ${what} ${name} that this grant is for is gone`
        : `the ${what} ${name} that this grant is for is now called ${is}`,
    );
  if (moved.length > 0) {
    throw new TargetFault(`${moved.join(', and ')}: nothing is given under the old name`, true);
  }
}
