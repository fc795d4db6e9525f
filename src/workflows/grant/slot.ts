import type { Entitled } from '../../core/grant/effect.js';
import { givesAccess } from '../../core/ledger/due.js';
import { BEGUN_STATES, type GrantRecord, type Holding } from '../../core/grant/record.js';
import type { CallPurpose } from '../../core/work/budget.js';
import type { Desired } from '../../core/ledger/plan.js';
import { Conflict, TargetFault } from '../../ports.js';
import type { Call, Connection, Lease, Ledger, Provider, Slot, World } from '../../ports.js';
import { standingOf } from './standing.js';

/** What holding a slot and its target needs. */
export interface SlotWorld extends Pick<
  World,
  'policy' | 'providers' | 'targets' | 'leases' | 'owner' | 'hold_ms' | 'log'
> {
  readonly ledger: SlotLedger;
}

/** What holding a slot reads of the ledger: the policy in force and the grants on the slot. */
export type SlotLedger = Pick<Ledger, 'state' | 'policyTree' | 'onSlot' | 'grants'>;

/** How long one slot is worked on before somebody else may take it over, ms. */
const leaseMs = (world: SlotWorld) => 2 * world.hold_ms;
/**
 * Every provider call ends this long before the lease can (invariant 18), in whole ms, because timers take no
 * fractions.
 */
const callMs = (world: SlotWorld) => Math.floor(leaseMs(world) / 3);

/** A slot that this worker leased, with a connection to its target. */
export interface LeasedSlot {
  readonly provider: Provider;
  /** The slot to observe and set, with what its names meant when the intent was written, if names can move. */
  readonly slot: Slot & { readonly pin: string | null };
  readonly fingerprint: string;
  /** Where the slot lives: the key for other grants on it and for its standing access. */
  readonly realm: string;
  /** Its name in leases and entries. */
  readonly key: string;
  /** The levels that `catalog.standing` lists for it, read before the lease began to run. */
  readonly standing: readonly string[];
  /** Whether Daypass's own access can be told apart from that of others. */
  readonly tells_ours: boolean;
  observe(): Promise<readonly Holding[]>;
  /** What the identity has there by itself; null if the target does not say. */
  rights(): Promise<readonly string[] | null>;
  set(level: string | null, how: Pick<Call, 'keep_sessions' | 'takes_only'>): Promise<void>;
}

/** What the record of a grant tells of its slot; the fingerprint and the pin are null before its intent. */
type OfGrant = Pick<GrantRecord, 'id' | 'subject' | 'entitled' | 'fingerprint' | 'pin'>;

/** Names a slot in leases by the realm that its target is really in, not by the catalog's name. */
function slotKey(realm: string, { slot }: Entitled): string {
  return JSON.stringify([slot.provider, realm, slot.object, slot.identity]);
}

/**
 * Runs `act` while holding a grant's slot, with its target connected. Null while another worker holds it. After a failed call the lease is left to run out, so that nobody proves that access
 * is gone before the deadline of that call (invariant 18).
 */
export async function withSlot<T>(
  world: SlotWorld,
  record: OfGrant,
  purpose: CallPurpose,
  act: (leased: LeasedSlot) => Promise<T>,
): Promise<T | null> {
  const { entitled } = record;
  if (!entitled) throw new Error(`${record.id} has no slot`);
  const provider = world.providers[entitled.slot.provider];
  if (!provider) throw new TargetFault(`there is no provider ${entitled.slot.provider}`, true);
  // The lease starts only when it is this slot's turn.
  return world.targets.turn(entitled.slot.provider, entitled.slot.target, (connection) => {
    const hints = { entitlement: entitled.entitlement, login: record.subject.login };
    const mine = connection.forTurn?.(hints) ?? connection;
    return inTurn(world, { provider, connection: mine, purpose }, entitled, record, act);
  });
}

async function inTurn<T>(
  world: SlotWorld,
  at: { provider: Provider; connection: Connection; purpose: CallPurpose },
  entitled: Entitled,
  { fingerprint: frozen, pin }: OfGrant,
  act: (leased: LeasedSlot) => Promise<T>,
): Promise<T | null> {
  const { provider, connection, purpose } = at;
  const fingerprint = await connection.fingerprint();
  if (frozen !== null && fingerprint !== frozen) {
    throw new TargetFault(
      `the target ${entitled.slot.target} is not the one on which access was given (found ${fingerprint}, expected ${frozen}): it cannot show whether that access is gone`,
      true,
      { code: 'target_replaced' },
    );
  }
  const { object, identity, target } = entitled.slot;
  const named: Slot = { object, identity };
  const slot = {
    ...named,
    pin: frozen === null ? await pinNow(connection, named, target) : pin,
  };
  const there = { provider, slot, fingerprint, realm: provider.realm(fingerprint) };
  const standing = await standingNow(world, connection, there);
  const key = slotKey(there.realm, entitled);
  const lease = await world.leases.acquire(key, world.owner, leaseMs(world));
  if (!lease) return null;
  const calls = { failed: false };
  try {
    const doing = doings(world, connection, slot, entitled, { lease, calls, purpose });
    return await act({ ...there, key, standing, tells_ours: connection.tells_ours, ...doing });
  } finally {
    if (!calls.failed) await lease.release();
  }
}

