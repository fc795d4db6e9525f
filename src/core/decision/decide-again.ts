import { decide, type Decision, type RecordedDecision } from './decision.js';
import type { PolicyAnswer } from './facts.js';
import { givenAgain, type Grounds } from './grounds.js';
import type { SeenReview } from './seen-review.js';

/** What an entry has of a decision: `decision.made` with the question to the policy, `policy.judged` without. */
export interface DecisionBody {
  readonly digest: string;
  readonly decision: RecordedDecision;
  readonly grounds?: Grounds;
  readonly replay?: {
    readonly answer: PolicyAnswer;
    readonly reviews: readonly SeenReview[];
  } | null;
  readonly reviews?: readonly SeenReview[];
}

/**
 * Makes a recorded decision again from its entry alone, by this core (invariant 23); null where the entry was written
 * before entries had the grounds of their decisions. `answer`, if given, takes the place of the recorded one: what the
 * archived policy answers to the recorded input.
 */
export function decideAgain(
  { digest, grounds, replay, reviews }: DecisionBody,
  answer: PolicyAnswer | null = grounds?.answer ?? replay?.answer ?? null,
): Decision | null {
  const seen = grounds?.seen ?? replay?.reviews ?? reviews ?? [];
  return grounds ? decide(givenAgain(grounds, { digest, answer, seen })) : null;
}
