import type { Comparison, Snapshot } from '../../core/change/snapshot.js';
import { EngineFault, Late, OverLimits, Unreadable } from '../../ports.js';
import { judge, type JudgeWorld } from './changes.js';
import { faultOf } from './fault.js';
import { readAgainst, readPullRequest, type PolicyOrFault } from './read-pull-request.js';
import { recordDecisions } from './record-decisions.js';
import { wantPulls, type ShowWorld } from './show-check.js';
import {
  givesNothing,
  showJudged,
  showSameHead,
  showUnreadable,
  type JudgedOrFault,
} from './show-pull-request.js';

export type EvaluateWorld = JudgeWorld & ShowWorld;

/**
 * Judges one pull request and shows the decision on it: read, judge, record, show.
 * Nothing is written when nothing changed. Always returns null: whatever it waits for schedules it again.
 */
export async function evaluate(world: EvaluateWorld, number: number): Promise<null> {
  const now = await world.clock.now();
  const against = await readAgainst(world);
  let snapshot;
  try {
    snapshot = await readPullRequest(world, number, against);
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof Late)) throw error;
    const open = await showUnreadable(world, number, error);
    // Only a new head can help; one that is not open was only claimed by a delivery (invariant 25).
    if (!open || error instanceof OverLimits) return null;
    throw error;
  }
  const { pull_request, shares_head_with: others } = snapshot;
  if (pull_request.state !== 'open' || pull_request.base_ref !== against.branch) {
    // A pull request that shared its head may be alone with it now.
    await wantPulls(world, others);
    return null;
  }
  const judged = await judgePullRequest(world, against.policy, snapshot, now);
  // The one check of a head cannot describe who would get what by which pull request.
  if (others.length > 0 && !givesNothing(judged)) {
    await showSameHead(world, snapshot);
    return null;
  }
  if (!('fault' in judged)) await recordDecisions(world, number, judged, now);
  await showJudged(world, snapshot, against.policy, judged);
  const touches_nothing = !('fault' in judged) && touchesNothing(snapshot.comparison);
  await world.ledger.show(number, { touches_nothing });
  return null;
}

/** Judges a snapshot of a pull request; what cannot be judged is a fault with its reason (invariant 3). */
async function judgePullRequest(
  world: JudgeWorld,
  policy: PolicyOrFault,
  snapshot: Snapshot,
  now: Date,
): Promise<JudgedOrFault> {
  if ('fault' in policy) return policy;
  try {
    return await judge(world, policy.loaded, snapshot, { moment: 'pull_request', now });
  } catch (error) {
    if (error instanceof EngineFault || error instanceof Unreadable)
      return { fault: faultOf(error) };
    throw error;
  }
}

/** Whether merging gives no change of a grant or of policy. */
export function touchesNothing({
  grants,
  policies,
}: Pick<Comparison, 'grants' | 'policies'>): boolean {
  return grants.length === 0 && policies.length === 0;
}
