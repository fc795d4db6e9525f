import { addMilliseconds } from 'date-fns/addMilliseconds';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { retryAt } from '../../core/work/backoff.js';
import { isMissed, isToRestore, lapsesAt } from '../../core/ledger/due.js';
import type { Bodies, NewEntry } from '../../core/ledger/events.js';
import {
  dueEnd,
  holdingsInWords,
  type GrantRecord,
  type Holding,
} from '../../core/grant/record.js';
import { countedBaseline } from '../../core/ledger/baseline.js';
import type { Reason } from '../../core/reading/reason.js';
import { plan } from '../../core/ledger/plan.js';
import { Conflict, TargetFault } from '../../ports.js';
import type { World } from '../../ports.js';
import { desiredOf, othersOn, withSlot, type LeasedSlot, type SlotWorld } from './slot.js';
import { entryWriter } from './entries.js';
import { gainedSince } from './gained.js';
import { lapsed } from './lapsed.js';
import { attemptFailed, failure, toldFault, type Failure } from './fault.js';
import { CAP_SECONDS, tryAgainAt } from './try-again.js';

/** What ending access needs: no GitHub, and no healthy policy (invariant 16). */
export type EndWorld = SlotWorld & Pick<World, 'clock' | 'ledger'>;

/**
 * Takes away what a grant gave and proves that it is gone (invariants 14, 16). Works from what was frozen with the
 * intent; needs no healthy policy. Failures are retried for ever. Returns when to look again, null when it is over.
 */
export async function end(world: EndWorld, record: GrantRecord, now: Date): Promise<Date | null> {
  const { entitled, window } = record;
  if (!entitled || !window) throw new Error(`${record.id} has no intent, so nothing to end`);
  const missed = isMissed(record, now) && window.ends_at > now.toISOString();
  const due_at = missed ? lapsesAt(record) : (dueEnd(record) ?? window.ends_at);
  const wait_ms = world.targets.full(entitled.slot.provider, entitled.slot.target);
  if (wait_ms > 0) return later(world, record, now, due_at, wait_ms);
  const calls = { begun: false };
  try {
    const seen = await withSlot(world, record, 'end', async (leased) => {
      const observed = await takeAway(world, leased, record, now, () => (calls.begun = true));
      const gained = await gainedSince(world, leased, record);
      return { observed, ...(gained.length > 0 && { gained }) };
    });
    if (seen === null) {
      // Another worker may well hold it for a moment; if it takes longer, somebody has to know.
      if (differenceInMilliseconds(now, due_at) <= world.hold_ms)
        return retryAt(now, 1, CAP_SECONDS);
      throw new TargetFault('another worker holds the slot', false, { code: 'slot_busy' });
    }
    const then = await world.clock.now();
    const late_ms = differenceInMilliseconds(then, due_at);
    const entry = missed ? lapsed(record, seen) : ended(world, record, { ...seen, late_ms });
    const head = (await entryWriter(world, record).append(then, entry)).at(-1)?.hash;
    const about = { grant: record.id, pull_request: record.pull_request, head, ...seen };
    world.log.info(about, seen.observed.length === 0 ? 'access is gone' : 'the grant has ended');
    return null;
  } catch (error) {
    if (error instanceof Conflict) {
      if (calls.begun) await giveBack(world, record.id);
      throw error;
    }
    const retry_at = tryAgainAt(now, record.attempts, error);
    world.log.error({ grant: record.id, err: error, retry_at }, 'could not take access away');
    const failed = failure(toldFault(error));
    await recordFailure(world, record, now, { failed, retry_at, due_at });
    return retry_at;
  }
}

/**
 * Takes away what a grant gave on a slot, and returns what was seen there afterwards: nothing beyond what the slot's
 * other grants, `standing` and the baseline explain (invariant 14). `begin` is called before the first call.
 */
export async function takeAway(
  world: Pick<SlotWorld, 'ledger'>,
  leased: LeasedSlot,
  record: GrantRecord,
  now: Date,
  begin: () => void,
): Promise<Holding[]> {
  const others = await othersOn(world, leased, record);
  const desired = desiredOf(others, leased.standing, now);
  const baseline = countedBaseline(leased.tells_ours, record.baseline);
  const todo = plan(leased.provider.join, desired, baseline, await leased.observe());
  begin();
  // Called even if nothing is ours any more: an interrupted try may have left sessions open.
  const keep_sessions = record.entitled?.keep_sessions === true;
  if (todo.end) await leased.set(todo.end.level, { keep_sessions, takes_only: true });
  const after = await leased.observe();
  if (plan(leased.provider.join, desired, baseline, after).explained) return [...after];
  const code = 'access_remains';
  throw new TargetFault(`still there: ${holdingsInWords(after)}`, false, { code });
}

/** A grant that was extended while its end was under way may have lost its access: it is brought back. */
async function giveBack(world: EndWorld, id: string): Promise<void> {
  const record = await world.ledger.grant(id);
  const now = await world.clock.now();
  if (record?.state !== 'active' || record.revoked_by !== null || isToRestore(record)) return;
  if ((record.window?.ends_at ?? '') <= now.toISOString()) return;
  const message = 'it was extended while its end was under way';
  const failed = failure({ message, code: 'extended_meanwhile', lasting: false });
  await entryWriter(world, record).append(now, attemptFailed(record, true, failed, now));
}

/**
 * The line of the target is full: this does not count as a failed try, and it holds no place that an end at another
 * target may need. It is reported once, like a slot that is leased for long (invariant 16).
 */
async function later(
  world: EndWorld,
  record: GrantRecord,
  now: Date,
  due_at: string,
  wait_ms: number,
): Promise<Date> {
  const late_ms = differenceInMilliseconds(now, due_at);
  if (late_ms > world.hold_ms && !record.overdue) {
    const { entry, append } = entryWriter(world, record);
    const why = 'too many calls are waiting for its target';
    const reasons: Reason[] = [{ code: 'target_busy', message: why }];
    await append(now, entry('grant.overdue', { due_at, why, reasons }));
  }
  return addMilliseconds(now, wait_ms);
}

function ended(world: EndWorld, record: GrantRecord, seen: Bodies['grant.expired']): NewEntry {
  const { entry } = entryWriter(world, record);
  if (record.revoked_by === null) return entry('grant.expired', seen);
  const { at: _at, reasons, ...told } = record.revoked_by;
  const act = { ...told, ...(reasons && { reasons: [...reasons] }) };
  return entry('grant.revoked', { ...seen, ...act });
}

/** A first failure makes the grant overdue at once (invariant 16). */
async function recordFailure(
  world: EndWorld,
  record: GrantRecord,
  now: Date,
  of: { readonly failed: Failure; readonly retry_at: Date; readonly due_at: string },
): Promise<void> {
  const { entry, append } = entryWriter(world, record);
  const { failed, retry_at, due_at } = of;
  const { error: why, reasons } = failed;
  const overdue = record.overdue ? [] : [entry('grant.overdue', { due_at, why, reasons })];
  await append(now, ...overdue, attemptFailed(record, true, failed, retry_at));
}
