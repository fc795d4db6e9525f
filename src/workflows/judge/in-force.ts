import type { PolicyData } from '../../core/policy/catalog.js';
import type { Problem } from '../../core/reading/problem.js';
import { EngineFault } from '../../ports.js';
import type { LoadedPolicy, PolicyTree, World } from '../../ports.js';

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
  return policy && archivedTree({ ledger }, policy.tree);
}

/** A policy tree as the ledger holds it. Throws `EngineFault` where it does not. */
export async function archivedTree(
  { ledger }: Pick<World, 'ledger'>,
  id: string,
): Promise<PolicyTree> {
  const tree = await ledger.policyTree(id);
  if (!tree) throw new EngineFault(`the ledger does not hold the policy tree ${id}`);
  return tree;
}

function unloadable({ id }: PolicyTree, [first]: readonly Problem[]): EngineFault {
  const why = first ? `${first.path}: ${first.message}` : 'no reason given';
  return new EngineFault(`the policy in force (${id}) does not load: ${why}`);
}
