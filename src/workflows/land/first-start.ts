import type { Source } from '../../core/ledger/events.js';
import { placed } from '../../core/reading/problem.js';
import { Unreadable } from '../../ports.js';
import type { LoadedPolicy, PolicyTree, World } from '../../ports.js';

type Loading = Pick<World, 'policy' | 'repository'>;

/**
 * First start (invariant 1): one entry records which repository this is, the tip's `policies/`, and the tip as the
 * last applied step. Until a tree loads nothing is recorded, and each look retries; returns what stands in the way,
 * null when it is done.
 */
export async function firstStart(
  world: Loading & Pick<World, 'clock' | 'ledger' | 'log'>,
  at: { readonly source: Source; readonly tip: string },
): Promise<string | null> {
  const read = await loadable(world, at.tip);
  if ('missing' in read) return read.missing;
  await world.ledger.append(
    await world.clock.now(),
    [
      {
        kind: 'ledger.started',
        grant: null,
        pull_request: null,
        body: { source: at.source, step: at.tip, policy: read.policy.digests },
      },
    ],
    { expect: { last_step: null }, archive: read.tree, want: ['pulls:all'] },
  );
  world.log.info({ step: at.tip, policy: read.tree.id }, 'first start is done');
  return null;
}

/** What stands in the way of first start at a tip, in words; null if nothing does. */
export async function startObstacle(world: Loading, tip: string): Promise<string | null> {
  const read = await loadable(world, tip);
  return 'missing' in read ? read.missing : null;
}

async function loadable(
  world: Loading,
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
