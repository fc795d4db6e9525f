import { obstacles } from '../../core/policy/obstacles.js';
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
  const problems = loaded.ok ? obstacles(loaded.policy.data) : loaded.problems;
  if (loaded.ok && problems.length === 0) return { tree, policy: loaded.policy };
  const first = problems.slice(0, 5).map(placed).join('; ');
  const what = loaded.ok ? 'cannot come into force' : 'does not load';
  return { missing: `policies/ at ${tip} ${what}: ${first}` };
}
