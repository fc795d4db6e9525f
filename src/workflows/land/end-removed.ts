import { taken } from '../../core/change/change.js';
import { LIVE_STATES } from '../../core/grant/record.js';
import { takenAway } from '../../core/ledger/taken-away.js';
import type { StepFacts, World } from '../../ports.js';
import { massEndingInForce } from '../judge/in-force.js';
import { appendAbout } from '../grant/entries.js';

export type EndRemovedWorld = Pick<World, 'clock' | 'ledger' | 'policy' | 'repository' | 'log'>;

/**
 * If a step cannot land (its policy does not load, its pull request cannot be read), it and those after it wait; but
 * the access that they remove, whole or in part, is ended all the same (invariants 7, 16). Once they land, that is
 * already done. A failure here is only logged: it is the landing that is retried. So is what the brake on mass endings
 * holds: it is asked anew at each try, from the grants of that moment, and only the step that lands can record the answer.
 */
export async function endRemoved(
  world: EndRemovedWorld,
  steps: readonly StepFacts[],
): Promise<void> {
  try {
    for (const step of steps) await endRemovedBy(world, step);
  } catch (error) {
    world.log.error({ err: error }, 'could not end the access that waiting steps take away');
  }
}

async function endRemovedBy(world: EndRemovedWorld, step: StepFacts): Promise<void> {
  const now = await world.clock.now();
  const live = await world.ledger.grants({ states: LIVE_STATES });
  const paths = live.map(({ declared }) => declared.path);
  const { grants } = await world.repository.stepComparison(step, paths);
  const found = new Map(grants.map((change) => [change.path, change]));
  const losing = live.flatMap((record) => {
    const brought = record.revoked_by === null ? found.get(record.declared.path) : undefined;
    const change = brought && taken(brought, record, now);
    return change ? [{ record, change }] : [];
  });
  const changes = losing.map(({ change }) => change);
  const mass_ending = await massEndingInForce(world);
  const { entries, held } = takenAway({ step, by: null, changes, live, mass_ending, now });
  if (held !== null) world.log.error({ sha: step.commit, pull_request: step.pull_request }, held);
  if (entries.length === 0) return;
  const records = losing.map(({ record }) => record);
  await appendAbout(world, records, now, entries);
}
