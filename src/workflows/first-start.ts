import type { Source } from '../core/ledger/events.js';
import { Unreadable } from '../ports.js';
import type { World } from '../ports.js';

/**
 * First start (invariant 1): one entry records which repository this is, the tip's `policies/` and the tip
 * as last applied step. Until a tree loads nothing is recorded, and it is tried again at each look; the
 * answer is what stands in the way, null when it is done.
 */
export async function firstStart(
  world: World,
  at: { readonly source: Source; readonly tip: string },
): Promise<string | null> {
  let tree;
  try {
    tree = await world.repository.policyTree(at.tip);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return `policies/ at ${at.tip} cannot be read: ${error.message}`;
  }
  if (!tree) return `there is no policies/ folder at ${at.tip}`;
  const loaded = await world.policy.load(tree);
  if (!loaded.ok) {
    return `policies/ at ${at.tip} does not load: ${loaded.problems
      .slice(0, 5)
      .map((p) => `${p.path}${p.line === null ? '' : `:${String(p.line)}`}: ${p.message}`)
      .join('; ')}`;
  }
  await world.ledger.append(
    await world.clock.now(),
    [
      {
        kind: 'ledger.started',
        grant: null,
        pull_request: null,
        body: { source: at.source, step: at.tip, policy: loaded.policy.digests },
      },
    ],
    { expect: { last_step: null }, archive: tree, want: ['pulls:all'] },
  );
  world.log.info({ step: at.tip, policy: tree.id }, 'first start is done');
  return null;
}
