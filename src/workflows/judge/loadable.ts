import { placed } from '../../core/reading/problem.js';
import { Unreadable } from '../../ports.js';
import type { LoadedPolicy, PolicyTree, World } from '../../ports.js';

export type LoadableWorld = Pick<World, 'policy' | 'repository'>;

/** What stands in the way of first start at a tip, in words; null if nothing does. */
export async function startObstacle(world: LoadableWorld, tip: string): Promise<string | null> {
  const read = await loadable(world, tip);
  return 'missing' in read ? read.missing : null;
}

/** Reads and loads `policies/` at a tip, or says in words why first start cannot end with it. */
export async function loadable(
  world: LoadableWorld,
  tip: string,
): Promise<{ tree: PolicyTree; policy: LoadedPolicy } | { missing: string }> {
  let tree;
  try {
    tree = await world.repository.policyTree(tip);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { missing: `policies/ at ${tip} cannot be read: ${error.message}` };
  }
  if (!tree) return { missing: `there is no policies/ folder at ${tip}` };
  const loaded = await world.policy.load(tree);
  if (loaded.ok) return { tree, policy: loaded.policy };
  const first = loaded.problems.slice(0, 5).map(placed).join('; ');
  return { missing: `policies/ at ${tip} does not load: ${first}` };
}
