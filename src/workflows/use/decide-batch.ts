import type { AskedBatch } from '../../core/use/authzen/batch.js';
import type { Malformed } from '../../core/use/authzen/question.js';
import type { AskedQuestion } from '../../core/use/asked.js';
import type { ToldAtUse } from './decide-use.js';
import { inTurns, type Turns } from './in-turns.js';

/**
 * Decides the questions of a batch in their order, each at its own moment. Where the first denial or the first permission
 * ends it, that is the last answer; a question that cannot be read or may not be asked counts as denied.
 */
export async function decideBatch(
  { semantic, evaluations }: AskedBatch,
  decide: (asked: AskedQuestion) => ToldAtUse,
  turns: Turns,
): Promise<readonly (ToldAtUse | Malformed)[]> {
  const told: (ToldAtUse | Malformed)[] = [];
  const last = { execute_all: null, deny_on_first_deny: false, permit_on_first_permit: true }[
    semantic
  ];
  await inTurns(
    evaluations,
    (asked) => {
      const answer = 'error' in asked ? asked : decide(asked);
      told.push(answer);
      return isAllowed(answer) === last ? 'done' : 'more';
    },
    turns,
  );
  return told;
}

const isAllowed = (told: ToldAtUse | Malformed): boolean =>
  'kind' in told && told.kind === 'decided' && told.decision.allowed;
