import type { Snapshot } from '../../core/change/snapshot.js';
import type { Fault } from '../../core/report/check-run.js';
import { EngineFault } from '../../ports.js';
import type { World } from '../../ports.js';
import { faultOf, NOT_IN_FORCE } from './fault.js';
import { policyInForce, type PolicyInForce } from './in-force.js';
import { startObstacle } from './loadable.js';
import { teamsToRead } from './power.js';

/** What a pull request is judged against. */
export interface JudgedAgainst {
  /** The last applied step, or before first start the tip (invariant 1). */
  readonly tip: string;
  /** The default branch. */
  readonly branch: string;
  readonly policy: PolicyOrFault;
}

/** The policy in force, or why it cannot judge anything. */
export type PolicyOrFault = { readonly loaded: PolicyInForce } | { readonly fault: Fault };

type ReadingAgainst = Pick<World, 'ledger' | 'policy' | 'repository'>;

export async function readAgainst(world: ReadingAgainst): Promise<JudgedAgainst> {
  const { started, last_step } = await world.ledger.state();
  if (started && last_step !== null) {
    return { tip: last_step, branch: started.source.default_branch, policy: await inForce(world) };
  }
  const { source, tip } = await world.repository.source();
  const why = (await startObstacle(world, tip)) ?? 'it is under way';
  const message = `Daypass has not started on this repository yet: ${why}`;
  const fault: Fault = { code: 'first_start_pending', message };
  return { tip, branch: source.default_branch, policy: { fault } };
}

/** An engine fault is a failure with its reason, never a silence (invariant 3). */
async function inForce(world: ReadingAgainst): Promise<PolicyOrFault> {
  try {
    const loaded = await policyInForce(world);
    return loaded ? { loaded } : { fault: NOT_IN_FORCE };
  } catch (error) {
    if (error instanceof EngineFault) return { fault: faultOf(error) };
    throw error;
  }
}

/** Every fact about a pull request, with the teams that the policy names. */
export async function readPullRequest(
  world: Pick<World, 'pullRequests' | 'providers'>,
  number: number,
  { tip, policy }: JudgedAgainst,
): Promise<Snapshot> {
  const teams =
    'fault' in policy ? { teams: [], given: {} } : teamsToRead(world, policy.loaded.data);
  return world.pullRequests.snapshot({ number, tip, step: null, ...teams });
}
