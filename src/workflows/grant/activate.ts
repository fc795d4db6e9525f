import { addMilliseconds } from 'date-fns/addMilliseconds';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import type { Room } from '../../core/decision/unreviewed.js';
import { retryAt } from '../../core/work/backoff.js';
import { canonical } from '../../core/reading/canonical.js';
import { givesAccess, isToRestore, lapsesAt } from '../../core/ledger/due.js';
import type { Bodies, NewEntry } from '../../core/ledger/events.js';
import type { GrantRecord, Holding } from '../../core/grant/record.js';
import { countedBaseline } from '../../core/ledger/baseline.js';
import { plan } from '../../core/ledger/plan.js';
import { freeze } from '../../core/grant/window.js';
import { withWords } from '../../core/reading/reason.js';
import { Conflict, TargetFault } from '../../ports.js';
import type { World } from '../../ports.js';
import { judgeActivation } from '../judge/activation.js';
import { baselineOf, lowerBaselines } from './baseline.js';
import { appendAbout, entryAbout, entryWriter } from './entries.js';
import { lapsed } from './lapsed.js';
import { roomFor } from './room.js';
import type { JudgeWorld } from '../judge/changes.js';
import type { LeasedSlot, SlotWorld } from './slot.js';
import { desiredOf, othersOn, withSlot } from './slot.js';
import { attemptFailed, failure, toldFault } from './fault.js';
import { CAP_SECONDS, tryAgainAt } from './try-again.js';

export type ActivateWorld = SlotWorld & JudgeWorld & Pick<World, 'clock' | 'ledger'>;

/**
 * Makes a landed grant real: decides once more (invariant 7), then intent, call, observation, outcome (invariants 12,
 * 16, 21). When in doubt it waits until it lapses or its window ends. Returns when to look again, null when it is
 * over.
 */
export async function activate(
  world: ActivateWorld,
  record: GrantRecord,
  now: Date,
): Promise<Date | null> {
  if (record.state === 'scheduled' && lapsesAt(record) <= now.toISOString()) {
    await entryWriter(world, record).append(now, lapsed(record));
    return null;
  }
  if (record.end_held !== null) return wait(world, record, now, endHeld(record));
  const { stopped } = await world.ledger.state();
  if (stopped !== null) return wait(world, record, now, paused(stopped.why));
  const wait_ms = lineFull(world, record);
  if (wait_ms > 0) return addMilliseconds(now, wait_ms);
  try {
    if (record.state !== 'scheduled') return await giveAgain(world, record, now);
    const room = await roomFor(world, record);
    const judged = await judgeActivation(world, record, now);
    if (judged.refused) {
      const { entry, append } = entryWriter(world, record);
      await append(now, ...judged.entries, entry('grant.refused', withWords(judged.refused)));
      return null;
    }
    return await begin(world, record, { before: judged.entries, room }, now);
  } catch (error) {
    if (error instanceof Conflict) throw error;
    return wait(world, record, now, error);
  }
}

function endHeld({ end_held }: GrantRecord): TargetFault {
  return new TargetFault(`its end is held: ${end_held?.why ?? ''}`, true, {
    code: 'departures_held',
  });
}

function paused(why: string): TargetFault {
  return new TargetFault(`activation is paused: ${why}`, true, { code: 'activation_paused' });
}

/** Checked before anything is judged, so that a full line at the target costs no calls to GitHub. */
function lineFull(world: ActivateWorld, { entitled }: GrantRecord): number {
  return entitled ? world.targets.full(entitled.slot.provider, entitled.slot.target) : 0;
}

/** What was decided before a start: the entries that record it, and the room that its intent needs. */
interface JudgedStart {
  readonly before: readonly NewEntry[];
  readonly room: Room | null;
}

/**
 * Starts a grant in one turn: intent, call, observation, outcome. What the intent was written on is what the call goes
 * by, because the slot stays leased meanwhile.
 */
export async function begin(
  world: ActivateWorld,
  record: GrantRecord,
  judged: JudgedStart,
  now: Date,
): Promise<Date | null> {
  const given = await withSlot(world, record, 'other', async (leased) => {
    const observed = await leased.observe();
    const intended = await intend(world, leased, record, judged, observed);
    return intended ? giveIfOpen(world, leased, intended, observed) : null;
  });
  return given ? activated(world, given) : retryAt(now, 1, CAP_SECONDS);
}

/**
 * Writes the intent, which freezes everything that was resolved; pin and baseline are read before the first call. Null
 * if judging and waiting took so long that the grant has lapsed.
 */
