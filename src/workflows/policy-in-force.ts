import type { PolicyData } from '../core/catalog.js';
import type { Problem } from '../core/problem.js';
import { EngineFault } from '../ports.js';
import type { LoadedPolicy, PolicyTree, World } from '../ports.js';

type Reading = Pick<World, 'ledger' | 'policy'>;

/**
 * The policy in force: the tree that the ledger names and holds, loaded (invariant 1). Null before first
 * start has ended. Throws `EngineFault` where it does not load: nothing is judged then.
 */
export async function policyInForce(world: Reading): Promise<LoadedPolicy | null> {
  const tree = await treeInForce(world);
  if (!tree) return null;
  const loaded = await world.policy.load(tree);
  if (!loaded.ok) throw unloadable(tree, loaded.problems);
  return loaded.policy;
}

/** The data of the policy in force alone, for what must not wait for its rules (invariant 16). */
export async function dataInForce(world: Reading): Promise<PolicyData | null> {
  const tree = await treeInForce(world);
  if (!tree) return null;
  const data = world.policy.read(tree);
  if (!data.ok) throw unloadable(tree, data.problems);
  return data.value;
}

async function treeInForce({ ledger }: Reading): Promise<PolicyTree | null> {
  const { policy } = await ledger.state();
  if (!policy) return null;
  const tree = await ledger.policyTree(policy.tree);
  if (!tree) throw new EngineFault(`the ledger does not hold the policy tree ${policy.tree}`);
  return tree;
}

function unloadable({ id }: PolicyTree, [first]: readonly Problem[]): EngineFault {
  const why = first ? `${first.path}: ${first.message}` : 'no reason given';
  return new EngineFault(`the policy in force (${id}) does not load: ${why}`);
}
