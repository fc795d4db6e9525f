import type { Identities } from '../catalog.js';
import { namedIdentity } from '../data-identities.js';
import { LOGIN } from '../../reading/names.js';
import { own } from '../../reading/problem.js';
import { textOfClaim, type EnforcementPoint } from './point.js';

/** Finds the numeric GitHub id of whom an enforcement point names; undefined where nobody is known by that. */
export type FindsSubject = (named: unknown) => number | undefined;

/**
 * How an enforcement point's names of people become numeric GitHub ids. Made once for each point and policy, because it goes
 * through everybody in identities.yaml. `named` is what the point says, or the claim of its token.
 */
export function subjectFinder(
  { subject }: Pick<EnforcementPoint, 'subject'>,
  identities: Identities,
): FindsSubject {
  if (subject.from === 'person') return (named) => personId(named, identities);
  if (subject.from === 'identity') return byIdentity(subject.provider, identities);
  return numberOf;
}

/** What an enforcement point calls somebody; undefined for whom it cannot name. */
export type SpellsSubject = (github_id: number) => string | undefined;

/** The other way around: numeric GitHub ids as the names that an enforcement point has for people. */
export function subjectSpeller(
  { subject }: Pick<EnforcementPoint, 'subject'>,
  identities: Identities,
): SpellsSubject {
  if (subject.from === 'github_id' || subject.from === 'claim') return String;
  const people = Object.entries(identities.people);
  const logins = new Map(people.map(([login, { github_id }]) => [github_id, login]));
  if (subject.from === 'person') return (id) => logins.get(id);
  const { provider } = subject;
  return (id) => {
    const login = logins.get(id);
    if (login !== undefined) return namedIdentity(identities, provider, login) ?? undefined;
    const pattern = own(identities.patterns, provider);
    return pattern?.includes('{id}') ? pattern.replace('{id}', String(id)) : undefined;
  };
}

/** GitHub ignores the case of logins. The pattern comes first: other scripts have letters whose lower case is ASCII. */
function personId(named: unknown, { people }: Identities): number | undefined {
  if (typeof named !== 'string' || !LOGIN.pattern.test(named)) return undefined;
  return own(people, named.toLowerCase())?.github_id;
}

function byIdentity(provider: string, identities: Identities): FindsSubject {
  const ids = new Map<string, number>();
  const listed = new Set<number>();
  for (const [login, { github_id }] of Object.entries(identities.people)) {
    const identity = namedIdentity(identities, provider, login);
    if (identity !== null) ids.set(identity, github_id);
    listed.add(github_id);
  }
  const [before, after] = own(identities.patterns, provider)?.split('{id}') ?? [];
  return (named) => {
    if (typeof named !== 'string') return undefined;
    const known = ids.get(named);
    if (known !== undefined || before === undefined || after === undefined) return known;
    if (named.length <= before.length + after.length) return undefined;
    if (!named.startsWith(before) || !named.endsWith(after)) return undefined;
    const id = numberOf(named.slice(before.length, named.length - after.length));
    // Whoever is listed has the identity that is listed, and no other.
    return id === undefined || listed.has(id) ? undefined : id;
  };
}

/** A numeric GitHub id in its only spelling. */
function numberOf(named: unknown): number | undefined {
  const text = textOfClaim(named);
  if (text === null || !/^[1-9]\d{0,15}$/.test(text)) return undefined;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : undefined;
}
