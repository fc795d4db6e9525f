import { standingOn } from '../core/standing.js';
import type { World } from '../ports.js';
import { policyInForce } from './policy-in-force.js';
import type { Held } from './slot.js';

/**
 * The levels that `catalog.standing` lists for a held slot, by whatever name of its target. Ending access
 * never waits for policy: where the policy in force cannot be read, nothing is listed, and what then stays
 * unexplained is told (invariant 16).
 */
export async function standingOf(world: World, held: Held): Promise<readonly string[]> {
  const slot = { ...held.slot, provider: held.provider.type };
  try {
    const policy = await policyInForce(world);
    if (!policy) return [];
    const levels: string[] = [];
    for (const { target, level } of standingOn(policy.data, world.providers, slot)) {
      if (await leadsTo(world, held, target)) levels.push(level);
    }
    return levels;
  } catch (error) {
    world.log.warn({ err: error, slot }, 'standing access could not be read');
    return [];
  }
}

/** Whether a target of the catalog is in the realm of the held slot; one that is away is not. */
async function leadsTo(world: World, held: Held, target: string): Promise<boolean> {
  try {
    const connection = await world.targets.connection(held.provider.type, target);
    return held.provider.realm(await connection.fingerprint()) === held.realm;
  } catch (error) {
    world.log.warn({ err: error, target }, 'a target that standing access names does not answer');
    return false;
  }
}
