import type { Change } from '../../core/change/change.js';
import type { Decision } from '../../core/decision/decision.js';
import type { PolicyAnswer, PolicyInput } from '../../core/decision/facts.js';
import type { SeenReview } from '../../core/decision/review.js';
import type { Snapshot } from '../../core/change/snapshot.js';
import { accessDigest } from '../../core/grant/effect.js';
import type { DecisionMoment, NewEntry, Replay } from '../../core/ledger/events.js';
import type { LoadedPolicy } from '../../ports.js';
import { membersOf } from './ask-people.js';

/** The entry of the decision on one change; `replay` is null where policy was not asked. */
export function decisionEntry(
  { pull_request, comparison }: Snapshot,
  { path, digest, effect }: Change,
  moment: DecisionMoment,
  decision: Decision,
  replay: Replay | null,
): NewEntry {
  const about = { moment, path, digest, access: accessDigest(effect), head: comparison.head };
  const body = { ...about, decision, replay };
  return { kind: 'decision.made', grant: null, pull_request: pull_request.number, body };
}

/** Everything needed to make the same decision again, to the same bytes (invariant 23). */
export function replayOf(
  policy: LoadedPolicy,
  { path }: Change,
  input: PolicyInput,
  answer: PolicyAnswer,
  { teams, families }: Pick<Snapshot, 'teams' | 'families'>,
  seen: readonly SeenReview[],
): Replay {
  return {
    input,
    answer,
    policy: policy.digests,
    reviews: seen.map((review) => about(path, review)),
    members: membersOf(teams),
    ...(Object.keys(families).length > 0 && { families }),
  };
}

/** A review with the words that it read about one path: those of all others would be written for each change. */
function about(path: string, { words, ...review }: SeenReview): SeenReview {
  return words ? { ...review, words: words.filter((read) => read.path === path) } : review;
}
