import type { Contributors } from '../change/snapshot.js';
import type { Person, Team } from '../grant/person.js';
import type { ApproverIds } from '../policy/approvers.js';
import type { Bot } from '../policy/catalog.js';
import { own } from '../reading/problem.js';
import type { Reason } from '../reading/reason.js';
import type { ConsentOf } from './consent.js';
import type { Deciding } from './decision.js';
import type { PolicyAnswer } from './facts.js';
import type { GivenVerdict } from './review.js';
import type { ReadWords, SeenReview } from './seen-review.js';

/**
 * What one decision was made on (invariant 23), as a ledger entry has it: everything that `decide` looks at, and of the
 * teams and accounts only those that are asked. What the entry has elsewhere is not repeated.
 */
export interface Grounds {
  readonly subject_id: number | null;
  /** Missing where nobody's consent was asked, as in the entries of earlier cores. */
  readonly consent_of?: ConsentOf;
  readonly requester: Person | null;
  readonly contributors: Contributors;
  /** The verdicts as GitHub had them then, by which the newest of each person counts. */
  readonly reviews: readonly GivenVerdict[];
  /** By slug, without those who were left out because of a grant; null where GitHub knew no such team. */
  readonly teams: Readonly<Record<string, Pick<Team, 'id' | 'members'> | null>>;
  /** By login in lower case; null where there was no such account. */
  readonly accounts: Readonly<Record<string, Person | null>>;
  /** Those of the teams that the policy may ask. */
  readonly approver_teams: readonly string[];
  /** Who the named ones are by the policy (invariant 6); null, or missing in older entries, where ids did not matter. */
  readonly ids?: ApproverIds | null;
  /** The ids of people who were left out of teams for being there only by a grant. */
  readonly by_grant: readonly number[];
  /** The accounts that are no people and for whom the policy names somebody. */
  readonly bots: readonly Bot[];
  /** What Daypass itself denied. */
  readonly core_denials: readonly Reason[];
  /** The words that approvals are compared with; missing where there are none. */
  readonly words?: ReadWords;
  /** The new approvers that approvals of a change of policy are compared with; missing for grants and in older entries. */
  readonly new_approvers?: ApproverIds | null;
  /** What was answered in place of the policy; null where it failed. Missing where `replay` has the answer. */
  readonly answer?: PolicyAnswer | null;
  /** What was recorded of the approvals; missing where the entry has it in `reviews` or `replay`. */
  readonly seen?: readonly SeenReview[];
}

/** The grounds of a decision. `elsewhere` names what its entry has outside of them. */
export function groundsOf(
  given: Deciding,
  elsewhere: { readonly answer?: true; readonly seen?: true } = {},
): Grounds {
  const named = (given.answer?.require ?? []).map(({ any_of }) => any_of);
  const { consent_of } = given;
  const slugs = once([...named.flatMap(({ teams }) => teams), ...(consent_of?.teams ?? [])]);
  const logins = once(named.flatMap(({ users }) => users).map((login) => login.toLowerCase()));
  const accounts = [...given.contributors.people, ...(given.requester ? [given.requester] : [])];
  return {
    subject_id: given.subject_id,
    ...(consent_of && { consent_of }),
    requester: given.requester && asPerson(given.requester),
    contributors: {
      people: given.contributors.people.map(asPerson),
      unknown: given.contributors.unknown,
    },
    reviews: given.reviews
      .filter(({ verdict }) => verdict !== 'COMMENTED' && verdict !== 'PENDING')
      .map(({ id, author, verdict }) => ({ id, author: author && asPerson(author), verdict })),
    teams: Object.fromEntries(
      slugs.map((slug) => {
        const team = own(given.teams, slug);
        return [slug, team ? { id: team.id, members: team.members.map(asPerson) } : null];
      }),
    ),
    accounts: Object.fromEntries(
      logins.map((login) => {
        const account = own(given.accounts, login);
        return [login, account ? asPerson(account) : null];
      }),
    ),
    approver_teams: slugs.filter((slug) => given.approver_teams.includes(slug)),
    ids: given.ids && {
      teams: among(slugs, given.ids.teams),
      users: among(logins, given.ids.users),
    },
    by_grant: [...(given.by_grant ?? [])].sort((a, b) => a - b),
    bots: given.bots.filter(({ id }) => accounts.some((one) => one.id === id)),
    core_denials: given.core_denials,
    ...(given.words && { words: given.words }),
    ...(given.new_approvers !== undefined && { new_approvers: given.new_approvers }),
    ...(elsewhere.answer ? {} : { answer: given.answer }),
    ...(elsewhere.seen ? {} : { seen: given.seen }),
  };
}

/** What `decide` is given again. */
export function givenAgain(
  grounds: Grounds,
  entry: Pick<Deciding, 'digest' | 'answer' | 'seen'>,
): Deciding {
  const { ids = null, by_grant, consent_of = null } = grounds;
  return { ...grounds, ...entry, ids, consent_of, by_grant: new Set(by_grant) };
}

function asPerson({ id, login, type }: Person): Person {
  return { id, login, type };
}

/** The ids that are recorded for some names. */
function among(
  names: readonly string[],
  ids: ApproverIds['teams'],
): Readonly<Record<string, number | null>> {
  return Object.fromEntries(Object.entries(ids).filter(([name]) => names.includes(name)));
}

function once(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
