import type { NewEntry } from '../core/ledger/events.js';
import { LIVE_STATES } from '../core/ledger/record.js';
import { endsTooMany, MASS_ENDING } from '../core/mass-ending.js';
import { begun } from '../core/trust.js';
import type { StepFacts, World } from '../ports.js';
import { dataInForce } from './policy-in-force.js';
import { wanted } from './wanted.js';

/**
 * Where a step cannot be landed (its policy does not load, its pull request cannot be read) it and those after it wait; but
 * what they take away ends all the same (invariants 7, 16). Once they land, those grants are ending already and
 * change no more. A failure here is logged: the landing's own is what is tried again.
 */
export async function endRemoved(world: World, steps: readonly StepFacts[]): Promise<void> {
  try {
    for (const step of steps) await endRemovedBy(world, step);
  } catch (error) {
    world.log.error({ err: error }, 'what steps that wait take away could not be ended');
  }
}

async function endRemovedBy(world: World, step: StepFacts): Promise<void> {
  const live = await world.ledger.grants({ states: LIVE_STATES });
  const paths = live.map(({ declared }) => declared.path);
  const { grants } = await world.repository.stepComparison(step, paths);
  const removed = new Set(grants.filter(({ after }) => after === null).map(({ path }) => path));
  const ending = live.filter((g) => g.revoked_by === null && removed.has(g.declared.path));
  if (ending.length === 0) return;
  const held = endsTooMany(ending.length, live.length, await massEnding(world));
  if (held !== null) {
    world.log.error({ sha: step.commit, pull_request: step.pull_request }, held);
    return;
  }
  const body = { why: `its file was taken away in ${step.commit.slice(0, 12)}`, who: null };
  const entries = ending.map((grant): NewEntry => ({
    kind: begun(grant) ? 'grant.ending' : 'grant.withdrawn',
    grant: grant.id,
    pull_request: step.pull_request,
    body,
  }));
  await world.ledger.append(await world.clock.now(), entries, {
    expect: { grants: Object.fromEntries(ending.map((g) => [g.id, g.version])) },
    want: ending.flatMap(wanted),
  });
}

/** As the settings in force have it; where they cannot be read, as holds without any. */
async function massEnding(world: World) {
  const data = await dataInForce(world).catch(() => null);
  return data?.settings.mass_ending ?? MASS_ENDING;
}
