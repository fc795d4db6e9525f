import type { Entitled } from '../core/effect.js';
import { standingOn } from '../core/standing.js';
import type { World } from '../ports.js';
import { policyInForce } from './policy-in-force.js';

/**
 * The levels that `catalog.standing` lists for a slot. Ending access never waits for policy: where the
 * policy in force cannot be read, nothing is listed, and what then stays unexplained is told (invariant 16).
 */
export async function standingOf(world: World, entitled: Entitled): Promise<readonly string[]> {
  try {
    const policy = await policyInForce(world);
    return policy ? standingOn(policy.data, world.providers, entitled.slot) : [];
  } catch (error) {
    world.log.warn({ err: error, slot: entitled.slot }, 'standing access could not be read');
    return [];
  }
}
