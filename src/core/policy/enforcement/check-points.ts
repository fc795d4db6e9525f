import { ACTOR_ID, NAMES, NUMERIC, OWNING, isGitHubActions } from './github-actions.js';
import type { Dialect, OidcCaller, PointCredential, SubjectSource } from './point.js';
import type { Resource } from '../catalog.js';
import { unknownProvider, type CatalogProviders } from '../data-catalog.js';
import type { PolicyFile } from '../data-file.js';
import { own, quote, someOf } from '../../reading/problem.js';
import type { ReasonCode } from '../../reading/reason.js';

/** An enforcement point as the file has it. */
interface WrittenPoint {
  readonly speaks: Dialect;
  readonly guards: readonly {
    readonly resource: string;
    readonly environments: readonly string[];
  }[];
  readonly environment?: string | undefined;
  readonly subject: SubjectSource;
  readonly credential: PointCredential;
}

/** The file as it has the right shape. */
export interface PointsFile {
  readonly points: Readonly<Record<string, WrittenPoint>>;
}

/** The most enforcement points of a policy: at each question a caller is looked for among them. */
const MOST_POINTS = 1_000;

type Say = (keys: readonly PropertyKey[], code: ReasonCode, message: string) => void;

/** Says what the shape cannot: what is guarded, whose word is taken, and that no caller is two points. */
export function checkPoints(
  { value: { points }, say }: PolicyFile<PointsFile>,
  providers: CatalogProviders,
  catalog: Readonly<Record<string, Resource>> | null,
): void {
  const all = Object.entries(points);
  if (all.length > MOST_POINTS) {
    const message = `${all.length} enforcement points; at most ${MOST_POINTS} are read.`;
    say(['points'], 'too_large', message);
    return;
  }
  for (const [name, point] of all) {
    const under: Say = (keys, code, message) => say(['points', name, ...keys], code, message);
    checkGuards(point, catalog, under);
    checkSubject(point, providers, under);
    const { credential } = point;
    if (credential.kind === 'oidc' && isGitHubActions(credential.issuer))
      checkJobs(credential, under);
  }
  checkCallers(all, say);
}

/** Everything guarded is offered by the catalog, is named once, and has the default environment among it. */
function checkGuards(
  { guards, environment, speaks }: WrittenPoint,
  catalog: Readonly<Record<string, Resource>> | null,
  say: Say,
): void {
  const seen = new Set<string>();
  for (const [index, { resource, environments }] of guards.entries()) {
    const at = ['guards', index];
    if (seen.has(resource)) {
      const message = `${quote(resource)} is listed twice. List it once, with all its environments.`;
      say([...at, 'resource'], 'repeated', message);
    }
    seen.add(resource);
    if (catalog) checkOffered(catalog, { resource, environments }, at, say);
  }
  const places = guards.flatMap(({ environments }) => environments).length;
  if (speaks !== 'authzen' && places !== 1) {
    const message = `a point that speaks ${speaks} stands before one resource in one environment, because its requests name none. Write a point for each of these ${places}, with a credential of its own.`;
    say(['guards'], 'wrong_value', message);
  }
  const guarded = [...new Set(guards.flatMap(({ environments }) => environments))];
  if (environment === undefined || guarded.includes(environment)) return;
  const message = `it guards nothing in ${quote(environment)}. Its environments: ${someOf(guarded)}.`;
  say(['environment'], 'wrong_value', message);
}

function checkOffered(
  catalog: Readonly<Record<string, Resource>>,
  { resource, environments }: WrittenPoint['guards'][number],
  at: readonly PropertyKey[],
  say: Say,
): void {
  const offered = own(catalog, resource)?.environments;
  if (!offered) {
    const known = someOf(Object.keys(catalog));
    const message = `the catalog has no resource ${quote(resource)}. Its resources: ${known}.`;
    say([...at, 'resource'], 'unknown_resource', message);
    return;
  }
  for (const [index, environment] of environments.entries()) {
    if (Object.hasOwn(offered, environment)) continue;
    const known = someOf(Object.keys(offered));
    const message = `${resource} is not offered in ${quote(environment)}. Its environments: ${known}.`;
    say([...at, 'environments', index], 'not_offered', message);
  }
}

