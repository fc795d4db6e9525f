import type { Source } from '../../core/ledger/events.js';
import { unknownApprovers } from '../../core/policy/approvers.js';
import type { World } from '../../ports.js';
import { readApprovers } from '../judge/ask-people.js';
import { loadable, type LoadableWorld } from '../judge/loadable.js';

/**
 * First start (invariant 1): one entry records which repository this is, the tip's `policies/` and who its approvers are,
 * and the tip as the last applied step. Until a tree loads nothing is recorded, and each look retries; returns what stands in the way,
 * null when it is done.
 */
export async function firstStart(
  world: LoadableWorld & Pick<World, 'clock' | 'ledger' | 'log' | 'pullRequests'>,
  at: { readonly source: Source; readonly tip: string },
): Promise<string | null> {
  const read = await loadable(world, at.tip);
  if ('missing' in read) return read.missing;
  const approvers = await readApprovers(world, read.policy.data);
  await world.ledger.append(
    await world.clock.now(),
    [
      {
        kind: 'ledger.started',
        grant: null,
        pull_request: null,
        body: { source: at.source, step: at.tip, policy: read.policy.digests, approvers },
      },
    ],
    { expect: { last_step: null }, archive: read.tree, want: ['pulls:all'] },
  );
  const unknown = unknownApprovers(approvers);
  world.log.info({ step: at.tip, policy: read.tree.id, approvers, unknown }, 'first start is done');
  return null;
}
