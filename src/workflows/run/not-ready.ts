import { EngineFault } from '../../ports.js';
import type { Work, World } from '../../ports.js';
import { policyInForce } from '../judge/in-force.js';

/** After this many failed reads of the default branch in a row the worker is not ready. */
const UNREAD_AFTER = 3;

export interface NotReadyWorld extends Pick<World, 'ledger' | 'policy'> {
  readonly work: Pick<Work, 'failures'>;
}

/** What keeps a worker from being ready, in words; empty if nothing does. */
export async function notReady(world: NotReadyWorld): Promise<readonly string[]> {
  try {
    const { started, stopped } = await world.ledger.state();
    if (!started) return ['first start has not ended: no policies/ tree has loaded yet'];
    await policyInForce(world);
    const failures = await world.work.failures('tip');
    return [
      ...(stopped === null ? [] : [`activation is paused: ${stopped.why}`]),
      ...(failures < UNREAD_AFTER
        ? []
        : [`the default branch could not be read ${String(failures)} times in a row: see the log`]),
    ];
  } catch (error) {
    if (error instanceof EngineFault) return [error.message];
    return ['the database does not answer'];
  }
}
