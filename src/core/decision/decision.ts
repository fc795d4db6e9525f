import type { Change } from '../change/change.js';
import type { ApproverIds } from '../policy/approvers.js';
import type { Bot } from '../policy/catalog.js';
import { throughBots } from './bots.js';
import { consentMissing, consentTo, type Consent, type ConsentOf } from './consent.js';
import { asking, type Asking, type People } from './people.js';
import type { LiveFacts, PolicyAnswer } from './facts.js';
import type { Who } from '../grant/record.js';
import type { Person } from '../grant/person.js';
import {
  counting,
  uncountedReasons,
  type Approval,
  type GivenVerdict,
  type NotCounted,
  type RecordedNotCounted,
} from './review.js';
import type { ReadWords, SeenReview } from './seen-review.js';
import { match } from './match.js';
import type { Contributors } from '../change/snapshot.js';
import { coded, type Reason, type Recorded } from '../reading/reason.js';

/** A decided requirement. Requirements of the same people are merged to the highest count. */
export interface Requirement {
  readonly asked_by: readonly Reason[];
  readonly teams: readonly string[];
  readonly users: readonly string[];
  readonly count: number;
  /** Who met it, by maximum matching: nobody meets two requirements of one change. */
  readonly met_by: readonly Who[];
  /** Who could still meet it; empty where it is met. */
  readonly eligible: readonly Who[];
}

export type Outcome = 'denied' | 'awaiting_review' | 'approved';

/**
 * The version of the core that decides. Raise it in each release that may change the bytes of a decision on the same
 * facts: words, codes, order. Decisions without one are of version 1 (`differences` compares across versions).
 */
export const CORE_VERSION = 4;

/** The decision on one change: a value that explains itself. */
export interface Decision {
  /** The version of the core that made it. */
  readonly core: number;
  readonly outcome: Outcome;
  readonly denials: readonly Reason[];
  readonly warnings: readonly Reason[];
  readonly requirements: readonly Requirement[];
  readonly not_counted: readonly NotCounted[];
  /** Who approved without review, when nothing is required. */
  readonly approved_by_rules: readonly Reason[];
  /** What is asked of the subject where nobody else has to review it; null where they ask for it themselves. */
  readonly consent: Consent | null;
}

/** A decision as ledger entries have it, also those of earlier cores. */
export type RecordedDecision = Recorded<Omit<Decision, 'not_counted'>> & {
  readonly not_counted: readonly RecordedNotCounted[];
};

/** One change with its decision and the answer of the policy that led to it. */
export interface DecidedChange {
  readonly change: Change;
  readonly answer: PolicyAnswer | null;
  readonly decision: Decision;
  /** What gives this access already, according to the policy's input. */
  readonly covers_now: readonly LiveFacts[];
}

/** Everything that one change is decided on. What matters of it is recorded (`groundsOf`). */
export interface Deciding extends People {
  /** The effect digest that approvals must have been given for (invariant 5). */
  readonly digest: string;
  readonly words?: ReadWords;
  /** For a change of policy: the new approvers, whom its approvals are for as well (invariant 2). */
  readonly new_approvers?: ApproverIds | null;
  /** Who would get the access; null where a change gives nobody any. */
  readonly subject_id: number | null;
  /** Who has to agree unless a review is required (`consentOf`); null where nobody has to. */
  readonly consent_of: ConsentOf | null;
  /** Null where the core denied it without asking policy. */
  readonly answer: PolicyAnswer | null;
  readonly core_denials: readonly Reason[];
  readonly reviews: readonly GivenVerdict[];
  readonly seen: readonly SeenReview[];
  /** Who opened the pull request; null for an account that is gone. */
  readonly requester: Person | null;
  readonly contributors: Contributors;
  /** The accounts behind which policy says that people stand. */
  readonly bots: readonly Bot[];
}

/**
 * Why a decision gives nothing: its denials, or what is missing; `message` says it of approvals. Empty where it is
 * approved.
 */
export function refusal(decision: Decision, message: string): readonly Reason[] {
  const { outcome, denials, consent, not_counted } = decision;
  if (outcome === 'denied') return denials;
  if (outcome === 'approved') return [];
  const missing = consent
    ? consentMissing(consent)
    : ({ code: 'approvals_missing', message } as const);
  return [missing, ...uncountedReasons(not_counted)];
}

/**
 * Decides one change: deny beats require beats approve, and nothing is approved by silence (invariant 3).
 * Every requirement must be met, each by different people (invariant 4).
 */
