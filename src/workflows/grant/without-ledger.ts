import { addMilliseconds } from 'date-fns/addMilliseconds';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { isThin, keep, pastEnd, type KeptGrants } from '../../core/grant/kept.js';
import {
  begun,
  BEGUN_STATES,
  dueEnd,
  type GrantRecord,
  type Holding,
} from '../../core/grant/record.js';
import { Conflict } from '../../ports.js';
import type { Leases, LedgerState, PolicyTree, World } from '../../ports.js';
import { takeAway } from './end.js';
import { appendAbout, entryAbout } from './entries.js';
import { withSlot, type LeasedSlot, type SlotLedger, type SlotWorld } from './slot.js';

export type KeeperWorld = SlotWorld & Pick<World, 'clock' | 'ledger'>;

/** What a worker knows when the ledger does not answer, as of its last look at it. */
interface LastRead {
  readonly kept: KeptGrants;
  readonly state: LedgerState;
  readonly tree: PolicyTree | null;
  /** The clock then, and the machine's steady one, ms. */
  readonly now: Date;
  readonly at_ms: number;
}

/** An end that was made while the ledger did not answer, to be recorded. */
interface Unrecorded {
  readonly record: GrantRecord;
  readonly seen_at: Date;
  readonly observed: readonly Holding[];
}

/**
 * Makes what keeps the live grants in memory, so that access ends on time even if the ledger does not answer (invariant
 * 21); to be run at each poll. It never throws. Once the ledger has not answered for longer than a hold, a grant that is
 * past its frozen end is ended from what is kept: without a lease, because leases are rows of the ledger, and taking away
 * no more than the kept records explain. When the ledger is back, that is recorded, and the end is proven and recorded
 * as ever.
 */
export function keepGrants(world: KeeperWorld): () => Promise<void> {
  let known: LastRead | null = null;
  const unrecorded = new Map<string, Unrecorded>();
  return async () => {
    try {
      known = await read(world, known);
    } catch (error) {
      if (known === null || performance.now() - known.at_ms <= world.hold_ms) return;
      if (await answers(world)) world.log.error({ err: error }, 'could not read the live grants');
      else await endDue(world, known, unrecorded, error);
      return;
    }
    connectAll(world, known.kept);
    for (const one of [...unrecorded.values()]) await recordOne(world, one, unrecorded);
  };
}

/** While the ledger answers, ends are made by what it says now, even if not every grant can be read. */
const answers = ({ ledger }: Pick<KeeperWorld, 'ledger'>): Promise<boolean> =>
  ledger.state().then(
    () => true,
    () => false,
  );

async function read(world: KeeperWorld, known: LastRead | null): Promise<LastRead> {
  const at_ms = performance.now();
  const now = await world.clock.now();
  const { ledger } = world;
  const state = await ledger.state();
  // A ledger that was restored may be older than what is kept of it.
  const stale = known === null || known.kept.version > state.head.seq || isThin(known.kept);
  const kept = stale
    ? keep(null, await ledger.grants({ states: BEGUN_STATES }), state.head.seq)
    : await caughtUp(ledger, known.kept);
  const tree = state.policy && (await ledger.policyTree(state.policy.tree));
  return { kept, state, tree, now, at_ms };
}

/** What is kept, with everything that has changed since. */
async function caughtUp(
  ledger: Pick<KeeperWorld['ledger'], 'changedSince'>,
  kept: KeptGrants,
): Promise<KeptGrants> {
  for (let current = kept; ;) {
    const changed = await ledger.changedSince(current.version);
    const newest = changed.at(-1);
    if (!newest) return current;
    current = keep(current, changed, newest.version);
  }
}

/** Connections are made while the ledger answers, because making one asks it what is no target. */
function connectAll({ targets }: KeeperWorld, { grants }: KeptGrants): void {
  for (const { entitled } of grants.values()) {
    const slot = entitled?.slot;
    if (slot) targets.connection(slot.provider, slot.target).catch(() => undefined);
  }
}

