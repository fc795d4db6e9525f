import type { Snapshot } from '../../core/change/snapshot.js';
import type { Fault } from '../../core/report/check-run.js';
import { EngineFault, Unreadable } from '../../ports.js';
import { judge, type Judged, type JudgeWorld } from './changes.js';
import { faultOf } from './fault.js';
import type { PolicyOrFault } from './read-pull-request.js';

/** The result of a pull request, or why it could not be judged. */
export type JudgedOrFault = Judged | { readonly fault: Fault };

/** Judges a snapshot of a pull request; what cannot be judged is a fault with its reason (invariant 3). */
export async function judgePullRequest(
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
