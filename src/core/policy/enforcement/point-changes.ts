import { canonical } from '../../reading/canonical.js';
import { own, quote } from '../../reading/problem.js';
import {
  pointsOf,
  tokenVariable,
  type Enforcement,
  type EnforcementPoint,
  type GuardedPlace,
  type PointCredential,
  type SubjectSource,
} from './point.js';

interface HasPoints {
  readonly enforcement?: Enforcement;
}

/** What a change of policy does to enforcement points: who may ask about what, in sentences without markup. */
export function pointChanges(before: HasPoints, after: HasPoints): readonly string[] {
  const was = before.enforcement?.points ?? {};
  const is = after.enforcement?.points ?? {};
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  const left = placesOf(after);
  return names.flatMap((name) => {
    const [old, now] = [own(was, name), own(is, name)];
    if (!now) return old ? [`${name} may not ask any more. ${lost(old.guards, left)}`] : [];
    if (!old) return [`${name} is new. ${whole(now)}`];
    const changes = between(old, now, left);
    return changes.length === 0 ? [] : [`${name}: ${changes.join(' ')}`];
  });
}

/** The places that only the first of two policies guards. */
export function unguarded(before: HasPoints, after: HasPoints): readonly GuardedPlace[] {
  const left = placesOf(after);
  return [...placesOf(before)].flatMap(([key, place]) => (left.has(key) ? [] : [place]));
}

function placesOf(data: HasPoints): ReadonlyMap<string, GuardedPlace> {
  return new Map(
    pointsOf(data).flatMap(({ guards }) => guards.map((place) => [keyOf(place), place] as const)),
  );
}

const keyOf = ({ resource, environment }: GuardedPlace) => `${environment}/${resource}`;

function whole(point: EnforcementPoint): string {
  return [
    `It speaks ${point.speaks} and may ask about ${places(point.guards)}.`,
    subject(point.subject),
    caller(point.name, point.credential),
    ...standard(point),
  ].join(' ');
}

function between(
  old: EnforcementPoint,
  now: EnforcementPoint,
  left: ReadonlyMap<string, GuardedPlace>,
): readonly string[] {
  const only = (one: EnforcementPoint, other: EnforcementPoint) => {
    const known = new Set(other.guards.map(keyOf));
    return one.guards.filter((place) => !known.has(keyOf(place)));
  };
  const [more, fewer] = [only(now, old), only(old, now)];
  const differs = (key: keyof EnforcementPoint) =>
    canonical(old[key] ?? null) !== canonical(now[key] ?? null);
  return [
    ...(more.length > 0 ? [`It may now ask about ${places(more)}, too.`] : []),
    ...(fewer.length > 0 ? [lost(fewer, left)] : []),
    ...(differs('speaks') ? [`It speaks ${now.speaks}; before: ${old.speaks}.`] : []),
    ...(differs('subject') ? [`${subject(now.subject)} Before: ${subject(old.subject)}`] : []),
    ...(differs('credential')
      ? [`${caller(now.name, now.credential)} Before: ${caller(old.name, old.credential)}`]
      : []),
    ...(differs('environment') ? standard(now, 'It has to name the environment.') : []),
  ];
}

/** What is not guarded by a point any more; where no other point is left, that is said. */
function lost(guards: readonly GuardedPlace[], left: ReadonlyMap<string, GuardedPlace>): string {
  const bare = guards.filter((place) => !left.has(keyOf(place)));
  const told = `It guarded ${places(guards)} until now.`;
  if (bare.length === 0) return told;
  return `${told} Nothing is left to ask about ${places(bare)}: there, nothing holds access to a scope at use.`;
}

/** The most places that are named: the difference has them all. */
const NAMED_PLACES = 10;

function places(guards: readonly GuardedPlace[]): string {
  const named = guards
    .slice(0, NAMED_PLACES)
    .map(({ resource, environment }) => `${resource} in ${environment}`);
  const more = guards.length - NAMED_PLACES;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function subject(source: SubjectSource): string {
  const by = {
    person: 'a name under people in identities.yaml',
    github_id: 'a numeric GitHub id',
    identity: `what identities.yaml calls them at ${source.from === 'identity' ? source.provider : ''}`,
    claim: `the claim ${source.from === 'claim' ? source.claim : ''} of the token`,
  }[source.from];
  return `It says who somebody is by ${by}.`;
}

function caller(name: string, credential: PointCredential): string {
  if (credential.kind === 'token')
    return `It is whoever has the secret ${tokenVariable(name)} of the operator.`;
  if (credential.kind === 'mtls')
    return `It is whoever has a client certificate for ${quote(credential.uri)}.`;
  const { issuer, audience, claims } = credential;
  const named = Object.entries(claims).map(([claim, value]) => `${claim} ${quote(value)}`);
  return `It is whoever has a token of ${quote(issuer)} for ${quote(audience)} with ${named.join(', ')}.`;
}

function standard({ environment }: EnforcementPoint, none?: string): readonly string[] {
  if (environment === undefined) return none === undefined ? [] : [none];
  return [`Where it names no environment, ${environment} is meant.`];
}
