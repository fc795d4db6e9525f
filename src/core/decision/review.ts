import type { Words } from '../grant/grant.js';
import type { Who } from '../grant/record.js';
import { othersThanRead, type ApproverIds } from '../policy/approvers.js';
import { isHuman, whoIs, type Person } from '../grant/person.js';
import type { Contributors, Review } from '../change/snapshot.js';
import type { SeenReview, ReadWords } from './seen-review.js';
import type { Reason, ReasonCode } from '../reading/reason.js';

/** An approval that counts. */
export interface Approval {
  readonly review: number;
  readonly who: Who;
}

/** An approving review that does not count, and why. */
export interface NotCounted extends Reason {
  readonly review: number;
  readonly who: Who | null;
}

/** One as ledger entries have it: those of the first two cores have `why` for `message`, those of the first no code. */
export interface RecordedNotCounted extends Partial<Reason> {
  readonly review: number;
  readonly who: Who | null;
  readonly why?: string;
}

/** How a view writes names and text from outside. */
interface Writing {
  readonly name: (login: string) => string;
  readonly text: (message: string) => string;
}

const AS_IT_IS: Writing = { name: (login) => login, text: (message) => message };

/** Whose approval does not count, and why: the same words in every view. */
export function uncountedInWords(
  { who, message, why }: Omit<RecordedNotCounted, 'review'>,
  { name, text }: Writing = AS_IT_IS,
): string {
  const whose = who ? `${name(who.login)}'s approval` : 'an approval';
  return `${whose} does not count: ${text(message ?? why ?? 'no reason is recorded')}`;
}

/** The approvals that do not count as reasons for which something is refused: each names its person. */
export function uncountedReasons(not_counted: readonly NotCounted[]): readonly Reason[] {
  return not_counted.map(({ review: _review, who, ...reason }) => ({
    ...reason,
    message: uncountedInWords({ who, ...reason }),
  }));
}

/** A review as far as it matters who counts. */
export type GivenVerdict = Pick<Review, 'id' | 'author' | 'verdict'>;

/** What decides whose approval counts for one change (invariants 4, 5). Membership is checked per requirement. */
export interface Counting {
  readonly reviews: readonly GivenVerdict[];
  readonly seen: readonly SeenReview[];
  /** The current effect digest of the change. */
  readonly digest: string;
  /** Its current words; missing for a change of policy, which has none. */
  readonly words?: ReadWords;
  /** For a change of policy: whom it names whose ids only GitHub says; null where the new tree cannot be read. */
  readonly new_approvers?: ApproverIds | null;
  readonly requester: Person | null;
  readonly subject_id: number | null;
  readonly contributors: Contributors;
}

interface CountedReviews {
  readonly counted: readonly Approval[];
  readonly not_counted: readonly NotCounted[];
}

/**
 * The newest verdict of each person, by review id. Comments and drafts are not verdicts. A dismissal is one, and never
 * revives an earlier approval (invariant 4). Accounts that are gone have none.
 */
export function verdicts(reviews: readonly GivenVerdict[]): ReadonlyMap<number, GivenVerdict> {
  const latest = new Map<number, GivenVerdict>();
  for (const review of [...reviews].sort((a, b) => a.id - b.id)) {
    if (review.verdict === 'COMMENTED' || review.verdict === 'PENDING') continue;
    if (review.author !== null) latest.set(review.author.id, review);
  }
  return latest;
}

/** Separates the approvals that count for one change from those that do not, with the reason for each. */
export function counting(of: Counting): CountedReviews {
  return separated(of.reviews, (author, review, verdict) => {
    return noVerdict(author, verdict) ?? interested(of, author) ?? unbound(of, review);
  });
}

/**
 * The same for what the subject agrees to. It is no approval and meets no requirement, so it does not matter that they
 * would get the access, or whether they contributed (invariant 4).
 */
export function consenting(of: Counting): CountedReviews {
  const theirs = of.reviews.filter(({ author }) => author !== null && author.id === of.subject_id);
  return separated(theirs, (author, review, verdict) => {
    return noVerdict(author, verdict) ?? unbound(of, review);
  });
}

