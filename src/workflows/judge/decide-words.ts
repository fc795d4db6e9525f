import type { Change } from '../../core/change/change.js';
import { decide } from '../../core/decision/decision.js';
import type { DecidedChange, Deciding } from '../../core/decision/decision.js';
import type { PolicyAnswer, Spoken } from '../../core/decision/facts.js';
import type { SeenReview } from '../../core/decision/seen-review.js';
import type { Snapshot } from '../../core/change/snapshot.js';
import type { DecisionMoment, NewEntry } from '../../core/ledger/events.js';
import type { Reason } from '../../core/reading/reason.js';
import type { AskPeople } from './ask-people.js';
import { decisionEntry } from './decision-entry.js';

/** What the core says where nothing but words changes. */
const WORDS_ONLY: Spoken = {
  rule: 'core/words',
  message: 'Only the reason or the ticket changes; the access stays as it is.',
};

/**
 * Decides other words for a live grant: they give and take nothing, so nobody has to approve them and policy is not asked
 * (invariant 8).
 */
export async function decideWords(
  snapshot: Snapshot,
  change: Change,
  at: {
    readonly moment: DecisionMoment;
    readonly seen: readonly SeenReview[];
    readonly people: AskPeople;
  },
  core_denials: readonly Reason[],
): Promise<DecidedChange & { readonly entry: NewEntry }> {
  const answer: PolicyAnswer = { deny: [], warn: [], require: [], approve: [WORDS_ONLY] };
  const given: Deciding = {
    digest: change.digest,
    subject_id: change.effect.subject_id,
    consent_of: null,
    answer,
    core_denials,
    reviews: snapshot.reviews,
    seen: at.seen,
    requester: snapshot.pull_request.author,
    contributors: snapshot.contributors,
    ...(await at.people([])),
    approver_teams: [],
    ids: null,
    bots: [],
  };
  const decision = decide(given);
  const entry = decisionEntry(snapshot, change, at.moment, decision, given, null);
  return { change, answer, decision, covers_now: [], entry };
}