async function intend(
  world: ActivateWorld,
  leased: LeasedSlot,
  record: GrantRecord,
  { before, room }: JudgedStart,
  observed: readonly Holding[],
): Promise<GrantRecord | null> {
  const { entitled } = record;
  if (!entitled) throw new Error(`${record.id} was approved without a slot`);
  const now = await world.clock.now();
  if (lapsesAt(record) <= now.toISOString()) return null;
  const others = await othersOn(world, leased, record);
  const { baseline, leftovers } = baselineOf(leased, others, observed);
  const rights = await leased.rights();
  const intent = entryAbout(record, 'grant.activating', {
    window: freeze(record.window_declared, now),
    fingerprint: leased.fingerprint,
    ...(leased.slot.pin !== null && { pin: leased.slot.pin }),
    entitled,
    baseline: [...baseline],
    ...(leftovers.length > 0 && { leftovers: [...leftovers] }),
    ...(rights && { rights: [...rights] }),
  });
  await appendAbout(world, [record], now, [...before, intent], room);
  return world.ledger.grant(record.id);
}

/** Gives what an intent of an earlier try asks for. */
async function giveAgain(
  world: ActivateWorld,
  record: GrantRecord,
  now: Date,
): Promise<Date | null> {
  const given = await withSlot(world, record, 'other', async (leased) =>
    giveIfOpen(world, leased, record, null),
  );
  return given ? activated(world, given) : retryAt(now, 1, CAP_SECONDS);
}

/** Brings the slot to the desired state; null if it is too late for that. */
async function giveIfOpen(
  world: ActivateWorld,
  leased: LeasedSlot,
  record: GrantRecord,
  observed: readonly Holding[] | null,
): Promise<Begun | null> {
  const now = await world.clock.now();
  return givesAccess(record, now) ? converge(world, leased, record, now, observed) : null;
}

/** What was given, and what was observed afterwards. */
interface Begun {
  readonly drift: Bodies['drift.seen'];
  /** The record before it was given, and as it was when it was. */
  readonly record: GrantRecord;
  readonly current: GrantRecord;
}

/** Records what was observed where a grant was given. */
async function activated(world: ActivateWorld, given: Begun): Promise<null> {
  const { drift, record, current } = given;
  if (!record.window) throw new Error(`${record.id} has no intent`);
  const { starts_at, ends_at } = record.window;
  const seen = await world.clock.now();
  const due_at = isToRestore(record) ? record.retry_at : starts_at;
  const late_ms = Math.max(0, differenceInMilliseconds(seen, due_at ?? starts_at));
  const { entry, append } = entryWriter(world, current);
  // Reviewers are shown what else there is (invariant 15).
  const drifted = canonical(drift.drift) !== canonical(current.drift);
  const written = await append(
    seen,
    entry('grant.activated', { observed: drift.observed, late_ms }),
    ...(drifted ? [entry('drift.seen', drift)] : []),
  );
  const head = written.at(-1)?.hash;
  world.log.info({ grant: record.id, until: ends_at, head }, 'access is active');
  return null;
}

const INVITED = [
  'invited, but not accepted yet: nothing is given until then',
  'invitation_open',
] as const;
const MISSING = [
  'the target accepted the call, but the access is not there',
  'access_missing',
] as const;

async function converge(
  world: ActivateWorld,
  leased: LeasedSlot,
  record: GrantRecord,
  now: Date,
  seen: readonly Holding[] | null,
): Promise<Begun> {
  const { entitled } = record;
  if (!entitled) throw new Error(`${record.id} has no slot`);
  const others = await othersOn(world, leased, record);
  const before = seen ?? (await leased.observe());
  const current = await lowerBaselines(world, leased, [record, ...others], before, now);
  const desired = desiredOf([current, ...others], leased.standing, now);
  const baseline = countedBaseline(leased.tells_ours, current.baseline);
  const todo = plan(leased.provider.join, desired, baseline, before);
  const { keep_sessions } = entitled;
  if (todo.set) await leased.set(todo.set.level, { keep_sessions });
  const observed = [...(await leased.observe())];
  const { covered, drift } = plan(leased.provider.join, desired, baseline, observed);
  if (!covered) {
    const invited = observed.some(({ origin }) => origin === 'pending');
    const [why, code] = invited ? INVITED : MISSING;
    throw new TargetFault(why, false, { code });
  }
  return { drift: { slot: leased.key, drift: [...drift], observed }, record, current };
}

function isToStart(record: GrantRecord): boolean {
  return record.state === 'scheduled' || record.state === 'activating' || isToRestore(record);
}

/** Records why the start failed, and waits. Nothing is given meanwhile. */
async function wait(
  world: ActivateWorld,
  record: GrantRecord,
  now: Date,
  error: unknown,
): Promise<Date> {
  const retry_at = tryAgainAt(now, record.attempts, error);
  world.log.warn({ grant: record.id, err: error, retry_at }, 'not activated yet');
  const current = await world.ledger.grant(record.id);
  if (!current || !isToStart(current)) return retry_at;
  const failed = failure(toldFault(error));
  await entryWriter(world, current).append(now, attemptFailed(current, false, failed, retry_at));
  return retry_at;
}
