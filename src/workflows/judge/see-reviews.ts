import { changesOf } from '../../core/change/change.js';
import type { ChangesQuery } from '../../core/change/change.js';
import { subjectOf } from '../../core/grant/grant.js';
import type { NewEntry } from '../../core/ledger/events.js';
import type { DecisionBody } from '../../core/decision/decide-again.js';
import { policyDigest } from '../../core/decision/policy-change.js';
import type { ApproverIds } from '../../core/policy/approvers.js';
import { wordsIn } from '../../core/decision/seen-review.js';
import type { ReadWords, SeenReview } from '../../core/decision/seen-review.js';
import type { Comparison, Review, Snapshot } from '../../core/change/snapshot.js';
import { Unreadable } from '../../ports.js';
import type { World } from '../../ports.js';
import { overAt } from './over.js';

type SeeWorld = Pick<World, 'ledger' | 'repository' | 'pullRequests'>;

/** What there is to read in a commit. */
interface Readable {
  readonly digests: readonly string[];
  readonly words: readonly ReadWords[];
}

/** What the commit of a review is judged against. */
interface ReviewQuery extends Omit<ChangesQuery, 'comparison' | 'accounts' | 'over'> {
  /** Id of the policy tree in force, which a change of policy starts from. */
  readonly in_force: string;
  /** The change of policy of the head, and whom it names anew; null where there is none. */
  readonly named: { readonly digest: string; readonly new_approvers: ApproverIds | null } | null;
}

/**
 * Binds each approving review that is seen for the first time to the digests of its own commit, judged as if that were
 * the head (invariant 5). GitHub moves `commit_id` later; the first recorded value counts.
 */
export async function seeReviews(
  world: SeeWorld,
  snapshot: Snapshot,
  readable: Readable,
  against: ReviewQuery,
): Promise<{ seen: readonly SeenReview[]; entries: readonly NewEntry[] }> {
  const { number, head_sha } = snapshot.pull_request;
  const known = await world.ledger.reviewsSeen(number);
  const ids = new Set(known.map((review) => review.review));
  const fresh = snapshot.reviews.filter((r) => r.verdict === 'APPROVED' && !ids.has(r.id));
  const seen: SeenReview[] = [];
  for (const review of fresh) {
    const here = review.commit === head_sha && snapshot.comparison.head === head_sha;
    seen.push(await see(world, snapshot, review, here ? readable : null, against));
  }
  return {
    seen: [...known, ...seen],
    entries: seen.map((body) => ({ kind: 'review.seen', grant: null, pull_request: number, body })),
  };
}

/** Only times show which of the bases a review was given for (invariant 5). */
const RETARGETED =
  'the base of the pull request was another branch before it was first seen: open a new pull request';

async function see(
  world: SeeWorld,
  snapshot: Snapshot,
  review: Review,
  readable: Readable | null,
  against: ReviewQuery,
): Promise<SeenReview> {
  const base = {
    review: review.id,
    pull_request: snapshot.pull_request.number,
    author: review.author,
    commit: review.commit,
  };
  if (snapshot.pull_request.base_changed) return { ...base, digests: null, unreadable: RETARGETED };
  if (readable) {
    const shown = await approversShown(world, snapshot, against, against.named?.digest);
    return { ...base, ...sorted(readable), ...shown, unreadable: null };
  }
  if (review.commit === null) {
    return { ...base, digests: null, unreadable: 'GitHub names no commit for it' };
  }
  try {
    const comparison = await world.repository.compare(snapshot.comparison.tip, review.commit);
    const logins = mentioned(comparison);
    const { accounts } = await world.pullRequests.people({ teams: [], logins });
    const over = await overAt(world, comparison);
    const { changes } = changesOf({ ...against, comparison, accounts, over });
    const found = changes.map(({ digest }) => digest);
    const policies = await policiesIn(world, comparison, against);
    if (policies !== undefined) found.push(policies);
    const there = sorted({ digests: found, words: wordsIn(changes) });
    const shown = await approversShown(world, snapshot, against, policies);
    return { ...base, ...there, ...shown, unreadable: null };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ...base, digests: null, unreadable: error.message.slice(0, 500) };
  }
}

/** The digest of the change of policy in a commit; undefined where there is none. */
async function policiesIn(
  { repository }: SeeWorld,
  comparison: Comparison,
  { in_force }: ReviewQuery,
): Promise<string | undefined> {
  if (comparison.policies.length === 0) return undefined;
  const given = await repository.policiesAfter(comparison);
  return policyDigest(in_force, given?.id ?? null);
}

/**
 * The new approvers of a change of policy as reviewers were shown them: by its last judgement, else by this one. Who has
 * taken one of these names since then was not approved.
 */
async function approversShown(
  { ledger }: SeeWorld,
  { pull_request }: Snapshot,
  { named }: ReviewQuery,
  digest: string | undefined,
): Promise<Pick<SeenReview, 'new_approvers'>> {
  if (digest === undefined) return {};
  const last = await ledger.lastDecision(pull_request.number, digest);
  const shown = last && (JSON.parse(last.body) as DecisionBody).grounds?.new_approvers;
  return { new_approvers: shown ?? (digest === named?.digest ? named.new_approvers : null) };
}

function sorted({ digests, words }: Readable): Readable {
  const byPath = words.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { digests: [...digests].sort(), words: byPath };
}

/** The logins that the changed grant files of a comparison name. */
export function mentioned(comparison: Comparison): readonly string[] {
  const logins = comparison.grants
    .map((change) => (change.after?.content ? subjectOf(change.after.content) : null))
    .filter((login) => login !== null);
  return [...new Set(logins)];
}
