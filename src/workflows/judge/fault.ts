import type { Fault } from '../../core/report/check-run.js';
import { EngineFault, OverLimits } from '../../ports.js';

/**
 * Why a pull request could not be judged, as its check says it: the engine failed, it is too large, or it could not be
 * read.
 */
export function faultOf(error: Error, before = ''): Fault {
  const message = `${before}${error.message}`;
  if (error instanceof EngineFault) return { code: 'engine_fault', message };
  return { code: error instanceof OverLimits ? 'over_limits' : 'unreadable', message };
}

export const NOT_IN_FORCE: Fault = {
  code: 'no_policy_in_force',
  message: 'no policy is in force yet',
};
