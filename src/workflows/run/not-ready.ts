import { subSeconds } from 'date-fns/subSeconds';
import { EngineFault } from '../../ports.js';
import type { Targets, Work, World } from '../../ports.js';
import { policyInForce } from '../judge/in-force.js';

/** After this many failed reads of the default branch in a row the worker is not ready. */
const UNREAD_AFTER = 3;
/** Seconds that an end may take, or be found late, before the worker is not ready. */
const OVERDUE_AFTER = 15;

export interface NotReadyWorld extends Pick<World, 'clock' | 'ledger' | 'policy'> {
  readonly work: Pick<Work, 'failures'>;
  readonly targets: Pick<Targets, 'kept'>;
}

/** What keeps a worker from being ready, in words; empty if nothing does. */
export async function notReady(world: NotReadyWorld): Promise<readonly string[]> {
  try {
    const { started, stopped } = await world.ledger.state();
    if (!started) return ['first start has not ended: no policies/ tree has loaded yet'];
    const late = await overdueOf(world);
    const failures = await world.work.failures('tip');
    return [
      ...late,
      ...unkept(world.targets),
      ...(await unloaded(world)),
      ...(stopped === null ? [] : [`activation is paused: ${stopped.why}`]),
      ...(failures < UNREAD_AFTER
        ? []
        : [`the default branch could not be read ${String(failures)} times in a row: see the log`]),
    ];
  } catch {
    return ['the database does not answer'];
  }
}

/** Grants past their end that were not seen gone, whether or not anything was tried (invariant 17). */
async function overdueOf({ clock, ledger }: NotReadyWorld): Promise<readonly string[]> {
  const since = subSeconds(await clock.now(), OVERDUE_AFTER);
  const { overdue, one_overdue } = await ledger.counts(since);
  if (overdue === 0) return [];
  const first = one_overdue ?? '';
  return [
    overdue === 1
      ? `a grant is overdue: ${first} is past its end and was not seen gone`
      : `${String(overdue)} grants are overdue, past their end and not seen gone: ${first} and others`,
  ];
}

/** The targets with live grants at which no session could be kept: their ends may find no place there. */
function unkept(targets: Pick<Targets, 'kept'>): readonly string[] {
  return targets
    .kept()
    .flatMap(({ target, fault }) =>
      fault === null
        ? []
        : [`no session can be kept at the target ${target} for its ends: ${fault}`],
    );
}

async function unloaded(world: NotReadyWorld): Promise<readonly string[]> {
  try {
    await policyInForce(world);
    return [];
  } catch (error) {
    if (error instanceof EngineFault) return [error.message];
    throw error;
  }
}
