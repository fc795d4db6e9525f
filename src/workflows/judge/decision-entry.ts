import type { Change } from '../../core/change/change.js';
import type { Deciding, Decision } from '../../core/decision/decision.js';
import type { PolicyInput } from '../../core/decision/facts.js';
import { groundsOf } from '../../core/decision/grounds.js';
import type { SeenReview } from '../../core/decision/seen-review.js';
import type { Snapshot } from '../../core/change/snapshot.js';
import { accessDigest } from '../../core/grant/effect.js';
import type { DecisionMoment, NewEntry, PolicyDigests } from '../../core/ledger/events.js';

/** The question that a policy was asked about one change. */
export interface AskedPolicy {
  readonly input: PolicyInput;
  readonly policy: PolicyDigests;
}

/**
 * The entry of the decision on one change, with everything that it takes to make it again (invariant 23); `asked` is
 * null where policy was not asked.
 */
export function decisionEntry(
  { pull_request, comparison, families, requested }: Snapshot,
  { path, digest, effect }: Change,
  moment: DecisionMoment,
  decision: Decision,
  given: Deciding,
  asked: AskedPolicy | null,
): NewEntry {
  const about = { moment, path, digest, access: accessDigest(effect), head: comparison.head };
  const seen = given.seen.map((review) => readAt(path, review));
  const found = Object.keys(families).length > 0 && { families };
  const { answer } = given;
  const body =
    asked && answer
      ? {
          ...{ decision, replay: { ...asked, answer, reviews: seen, ...found } },
          grounds: groundsOf(given, { answer: true, seen: true }),
        }
      : {
          ...{ decision, replay: null, ...(asked && { unanswered: asked }) },
          grounds: groundsOf({ ...given, seen }),
        };
  return {
    ...{ kind: 'decision.made', grant: null, pull_request: pull_request.number },
    body: { ...about, ...body, ...(requested && { requested }) },
  };
}

/** A review with the words that it read about one path: those of all others would be written for each change. */
function readAt(path: string, { words, ...review }: SeenReview): SeenReview {
  return words ? { ...review, words: words.filter((read) => read.path === path) } : review;
}
