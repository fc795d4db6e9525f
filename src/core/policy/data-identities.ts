import { z } from 'zod';
import type { Identities, PersonProperties, PolicyData, Resource } from './catalog.js';
import { LOGIN, PROPERTY, SLUG } from '../reading/names.js';
import { unknownProvider, type CatalogProviders } from './data-catalog.js';
import type { PolicyFile } from './data-file.js';
import { own, quote } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';
import { mapping, named, textOf, whole } from '../reading/shape.js';

const identity = textOf(200, { lines: false });
const MOST_PROPERTIES = 20;
const properties = named(PROPERTY, textOf(200, { lines: false })).refine(
  (all) => Object.keys(all).length <= MOST_PROPERTIES,
  { error: `a mapping of at most ${MOST_PROPERTIES} properties` },
);
const person = z
  .object(
    { github_id: whole(1, Number.MAX_SAFE_INTEGER), properties: properties.exactOptional() },
    { error: 'a mapping with the key github_id' },
  )
  .catchall(identity)
  .transform(({ github_id, properties, ...at }) => ({
    ...{ github_id, at },
    ...(properties && { properties }),
  }));

/** `policies/identities.yaml`; logins are in lower case, because GitHub ignores their case. */
export const IDENTITIES: z.ZodType<Identities> = mapping({
  patterns: named(SLUG, identity).optional(),
  people: named(LOGIN, person).optional(),
}).transform(({ patterns = {}, people = {} }) => ({ patterns, people }));

/**
 * Checks identities against the providers and each other: among everybody whom the data files name (people here and
 * subjects of standing entries), no two people may have the same identity.
 */
export function checkIdentities(
  file: PolicyFile<Identities>,
  providers: CatalogProviders,
  catalog: readonly Resource[],
): Identities {
  const { value, say } = file;
  const sayById = (at: readonly string[], type: string) => {
    const message = `at ${type} everybody is known by their GitHub id. Remove the key.`;
    if (own(providers, type)?.targetless) say(at, 'unknown_key', message);
  };
  for (const [type, pattern] of Object.entries(value.patterns)) {
    const at = ['patterns', type];
    if (!Object.hasOwn(providers, type))
      say(at, 'unknown_provider', unknownProvider(type, providers));
    sayById(at, type);
    if (pattern.split(/\{(?:login|id)\}/u).length !== 2) {
      const message = `the pattern ${quote(pattern)} must contain {login} or {id}, and only once`;
      say(at, 'wrong_value', message);
    }
  }
  const people: Record<string, Identities['people'][string]> = {};
  const ids = new Map<number, string>();
  for (const [login, person] of Object.entries(value.people)) {
    const at = ['people', login];
    const lower = login.toLowerCase();
    if (Object.hasOwn(people, lower))
      say(at, 'repeated', 'this login is listed twice, in different case. List it once.');
    const other = ids.get(person.github_id);
    if (other !== undefined)
      say(at, 'identity_taken', `${other} has the same github_id. Each person has their own.`);
    people[lower] = person.properties
      ? { ...person, properties: propertiesOf(file, [...at, 'properties']) }
      : person;
    ids.set(person.github_id, login);
    for (const type of Object.keys(person.at)) {
      if (!Object.hasOwn(providers, type))
        say([...at, type], 'unknown_provider', unknownProvider(type, providers));
      sayById([...at, type], type);
    }
  }
  const identities = { patterns: value.patterns, people };
  checkNamed(identities, providers, catalog, (login, code, message) =>
    say(['people', login], code, message),
  );
  return identities;
}

/** The properties of a person, typed: rules compare `true` and `"true"` as what they are. */
function propertiesOf(
  { typed, say }: PolicyFile<Identities>,
  at: readonly string[],
): PersonProperties {
  const found = typed(at) as Readonly<Record<string, string | number | boolean | null>>;
  const known = Object.entries(found).flatMap(([name, value]) => {
    if (name === 'login')
      say(
        [...at, name],
        'wrong_value',
        'rules get the login that is asked about. Use another name.',
      );
    if (value === null)
      say([...at, name], 'wrong_value', 'null says nothing. Leave the property out.');
    return value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

/**
 * The identity that the data files give a login at a provider, whoever has it; null where they give none. `{id}` in a
 * pattern is the numeric GitHub id: `id` where it is known, else the id of the person listed.
 */
export function namedIdentity(
  identities: Identities,
  type: string,
  login: string,
  id?: number,
): string | null {
  const person = own(identities.people, login.toLowerCase());
  const named = person && own(person.at, type);
  if (named !== undefined) return named;
  const pattern = own(identities.patterns, type) ?? null;
  const number = id ?? person?.github_id;
  if (pattern?.includes('{id}')) {
    return number === undefined ? null : pattern.replace('{id}', String(number));
  }
  return pattern?.replaceAll('{login}', () => login.toLowerCase()) ?? null;
}

/** The identities at a provider of everybody whom the data files name, those of standing entries included. */
export function namedIdentities(
  { identities, catalog }: Pick<PolicyData, 'identities' | 'catalog'>,
  type: string,
): readonly string[] {
  const there = Object.values(catalog).filter(({ provider }) => provider === type);
  const logins = [
    ...Object.keys(identities.people),
    ...there.flatMap(({ standing }) => standing.flatMap(({ subjects }) => subjects)),
  ];
  return logins.flatMap((login) => namedIdentity(identities, type, login) ?? []);
}

/** Checks the identities of everybody whom the data files name: the provider accepts them, and no two people share one. */
function checkNamed(
  identities: Identities,
  providers: CatalogProviders,
  catalog: readonly Resource[],
  say: (login: string, code: ReasonCode, message: string) => void,
): void {
  for (const [type, provider] of Object.entries(providers)) {
    if (provider.targetless) continue;
    const standing = catalog.filter(({ provider }) => provider === type).flatMap((r) => r.standing);
    const subjects = standing.flatMap(({ subjects }) => subjects);
    const owner = new Map<string, string>();
    for (const login of new Set([...Object.keys(identities.people), ...subjects])) {
      const identity = namedIdentity(identities, type, login);
      if (identity === null) {
        if (own(identities.patterns, type)?.includes('{id}'))
          say(
            login,
            'no_identity',
            `has standing access at ${type}, whose pattern uses {id}. List the github_id under people.`,
          );
        continue;
      }
      const why = provider.checkIdentity(identity);
      if (why !== null) say(login, 'identity_refused', `${quote(identity)} at ${type} ${why}`);
      const other = owner.get(identity);
      if (other !== undefined) {
        const both = `${quote(identity)} at ${type} is both ${other}'s and ${login}'s`;
        say(login, 'identity_taken', `${both}. Give each person an identity of their own.`);
      }
      owner.set(identity, login);
    }
  }
}
