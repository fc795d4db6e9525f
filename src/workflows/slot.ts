import type { Entitled } from '../core/effect.js';
import type { GrantRecord, Holding } from '../core/ledger/record.js';
import type { Desired } from '../core/plan.js';
import { TargetFault } from '../ports.js';
import type { Connection, Lease, Provider, Slot, World } from '../ports.js';
import { standingOf } from './standing.js';

/** How long one slot is worked on before somebody else may take it over, ms. */
const leaseMs = (world: World) => 2 * world.hold_ms;
/** Every provider call ends this long before the lease can (invariant 18), whole ms: timers take no parts. */
const callMs = (world: World) => Math.floor(leaseMs(world) / 3);

/** A slot that is held by a lease and connected to. */
export interface Held {
  readonly provider: Provider;
  readonly slot: Slot;
  readonly fingerprint: string;
  /** Where the slot lives: what other grants on it, and what stands there, are found by. */
  readonly realm: string;
  /** The levels that `catalog.standing` lists for it, read before the lease began to run. */
  readonly standing: readonly string[];
  observe(): Promise<readonly Holding[]>;
  set(level: string | null, keep_sessions: boolean): Promise<void>;
}

/** Names a slot in leases: by the realm that its target really is in, whatever the catalog calls it. */
function slotKey(realm: string, { slot }: Entitled): string {
  return JSON.stringify([slot.provider, realm, slot.object, slot.identity]);
}

/**
 * Runs `act` with the slot of a grant held and its target connected to. Null while another worker holds
 * it. After a call that failed the lease is left to run out, so that nobody reads a proof of absence
 * before the deadline of that call (invariant 18).
 */
export async function withSlot<T>(
  world: World,
  entitled: Entitled,
  frozen: string | null,
  act: (held: Held) => Promise<T>,
): Promise<T | null> {
  const provider = world.providers[entitled.slot.provider];
  if (!provider) throw new TargetFault(`there is no provider ${entitled.slot.provider}`, true);
  // The lease begins to run when it is this slot's turn.
  return world.targets.turn(entitled.slot.provider, entitled.slot.target, (connection) =>
    inTurn(world, { provider, connection }, entitled, frozen, act),
  );
}

async function inTurn<T>(
  world: World,
  { provider, connection }: { provider: Provider; connection: Connection },
  entitled: Entitled,
  frozen: string | null,
  act: (held: Held) => Promise<T>,
): Promise<T | null> {
  const fingerprint = await connection.fingerprint();
  if (frozen !== null && fingerprint !== frozen) {
    throw new TargetFault(
      `the target ${entitled.slot.target} is another one than when access was given (${fingerprint}, not ${frozen}): nothing there says whether it is gone`,
      true,
    );
  }
  const slot: Slot = { object: entitled.slot.object, identity: entitled.slot.identity };
  const there = { provider, slot, fingerprint, realm: provider.realm(fingerprint) };
  const standing = await standingOf(world, there);
  const key = slotKey(there.realm, entitled);
  const lease = await world.leases.acquire(key, world.owner, leaseMs(world));
  if (!lease) return null;
  const calls = { failed: false };
  try {
    const doing = doings(world, connection, slot, entitled, lease, calls);
    return await act({ ...there, standing, ...doing });
  } finally {
    if (!calls.failed) await lease.release();
  }
}

/** What may be done with a slot while its lease runs. */
function doings(
  world: World,
  connection: Connection,
  slot: Slot,
  entitled: Entitled,
  lease: Lease,
  calls: { failed: boolean },
): Pick<Held, 'observe' | 'set'> {
  return {
    observe: async () => {
      const [holdings] = await connection.observe([slot]);
      if (!holdings) throw new TargetFault('the target did not answer for the slot', false);
      return holdings;
    },
    set: async (level, keep_sessions) => {
      const deadline_ms = callMs(world);
      if (lease.remaining() < 2 * deadline_ms && !(await lease.renew(leaseMs(world)))) {
        throw new TargetFault('the lease on the slot was lost before the call', false);
      }
      try {
        await connection.set(slot, level, {
          deadline_ms,
          keep_sessions,
          entitlement: entitled.entitlement,
        });
      } catch (error) {
        calls.failed = true;
        throw error;
      }
    },
  };
}

/** The other grants on a held slot whose access exists or is being made. */
export async function othersOn(
  world: World,
  held: Held,
  record: GrantRecord,
): Promise<readonly GrantRecord[]> {
  const on = await world.ledger.onSlot({ ...held.slot, provider: held.provider.type });
  return on.filter(
    ({ id, fingerprint }) =>
      id !== record.id && fingerprint !== null && held.provider.realm(fingerprint) === held.realm,
  );
}

/** What should exist on a slot at `now`, given the grants on it. */
export function desiredOf(
  grants: readonly GrantRecord[],
  standing: readonly string[],
  now: Date,
): Desired {
  const live = grants
    .filter(
      (g) => g.revoked_by === null && g.window !== null && g.window.ends_at > now.toISOString(),
    )
    .flatMap((g) => (g.entitled ? [g.entitled.level] : []));
  return { live, standing };
}