/**
 * What the names of a slot mean before its intent; throws if one does not exist, because then there is nothing to
 * give.
 */
async function pinNow(connection: Connection, slot: Slot, target: string): Promise<string | null> {
  if (!connection.pin) return null;
  const pin = await connection.pin(slot);
  if (pin !== null) return pin;
  throw new TargetFault(`${slot.object} or ${slot.identity} does not exist at ${target}`, true);
}

/** `catalog.standing` is about what the names mean now, which may differ from what they meant in the intent. */
async function standingNow(
  world: SlotWorld,
  connection: Connection,
  there: Pick<LeasedSlot, 'provider' | 'slot' | 'realm'>,
): Promise<readonly string[]> {
  const listed = await standingOf(world, there);
  if (listed.length === 0 || there.slot.pin === null) return listed;
  return (await connection.pin?.(there.slot)) === there.slot.pin ? listed : [];
}

/** The operations on a slot while its lease runs. */
function doings(
  world: SlotWorld,
  connection: Connection,
  slot: Slot,
  entitled: Entitled,
  { lease, calls, purpose }: { lease: Lease; calls: { failed: boolean }; purpose: CallPurpose },
): Pick<LeasedSlot, 'observe' | 'rights' | 'set'> {
  return {
    observe: async () => {
      const [holdings] = await connection.observe([slot], purpose);
      if (!holdings) throw new TargetFault('the target did not answer for the slot', false);
      return holdings;
    },
    rights: async () => (await connection.rights?.(slot)) ?? null,
    set: async (level, how) => {
      const deadline_ms = callMs(world);
      const { provider, target } = entitled.slot;
      const gives = level !== null && how.takes_only !== true;
      if (gives && world.providers[provider]?.keeps_open === true)
        await world.targets.keepOpen(provider, target);
      if (lease.remaining() < 2 * deadline_ms && !(await lease.renew(leaseMs(world)))) {
        throw new TargetFault('the lease on the slot was lost before the call', false, {
          code: 'slot_busy',
        });
      }
      try {
        await connection.set(slot, level, {
          ...how,
          deadline_ms,
          entitlement: entitled.entitlement,
        });
      } catch (error) {
        calls.failed = true;
        throw error;
      }
    },
  };
}

/**
 * The other grants on a leased slot whose access exists or is being made: those with the same pin, under any names. A
 * grant from before there were pins counts by its names. Throws `Conflict` if the record has moved on.
 */
export async function othersOn(
  world: Pick<SlotWorld, 'ledger'>,
  leased: LeasedSlot,
  record: GrantRecord,
): Promise<readonly GrantRecord[]> {
  const { provider, realm, slot } = leased;
  const named = await world.ledger.onSlot({ ...slot, provider: provider.type });
  // Read before the lease was acquired: another worker may have ended it since, so it must not be given again.
  const own = named.find(({ id }) => id === record.id);
  if (record.window !== null && own?.version !== record.version)
    throw new Conflict(`${record.id} is not what it was before its slot was leased`);
  const on = named.filter(({ pin }) => pin === null || slot.pin === null || pin === slot.pin);
  return [...on, ...(await renamed(world, slot.pin, record, named))].filter(
    ({ id, entitled, fingerprint }) =>
      id !== record.id &&
      entitled?.slot.provider === provider.type &&
      fingerprint !== null &&
      provider.realm(fingerprint) === realm,
  );
}

/** The subject's grants with the same pin that were given under other names, because it was renamed meanwhile. */
async function renamed(
  world: Pick<SlotWorld, 'ledger'>,
  pin: string | null,
  { subject }: GrantRecord,
  named: readonly GrantRecord[],
): Promise<readonly GrantRecord[]> {
  if (pin === null) return [];
  const all = await world.ledger.grants({ subject: subject.id, states: BEGUN_STATES });
  return all.filter((g) => g.pin === pin && !named.some(({ id }) => id === g.id));
}

/** What should exist on a slot at `now`, given the grants on it. */
export function desiredOf(
  grants: readonly GrantRecord[],
  standing: readonly string[],
  now: Date,
): Desired {
  const live = grants
    // A grant that was not given in time is not given alongside another's start or end either.
    .filter((g) => givesAccess(g, now))
    .flatMap((g) => (g.entitled ? [g.entitled.level] : []));
  return { live, standing };
}
