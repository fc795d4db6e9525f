import { unknownApprovers } from '../../core/policy/approvers.js';
import type { World } from '../../ports.js';
import { readApprovers } from '../judge/ask-people.js';
import { dataInForce } from '../judge/in-force.js';

/**
 * Records who the approvers of a policy are that came into force before Daypass recorded that (invariant 6). Nothing is
 * judged until it is done; a GitHub that cannot say who they are is asked again at the next look.
 */
export async function recordApprovers(
  world: Pick<World, 'clock' | 'ledger' | 'log' | 'policy' | 'pullRequests'>,
): Promise<void> {
  const { policy, last_step } = await world.ledger.state();
  const data = await dataInForce(world);
  if (!policy || !data) return;
  const approvers = await readApprovers(world, data);
  const body = { tree: policy.tree, approvers };
  await world.ledger.append(
    await world.clock.now(),
    [{ kind: 'policy.approvers', grant: null, pull_request: null, body }],
    { expect: { last_step }, want: ['pulls:all'] },
  );
  const unknown = unknownApprovers(approvers);
  world.log.info({ policy: policy.tree, approvers, unknown }, 'the ids of approvers are recorded');
}
