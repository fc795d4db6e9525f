import { standingOn } from '../../core/policy/standing.js';
import type { Provider, Slot, World } from '../../ports.js';
import { dataInForce, type PolicyLedger } from '../judge/in-force.js';

interface StandingWorld extends Pick<World, 'policy' | 'providers' | 'targets' | 'log'> {
  readonly ledger: PolicyLedger;
}

/** A slot in its real place. */
interface There {
  readonly provider: Provider;
  readonly slot: Slot;
  readonly realm: string;
}

/**
 * The levels that `catalog.standing` lists for a slot, under any name of its target. Ending access never waits for
 * policy: the data is read without the rules; if it cannot be read, nothing counts as listed, and whatever stays
 * unexplained is reported (invariant 16).
 */
export async function standingOf(world: StandingWorld, there: There): Promise<readonly string[]> {
  const slot = { ...there.slot, provider: there.provider.type };
  try {
    const data = await dataInForce(world);
    if (!data) return [];
    const levels: string[] = [];
    for (const { target, level } of standingOn(data, world.providers, slot)) {
      if (await leadsTo(world, there, target)) levels.push(level);
    }
    return levels;
  } catch (error) {
    world.log.warn({ err: error, slot }, 'could not read standing access');
    return [];
  }
}

/** Whether a target of the catalog is in the slot's realm; an unreachable one counts as outside. */
async function leadsTo(world: StandingWorld, there: There, target: string): Promise<boolean> {
  try {
    const connection = await world.targets.connection(there.provider.type, target);
    return there.provider.realm(await connection.fingerprint()) === there.realm;
  } catch (error) {
    world.log.warn({ err: error, target }, 'a target that standing access names does not answer');
    return false;
  }
}
