import type { Person, Team } from '../../../src/core/grant/person.js';
import type { ApproverIds } from '../../../src/core/policy/approvers.js';
import type { SeenReview } from '../../../src/core/decision/seen-review.js';
import type { Review, Verdict } from '../../../src/core/change/snapshot.js';

const IDS: Readonly<Record<string, number>> = {
  alice: 101,
  bob: 102,
  carol: 103,
  dave: 104,
  erin: 105,
  frank: 106,
};

export const id = (login: string): number => IDS[login] ?? 900;

/** A person of the stories; an account without a number here is a bot. */
export const person = (login: string): Person => ({
  id: id(login),
  login,
  type: login in IDS ? 'User' : 'Bot',
});

export const who = (login: string) => ({ id: id(login), login });

/** A review by a login, or by `null` for an account that is gone. */
export const review = (n: number, login: string | null, verdict: Verdict = 'APPROVED'): Review => ({
  id: n,
  author: login === null ? null : person(login),
  verdict,
  commit: 'c0ffee',
  submitted_at: '2026-11-24T17:00:00.000Z',
});

/** What was recorded when a review was first seen. */
export const seen = (n: number, ...digests: string[]): SeenReview => ({
  review: n,
  pull_request: 7,
  author: null,
  commit: 'c0ffee',
  digests,
  unreadable: null,
});

/** Who the names of approvers are, where everybody is who they were when the policy came into force. */
export const idsOf = (
  teams: Readonly<Record<string, Team | null>>,
  accounts: Readonly<Record<string, Person | null>> = {},
): ApproverIds => {
  const ids = (known: Readonly<Record<string, { readonly id: number } | null>>) =>
    Object.fromEntries(Object.entries(known).map(([name, one]) => [name, one?.id ?? null]));
  return { teams: ids(teams), users: ids(accounts) };
};
