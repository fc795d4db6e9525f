import { addMilliseconds } from 'date-fns/addMilliseconds';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { retryAt } from '../../core/work/backoff.js';
import { canonical } from '../../core/reading/canonical.js';
import { isMissed, isToRestore, lapsesAt } from '../../core/ledger/due.js';
import type { Bodies, NewEntry } from '../../core/ledger/events.js';
import type { GrantRecord } from '../../core/grant/record.js';
import { countedBaseline } from '../../core/ledger/baseline.js';
import { plan } from '../../core/ledger/plan.js';
import { freeze } from '../../core/grant/window.js';
import { withWords } from '../../core/reading/reason.js';
import { Conflict, TargetFault } from '../../ports.js';
import type { World } from '../../ports.js';
import { judgeActivation } from '../judge/activation.js';
import { baselineOf, lowerBaselines } from './baseline.js';
import { entryWriter } from './entries.js';
import { lapsed } from './lapsed.js';
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
  const { stopped } = await world.ledger.state();
  if (stopped !== null) return wait(world, record, now, paused(stopped.why));
  const wait_ms = lineFull(world, record);
  if (wait_ms > 0) return addMilliseconds(now, wait_ms);
  try {
    if (record.state !== 'scheduled') return await give(world, record, now);
    const judged = await judgeActivation(world, record, now);
    if (judged.refused) {
      const { entry, append } = entryWriter(world, record);
      await append(now, ...judged.entries, entry('grant.refused', withWords(judged.refused)));
      return null;
    }
    const intended = await intend(world, record, judged.entries);
    return intended ? await give(world, intended, now) : retryAt(now, 1, CAP_SECONDS);
  } catch (error) {
    if (error instanceof Conflict) throw error;
    return wait(world, record, now, error);
  }
}

function paused(why: string): TargetFault {
  return new TargetFault(`activation is paused: ${why}`, true, { code: 'activation_paused' });
}

/** Checked before anything is judged, so that a full line at the target costs no calls to GitHub. */
function lineFull(world: ActivateWorld, { entitled }: GrantRecord): number {
  return entitled ? world.targets.full(entitled.slot.provider, entitled.slot.target) : 0;
}

/**
 * Writes the intent, which freezes everything that was resolved; pin and baseline are read before the first call. Null
 * if another worker holds the slot, or if judging and waiting took so long that the grant has lapsed.
 */
export async function intend(
  world: ActivateWorld,
  record: GrantRecord,
  before: readonly NewEntry[],
): Promise<GrantRecord | null> {
  const { entitled } = record;
  if (!entitled) throw new Error(`${record.id} was approved without a slot`);
  const found = await withSlot(world, entitled, null, 'other', async (leased) => {
    const now = await world.clock.now();
    if (lapsesAt(record) <= now.toISOString()) return false;
    const others = await othersOn(world, leased, record);
    const { baseline, leftovers } = baselineOf(leased, others, await leased.observe());
    const rights = await leased.rights();
    const { entry, append } = entryWriter(world, record);
    await append(
      now,
      ...before,
      entry('grant.activating', {
        window: freeze(record.window_declared, now),
        fingerprint: leased.fingerprint,
        ...(leased.slot.pin !== null && { pin: leased.slot.pin }),
        entitled,
        baseline: [...baseline],
        ...(leftovers.length > 0 && { leftovers: [...leftovers] }),
        ...(rights && { rights: [...rights] }),
      }),
    );
    return true;
  });
  return found ? world.ledger.grant(record.id) : null;
}

/** Brings the slot to the desired state and records what was observed there. */
async function give(world: ActivateWorld, record: GrantRecord, now: Date): Promise<Date | null> {
  const { entitled, window } = record;
  if (!entitled || !window) throw new Error(`${record.id} has no intent`);
  const there = await withSlot(world, entitled, record, 'other', async (leased) => {
    const then = await world.clock.now();
    const over = isMissed(record, then) || window.ends_at <= then.toISOString();
    return over ? null : converge(world, leased, record, then);
  });
  if (there === null) return retryAt(now, 1, CAP_SECONDS);
  const { drift, current } = there;
  const seen = await world.clock.now();
  const due_at = isToRestore(record) ? record.retry_at : window.starts_at;
  const late_ms = Math.max(0, differenceInMilliseconds(seen, due_at ?? window.starts_at));
  const { entry, append } = entryWriter(world, current);
  // Reviewers are shown what else there is (invariant 15).
  const drifted = canonical(drift.drift) !== canonical(current.drift);
  const written = await append(
    seen,
    entry('grant.activated', { observed: drift.observed, late_ms }),
    ...(drifted ? [entry('drift.seen', drift)] : []),
  );
  const head = written.at(-1)?.hash;
  world.log.info({ grant: record.id, until: window.ends_at, head }, 'access is active');
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
): Promise<{ readonly drift: Bodies['drift.seen']; readonly current: GrantRecord }> {
  const { entitled } = record;
  if (!entitled) throw new Error(`${record.id} has no slot`);
  const others = await othersOn(world, leased, record);
  const before = await leased.observe();
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
  return { drift: { slot: leased.key, drift: [...drift], observed }, current };
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
