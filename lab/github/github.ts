import type { Calls } from './calls.js';
import type { Deliveries } from './deliveries.js';
import type { Faults } from './faults.js';
import type { RateLimits } from './rate-limits.js';
import type { State } from './state.js';
import type { Violations } from './violations.js';

/** The whole stand-in, for its routes. */
export interface GitHub {
  readonly state: State;
  readonly deliveries: Deliveries;
  readonly calls: Calls;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly violations: Violations;
  /** Runs `work` after all earlier changes of that repository (by id). It must not be nested. */
  inTurn<T>(repo_id: number, work: () => Promise<T>): Promise<T>;
}

/** One queue for each repository: pushes, merges and comments on it happen one after the other. */
export function keepTurns(): GitHub['inTurn'] {
  const last = new Map<number, Promise<unknown>>();
  return (repo_id, work) => {
    const turn = (last.get(repo_id) ?? Promise.resolve()).then(work);
    last.set(
      repo_id,
      turn.catch(() => undefined),
    );
    return turn;
  };
}