async function endDue(
  world: KeeperWorld,
  known: LastRead,
  unrecorded: Map<string, Unrecorded>,
  error: unknown,
): Promise<void> {
  const since = addMilliseconds(known.now, performance.now() - known.at_ms);
  const now = await world.clock.now().catch(() => since);
  const due = pastEnd(known.kept, now).filter(({ id }) => !unrecorded.has(id));
  if (due.length === 0) return;
  world.log.error(
    { err: error, grants: due.length },
    'the ledger does not answer: grants past their end are ended by what this worker knows of them',
  );
  const alone: SlotWorld = { ...world, leases: NO_LEASES, ledger: keptLedger(known) };
  await Promise.all(
    due.map(async (record) => {
      try {
        const observed = await endAlone(alone, record, now);
        const seen_at = await world.clock
          .now()
          .catch(() => addMilliseconds(known.now, performance.now() - known.at_ms));
        unrecorded.set(record.id, { record, seen_at, observed });
        world.log.warn({ grant: record.id }, 'ended while the ledger did not answer');
      } catch (failed) {
        world.log.error({ grant: record.id, err: failed }, 'could not take access away');
      }
    }),
  );
}

async function endAlone(
  world: SlotWorld,
  record: GrantRecord,
  now: Date,
): Promise<readonly Holding[]> {
  const observed = await withSlot(world, record, 'end', (leased) =>
    takeAway(world, takingAll(leased), record, now, () => undefined),
  );
  return observed ?? [];
}

/**
 * Without a lease only calls that take all are made: one that sets a lower level could bring back what another worker
 * takes away meanwhile. Where a grant on the slot lasts, its end waits for the ledger.
 */
const takingAll = (leased: LeasedSlot): LeasedSlot => ({
  ...leased,
  set: (level, how) => (level === null ? leased.set(level, how) : Promise.resolve()),
});

/** Leases are rows of the ledger: while it does not answer, calls are bounded by their own deadline alone. */
const NO_LEASES: Leases = {
  acquire: () =>
    Promise.resolve({
      epoch: 0,
      remaining: () => Infinity,
      renew: () => Promise.resolve(true),
      release: () => Promise.resolve(),
    }),
};

/** The ledger as it was last read. */
function keptLedger({ kept, state, tree }: LastRead): SlotLedger {
  const all = [...kept.grants.values()];
  return {
    state: () => Promise.resolve(state),
    policyTree: (id) => Promise.resolve(tree?.id === id ? tree : null),
    onSlot: ({ provider, object, identity }) =>
      Promise.resolve(
        all.filter(
          ({ entitled }) =>
            entitled?.slot.provider === provider &&
            entitled.slot.object === object &&
            entitled.slot.identity === identity,
        ),
      ),
    grants: ({ subject }) => Promise.resolve(all.filter((one) => one.subject.id === subject)),
  };
}

/** What cannot be recorded now, is at the next look. */
async function recordOne(
  world: KeeperWorld,
  one: Unrecorded,
  unrecorded: Map<string, Unrecorded>,
): Promise<void> {
  try {
    await recorded(world, one);
    unrecorded.delete(one.record.id);
  } catch (error) {
    if (error instanceof Conflict) return;
    const grant = one.record.id;
    world.log.warn(
      { err: error, grant },
      'could not record an end that was made without the ledger',
    );
  }
}

/**
 * Records an end that was made without the ledger, for the grant and for the others that are live on its slot: this
 * worker may not have known of them, or that the grant was extended, so what they give is restored.
 */
async function recorded(
  world: Pick<KeeperWorld, 'clock' | 'ledger' | 'owner'>,
  { record, seen_at, observed }: Unrecorded,
): Promise<void> {
  const now = await world.clock.now();
  const current = await world.ledger.grant(record.id);
  if (!current) return;
  const due_at = dueEnd(record) ?? seen_at.toISOString();
  const body = {
    seen_at: seen_at.toISOString(),
    due_at,
    late_ms: Math.max(0, differenceInMilliseconds(seen_at, due_at)),
    by: world.owner,
    observed: [...observed],
  };
  const slot = record.entitled?.slot;
  const on = slot ? await world.ledger.onSlot(slot) : [];
  const others = on.filter(({ id, state }) => id !== record.id && begun(state));
  await appendAbout(world, [current, ...others], now, [
    entryAbout(current, 'grant.taken_away', body),
    ...others.map((other) =>
      entryAbout(other, 'grant.taken_away', { ...body, instead_of: record.id }),
    ),
  ]);
}
