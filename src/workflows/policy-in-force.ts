import { EngineFault } from '../ports.js';
import type { LoadedPolicy, World } from '../ports.js';

/**
 * The policy in force: the tree that the ledger names and holds, loaded (invariant 1). Null before first
 * start has ended. Throws `EngineFault` where it does not load: nothing is judged then.
 */
export async function policyInForce(
  world: Pick<World, 'ledger' | 'policy'>,
): Promise<LoadedPolicy | null> {
  const { policy } = await world.ledger.state();
  if (!policy) return null;
  const tree = await world.ledger.policyTree(policy.tree);
  if (!tree) throw new EngineFault(`the ledger does not hold the policy tree ${policy.tree}`);
  const loaded = await world.policy.load(tree);
  if (!loaded.ok) {
    const first = loaded.problems[0];
    throw new EngineFault(
      `the policy in force (${policy.tree}) does not load: ${first ? `${first.path}: ${first.message}` : 'no reason given'}`,
    );
  }
  return loaded.policy;
}