function checkSubject(
  { subject, credential }: WrittenPoint,
  providers: CatalogProviders,
  say: Say,
): void {
  if (subject.from === 'identity') {
    const { provider: type } = subject;
    const at = ['subject', 'identity'];
    const provider = own(providers, type);
    if (!provider) say(at, 'unknown_provider', unknownProvider(type, providers));
    else if (provider.targetless) {
      const message = `at ${type} everybody is known by their GitHub id. Use github_id.`;
      say(at, 'wrong_value', message);
    }
  }
  if (subject.from !== 'claim') return;
  const at = ['subject', 'claim'];
  if (credential.kind !== 'oidc' || !isGitHubActions(credential.issuer)) {
    const message =
      'only a token of GitHub Actions says by number who somebody is. Use it as credential, or person, github_id or identity.';
    say(at, 'wrong_value', message);
  } else if (subject.claim !== ACTOR_ID) {
    say(at, 'wrong_value', `${quote(subject.claim)} is not a person's number. Use ${ACTOR_ID}.`);
  }
}

/** A job of GitHub Actions is known by numbers, and by whose repository it runs in. */
function checkJobs({ audience, claims }: OidcCaller, say: Say): void {
  const at = ['credential', 'oidc'];
  for (const [claim, value] of Object.entries(claims)) {
    const instead = own(NAMES, claim);
    if (instead !== undefined) {
      const message = `this is made of names, which others can take later. Use ${instead}.`;
      say([...at, 'claims', claim], 'unknown_key', message);
    } else if (NUMERIC.includes(claim) && !/^[1-9]\d*$/.test(value)) {
      say([...at, 'claims', claim], 'wrong_value', `${quote(value)} is not a number. Use the id.`);
    }
  }
  if (!OWNING.some((claim) => Object.hasOwn(claims, claim))) {
    const message = `any job on GitHub could have these. Add at least one of ${OWNING.join(', ')}.`;
    say([...at, 'claims'], 'missing_key', message);
  }
  if (/^https:\/\/github\.com(\/|$)/i.test(audience)) {
    const message = `${quote(audience)} is the audience of tokens for anybody. Use one of your own, such as daypass.`;
    say([...at, 'audience'], 'wrong_value', message);
  }
}

/** No caller is two enforcement points: which one asks would then depend on the order of the file. */
function checkCallers(all: readonly (readonly [string, WrittenPoint])[], say: Say): void {
  const certificates = new Map<string, string>();
  const tokens = new Map<string, { name: string; caller: OidcCaller }[]>();
  for (const [name, { credential }] of all) {
    const at = ['points', name, 'credential', credential.kind];
    if (credential.kind === 'mtls') {
      const other = certificates.get(credential.uri);
      if (other === undefined) certificates.set(credential.uri, name);
      else say(at, 'repeated', `${other} has the same name. Each point has its own.`);
    }
    if (credential.kind !== 'oidc') continue;
    const key = JSON.stringify([credential.issuer, credential.audience]);
    const same = tokens.get(key) ?? [];
    const other = same.find(({ caller }) => mayBeBoth(caller, credential));
    if (other) {
      const message = `one token could be of both this and ${other.name}. Use another audience, or another value of a claim that both have.`;
      say(at, 'repeated', message);
    }
    tokens.set(key, [...same, { name, caller: credential }]);
  }
}

/** Whether one token can have the claims of both: of those that both name, none differs. */
function mayBeBoth({ claims: one }: OidcCaller, { claims: other }: OidcCaller): boolean {
  return Object.entries(one).every(([claim, value]) => (own(other, claim) ?? value) === value);
}