function separated(
  reviews: readonly GivenVerdict[],
  objection: (
    author: Person,
    review: GivenVerdict,
    verdict: GivenVerdict | undefined,
  ) => Reason | null,
): CountedReviews {
  const latest = verdicts(reviews);
  const counted: Approval[] = [];
  const not_counted: NotCounted[] = [];
  for (const review of [...reviews].sort((a, b) => a.id - b.id)) {
    const { id, author } = review;
    if (review.verdict !== 'APPROVED') continue;
    const verdict = author ? latest.get(author.id) : undefined;
    // A newer approval by the same person replaces this one.
    if (verdict && verdict.id !== id && verdict.verdict === 'APPROVED') continue;
    const who = author && whoIs(author);
    const against = author ? objection(author, review, verdict) : GONE;
    if (who && against === null) counted.push({ review: id, who });
    else not_counted.push({ review: id, who, ...(against ?? GONE) });
  }
  return { counted, not_counted };
}

const GONE: Reason = { code: 'approver_gone', message: 'the account that gave it is gone' };

const not = (code: ReasonCode, message: string): Reason => ({ code, message });

/** Why a review is not the word of a person who still says yes; null where it is. */
function noVerdict(author: Person, verdict: GivenVerdict | undefined): Reason | null {
  if (verdict?.verdict === 'CHANGES_REQUESTED')
    return not('approver_asked_for_changes', 'they asked for changes later');
  if (verdict?.verdict === 'DISMISSED')
    return not('approver_dismissed', 'their later review was dismissed');
  if (!isHuman(author))
    return not(
      'approver_not_a_person',
      `it comes from an account of type ${author.type}, not from a person`,
    );
  return null;
}

/** Why somebody may not approve this change, whatever they say; null where they may. */
function interested(of: Counting, author: Person): Reason | null {
  if (author.id === of.requester?.id)
    return not('approver_is_requester', 'they requested this access');
  if (author.id === of.subject_id) return not('approver_is_subject', 'they would get this access');
  const { people, unknown } = of.contributors;
  if (people.some(({ id }) => id === author.id))
    return not('approver_contributed', 'they contributed to the branch');
  if (unknown.length > 0) {
    const message = `somebody who contributed cannot be identified: ${unknown.join('; ')}`;
    return not('contributors_unknown', message);
  }
  return null;
}

/** An approval is bound to the digests recorded when it was first seen; times do not matter (invariant 5). */
function unbound(
  { seen, digest, words, new_approvers }: Counting,
  review: GivenVerdict,
): Reason | null {
  const bound = seen.find((recorded) => recorded.review === review.id);
  if (!bound) {
    const message = 'Daypass has not recorded yet what it approved';
    return { code: 'approval_not_recorded', message };
  }
  if (bound.digests === null) {
    const message = `what it approved cannot be read: ${bound.unreadable ?? 'no reason is known'}`;
    return { code: 'approval_unreadable', message };
  }
  if (bound.digests.includes(digest)) return ofOthers(bound.new_approvers, new_approvers);
  // Recorded before digests had words: compared without them.
  if (words && bound.digests.includes(words.access)) return null;
  const read = words && bound.words?.find(({ access }) => access === words.access);
  if (read) return { code: 'approval_reworded', message: rewordedSince(read, words) };
  return {
    code: 'approval_outdated',
    message: 'it was given for something else: what this change does is different now',
  };
}

/** Approvals that were recorded before new approvers were are for whoever they are. */
function ofOthers(
  read: SeenReview['new_approvers'],
  now: Counting['new_approvers'],
): Reason | null {
  if (read === undefined || !now) return null;
  const others = othersThanRead(read, now);
  if (others.length === 0) return null;
  const message = `the policy names approvers who were others when it was given: ${others.join('; ')}`;
  return { code: 'approval_of_others', message };
}

/** Both wordings, whole: a difference anywhere in them is one. */
function rewordedSince(read: Words, now: Words): string {
  const ticket = (one: string | null) => (one === null ? 'no ticket' : `the ticket "${one}"`);
  const told = [
    ...(read.reason === now.reason
      ? []
      : [`it approved the reason "${read.reason}", which now is "${now.reason}"`]),
    ...(read.ticket === now.ticket
      ? []
      : [`it approved ${ticket(read.ticket)}, and now there is ${ticket(now.ticket)}`]),
  ];
  return `reworded since: ${told.join('; ')}`;
}
