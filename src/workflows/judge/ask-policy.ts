import type { PolicyAnswer, PolicyInput } from '../../core/decision/facts.js';
import type { DecisionMoment } from '../../core/ledger/events.js';
import type { Reason } from '../../core/reading/reason.js';
import { EngineFault } from '../../ports.js';
import type { LoadedPolicy } from '../../ports.js';

/**
 * Asks the policy about one change. Its fault is a denial with its reason (invariant 3); before activation it is
 * thrown, so that the grant waits (invariant 16).
 */
export async function askPolicy(
  policy: LoadedPolicy,
  input: PolicyInput,
  moment: DecisionMoment,
): Promise<{ readonly answer: PolicyAnswer | null; readonly fault: readonly Reason[] }> {
  try {
    return { answer: await policy.request(input), fault: [] };
  } catch (error) {
    if (!(error instanceof EngineFault) || moment === 'activation') throw error;
    const { message } = error;
    return { answer: null, fault: [{ code: 'engine_fault', rule: 'core/engine', message }] };
  }
}