export function decide(given: Deciding): Decision {
  const { answer } = given;
  const contributors = throughBots(given.contributors, given.requester, given.bots);
  const of = { ...given, contributors };
  const { counted, not_counted } = counting(of);
  const asked = asking(answer?.require ?? [], of, barred(of));
  const met = match(
    asked.map(places),
    counted.map(({ who }) => who.id),
  );
  const taken = new Set(met.flat());
  const requirements = asked.map((one, index) => requirement(one, met[index] ?? [], taken));
  const denials = [
    ...of.core_denials,
    ...coded('policy_denied', answer?.deny ?? []),
    ...asked.flatMap((one) => one.denials),
    ...tooFew(asked),
    ...silence(of),
  ];
  // Consent is asked only where nobody else has to look: what is denied needs none, and a review says more than it.
  const free = denials.length + requirements.length === 0;
  const agreed = of.consent_of && free ? consentTo(of.consent_of, of, counted, barred(of)) : null;
  const consent = agreed?.consent ?? null;
  const lacking = consent?.given_by === null;
  const waiting = lacking || requirements.some(({ met_by, count }) => met_by.length < count);
  const unknown = lacking || requirements.length > 0 ? contributors.unknown : [];
  return {
    core: CORE_VERSION,
    outcome: denials.length > 0 ? 'denied' : waiting ? 'awaiting_review' : 'approved',
    denials,
    warnings: [
      ...coded('warned', answer?.warn ?? []),
      ...unknown.map((message): Reason => ({
        code: 'contributors_unknown',
        rule: 'core/contributors',
        message,
      })),
    ],
    requirements,
    not_counted: [
      ...not_counted.filter(({ who }) => !agreed || who?.id !== of.subject_id),
      ...(agreed?.not_counted ?? []),
      ...outsiders(agreed?.asked ?? asked, counted, of.by_grant),
    ],
    approved_by_rules: free ? coded('approved_by_rule', answer?.approve ?? []) : [],
    consent,
  };
}

/** Whose approval never counts for this change, whatever their teams (invariant 4). */
function barred({ requester, subject_id, contributors }: Deciding): ReadonlySet<number> {
  const ids = contributors.people.map(({ id }) => id);
  if (subject_id !== null) ids.push(subject_id);
  return new Set(requester ? [...ids, requester.id] : ids);
}

function places({ accepts, count }: Asking) {
  return { accepts: new Set(accepts.keys()), count };
}

function requirement(
  asked: Asking,
  met: readonly number[],
  taken: ReadonlySet<number>,
): Requirement {
  const { asked_by, teams, users, count, accepts } = asked;
  const who = (ids: readonly number[]) => ids.flatMap((id) => accepts.get(id) ?? []);
  const rest = [...accepts.keys()].filter((id) => !taken.has(id));
  const eligible = met.length < count ? who(rest) : [];
  return { asked_by, teams, users, count, met_by: who(met), eligible };
}

/** Denies where too few people exist for all requirements together, even if there are enough for each alone. */
function tooFew(asked: readonly Asking[]): readonly Reason[] {
  if (asked.some((one) => one.denials.length > 0)) return [];
  const everybody = asked.flatMap((one) => [...one.accepts.keys()]);
  const found = match(asked.map(places), everybody).reduce((sum, ids) => sum + ids.length, 0);
  const needed = asked.reduce((sum, { count }) => sum + count, 0);
  if (found === needed) return [];
  const message = `each requirement needs different people, and only ${found} of ${needed} can be found`;
  return [{ code: 'too_few_people', rule: 'core/people', message }];
}

/** Denies where no rule said anything (invariant 3). */
function silence({ answer, core_denials }: Deciding): readonly Reason[] {
  if (answer === null) {
    const message = 'the policy was not asked';
    return core_denials.length > 0
      ? []
      : [{ code: 'policy_not_asked', rule: 'core/policy', message }];
  }
  const spoken = [answer.deny, answer.require, answer.approve].some((set) => set.length > 0);
  if (spoken) return [];
  return [
    {
      code: 'no_rule_spoke',
      rule: 'core/silence',
      message: 'no rule of the policy approves it or asks for approvals',
    },
  ];
}

/** Approvals that would count, but from people whom no requirement asks. */
function outsiders(
  asked: readonly Asking[],
  counted: readonly Approval[],
  by_grant: ReadonlySet<number> = new Set(),
): readonly NotCounted[] {
  if (asked.length === 0) return [];
  return counted
    .filter(({ who }) => !asked.some(({ accepts }) => accepts.has(who.id)))
    .map(({ review, who }) => ({ review, who, ...outside(asked, who, by_grant) }));
}

function outside(asked: readonly Asking[], { id }: Who, by_grant: ReadonlySet<number>): Reason {
  if (asked.some((one) => one.named.has(id))) {
    return { code: 'approver_excluded', message: 'the rule that asks does not accept them' };
  }
  if (by_grant.has(id)) {
    const message = 'they are in the team only by a grant of Daypass';
    return { code: 'approver_by_grant', message };
  }
  return { code: 'approver_not_asked', message: 'they are not among the people asked' };
}
