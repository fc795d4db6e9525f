import type { Change } from '../change/change.js';
import type { Contributors } from '../change/snapshot.js';
import type { Person } from '../grant/person.js';
import { whoIs } from '../grant/person.js';
import type { Who } from '../grant/record.js';
import type { PolicyData } from '../policy/catalog.js';
import { own } from '../reading/problem.js';
import type { Reason } from '../reading/reason.js';
import { asking, type Asking, type People } from './people.js';
import { consenting, type Approval, type Counting, type NotCounted } from './review.js';

/** Who would get access that somebody else asks for, and the teams of which one may approve it in their place. */
export interface ConsentOf {
  readonly subject: Who;
  readonly teams: readonly string[];
}

/** What a change needs that no rule asks a review for and that gives access to somebody else (invariant 4). */
export interface Consent extends ConsentOf {
  /** The subject, who agreed, or the person who approved in their place; null while both are missing. */
  readonly given_by: Who | null;
  /** Who could still approve in the subject's place. */
  readonly eligible: readonly Who[];
}

/**
 * Whose consent a change needs if policy asks nobody: its subject's, where it gives them access that somebody else asks
 * for, or may have written into their pull request. The end of that access would end sessions of theirs. In their place
 * an owner of the resource may approve it.
 */
export function consentOf(
  { kind, to }: Pick<Change, 'kind' | 'to'>,
  {
    requester,
    contributors,
  }: { readonly requester: Person | null; readonly contributors: Pick<Contributors, 'people'> },
  { catalog }: Pick<PolicyData, 'catalog'>,
): ConsentOf | null {
  if (!to || (kind !== 'added' && kind !== 'extended')) return null;
  const asks = (person: Pick<Person, 'id'> | null) => person?.id === to.subject.id;
  // Who pushed to a private fork cannot be told, and people ask for themselves from there.
  if (asks(requester) && contributors.people.every(asks)) return null;
  const owners = own(catalog, to.declared.resource)?.owners ?? [];
  return { subject: whoIs(to.subject), teams: [...new Set(owners)].sort() };
}

/** Whether the consent is there, and the approving reviews that do not give it. `counted` are the approvals that count. */
export function consentTo(
  of: ConsentOf,
  given: Counting & People,
  counted: readonly Approval[],
  barred: ReadonlySet<number>,
): {
  readonly consent: Consent;
  readonly asked: readonly Asking[];
  readonly not_counted: readonly NotCounted[];
} {
  const { subject, teams } = of;
  const any_of = { teams, users: [] };
  const asked = asking([{ ...consentMissing(of), any_of, count: 1, exclude: [] }], given, barred);
  const agreed = consenting(given);
  const accepted = counted.filter(({ who }) => asked.some(({ accepts }) => accepts.has(who.id)));
  const given_by = [...agreed.counted, ...accepted][0]?.who ?? null;
  const others = asked.flatMap(({ accepts }) => [...accepts.values()]);
  return {
    consent: { subject, teams, given_by, eligible: given_by ? [] : others },
    asked,
    not_counted: agreed.not_counted,
  };
}

/** Says that the consent is missing, and who can give it. */
export function consentMissing({ subject, teams }: ConsentOf): Reason & { readonly rule: string } {
  const { login } = subject;
  const owners = teams.length === 0 ? '' : `, or an owner of the resource (${teams.join(', ')})`;
  return {
    code: 'consent_missing',
    rule: 'core/consent',
    message: `${login} would get this access, and others ask for it or wrote in the pull request: ${login} has to approve it${owners}. Or ${login} opens one of their own`,
  };
}
