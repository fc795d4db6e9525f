import { addMilliseconds } from 'date-fns/addMilliseconds';
import type { Source } from '../../core/ledger/events.js';
import type { Reason } from '../../core/reading/reason.js';
import { Conflict } from '../../ports.js';
import type { LandedSteps } from '../../ports.js';
import { endRemoved } from './end-removed.js';
import { firstStart } from './first-start.js';
import { recordApprovers } from './record-approvers.js';
import { landStep, type LandWorld } from './step.js';

/** How soon first start is retried, ms. */
const FIRST_START_MS = 15_000;
/** How soon GitHub is asked again for the pull request of a step. */
const LOOK_AGAIN_MS = 2_000;
/** How long the removals of such a step wait for the name of the person who made them, ms. */
const PATIENT_MS = 10_000;

/**
 * Reads the tip and applies each step that is not applied yet, in order: what takes effect is what landed, and webhooks
 * only say "look". If the source is no longer the recorded one, or the branch was rewritten, nothing lands and
 * activation is paused (invariant 10).
 */
export async function land(world: LandWorld): Promise<Date | null> {
  const now = await world.clock.now();
  const { source, tip } = await world.repository.source();
  const state = await world.ledger.state();
  if (!state.started || state.last_step === null) {
    const missing = await firstStart(world, { source, tip });
    if (missing === null) return null;
    world.log.warn({ tip }, `first start is waiting: ${missing}`);
    return addMilliseconds(now, FIRST_START_MS);
  }
  if (state.stopped !== null) return null;
  const found = difference(state.started.source, source);
  if (found) {
    const message = `${Object.keys(found).join(', ')} is not what was recorded at first start`;
    await stop(world, now, found, { code: 'source_changed', message });
    return null;
  }
  const landed = await stepsTo(world, state.last_step, tip);
  if (landed === 'rewritten') {
    const message = `the default branch was rewritten: ${tip} does not descend from ${state.last_step}`;
    await stop(world, now, {}, { code: 'branch_rewritten', message });
    return null;
  }
  const { steps, untold } = landed;
  if (state.approvers === null) {
    await recordApprovers(world).catch(async (error: unknown) => {
      await endRemoved(world, [...steps, ...(untold?.steps ?? [])]);
      throw error;
    });
  }
  for (const [at, step] of steps.entries()) {
    try {
      await landStep(world, step);
    } catch (error) {
      if (!(error instanceof Conflict))
        await endRemoved(world, [...steps.slice(at), ...(untold?.steps ?? [])]);
      throw error;
    }
  }
  return untold && waitFor(world, untold, now);
}

/** If GitHub cannot list the steps, what they remove together is ended all the same (invariants 7, 16). */
async function stepsTo(
  world: LandWorld,
  last: string,
  tip: string,
): Promise<LandedSteps | 'rewritten'> {
  try {
    return await world.repository.steps(last, tip);
  } catch (error) {
    await endRemoved(world, [{ commit: tip, parent: last, pull_request: null }]);
    throw error;
  }
}

/** If an approved merge were taken for a push, it would be quarantined for good. */
async function waitFor(
  world: LandWorld,
  { steps, for_ms }: NonNullable<LandedSteps['untold']>,
  now: Date,
): Promise<Date> {
  world.log.warn(
    { sha: steps[0]?.commit, waited_ms: Math.round(for_ms) },
    'GitHub does not yet name the pull request that this step merged',
  );
  if (for_ms >= PATIENT_MS) await endRemoved(world, steps);
  return addMilliseconds(now, LOOK_AGAIN_MS);
}

function difference(known: Source, now: Source): Partial<Source> | null {
  const differing = Object.entries(now).filter(
    ([name, value]) => known[name as keyof Source] !== value,
  );
  return differing.length === 0 ? null : Object.fromEntries(differing);
}

async function stop(
  world: LandWorld,
  now: Date,
  found: Partial<Source>,
  reason: Reason,
): Promise<void> {
  const why = reason.message;
  const body = { found, why, reasons: [reason] };
  await world.ledger.append(
    now,
    [{ kind: 'source.differs', grant: null, pull_request: null, body }],
    { want: ['pulls:all'] },
  );
  world.log.error({ found }, `activation is paused: ${why}; see daypass trust`);
}
