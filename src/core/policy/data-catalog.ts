import { z } from 'zod';
import type { Resource, Settings } from './catalog.js';
import { AT_USE, checkAtUse } from './data-at-use.js';
import { LOGIN, SLUG, TEAM, TYPE } from '../reading/names.js';
import type { PolicyFile } from './data-file.js';
import type { OnGitHub } from './power.js';
import { own, quote, someOf } from '../reading/problem.js';
import { listOf, mapping, name, named, textOf, word } from '../reading/shape.js';

/** What the catalog is checked with: each provider knows its own entitlements and identities. */
export interface CatalogProvider {
  readonly type: string;
  /** Access exists only where Daypass is asked: resources name no target, and people are known by their GitHub id. */
  readonly targetless?: true;
  /** What is wrong with an entitlement, in words. */
  check(entitlement: unknown): readonly string[];
  /** What is wrong with an identity there, in words; null for nothing. */
  checkIdentity(identity: string): string | null;
  /** For providers of GitHub: what an entitlement that passed `check` gives there (invariant 9). */
  onGitHub?(entitlement: Readonly<Record<string, unknown>>): OnGitHub;
}

export type CatalogProviders = Readonly<Record<string, CatalogProvider>>;

const ENTITLEMENT = "a mapping in the provider's form";
const entitlement = z.record(z.string(), z.unknown(), { error: ENTITLEMENT });
const login = name(LOGIN).transform((login) => login.toLowerCase());

const standing = mapping({
  environment: name(SLUG),
  role: name(SLUG),
  subjects: listOf(login, 'a list of 1 to 1000 logins', 1, 1000),
  because: textOf(500, { lines: true }),
});

/** `policies/catalog/<resource>.yaml`. */
export const RESOURCE = mapping({
  provider: name(SLUG),
  type: name(TYPE).optional(),
  owners: listOf(name(TEAM), 'a list of at most 100 team slugs', 0, 100),
  roles: named(
    SLUG,
    mapping({
      entitlement: entitlement.optional(),
      risk: word(['normal', 'high']).optional(),
      ...AT_USE,
    }).transform(({ entitlement, risk = 'normal', ...at_use }) => ({ entitlement, risk, at_use })),
  ),
  environments: named(SLUG, mapping({ target: name(SLUG).optional() })),
  standing: listOf(standing, 'a list of at most 1000 entries', 0, 1000).optional(),
});

/**
 * Reads a resource from its file, with entitlements in the provider's form; null where the provider is unknown.
 * `settings` is null where it has problems of its own.
 */
export function resourceOf(
  resource: string,
  file: PolicyFile<z.output<typeof RESOURCE>>,
  providers: CatalogProviders,
  settings: Settings | null,
): Resource | null {
  const { provider: type, owners, environments, standing = [] } = file.value;
  const provider = own(providers, type);
  if (!provider) {
    file.say(['provider'], 'unknown_provider', unknownProvider(type, providers));
    return null;
  }
  const roles = Object.fromEntries(
    Object.entries(file.value.roles).map(([role, { entitlement: given, risk, at_use }]) => {
      const at = ['roles', role, 'entitlement'];
      const entitlement = given ? (file.typed(at) as Record<string, unknown>) : {};
      if (!given && !provider.targetless)
        file.say(at, 'missing_key', `is missing. Use ${ENTITLEMENT}.`);
      else for (const why of provider.check(entitlement)) file.say(at, 'wrong_value', why);
      checkAtUse(file, ['roles', role], at_use);
      return [role, { entitlement, risk, ...at_use }];
    }),
  );
  const known = someOf(Object.keys(settings?.environments ?? {}));
  for (const environment of Object.keys(environments)) {
    if (!settings || Object.hasOwn(settings.environments, environment)) continue;
    const missing = `settings.yaml has no environment ${quote(environment)}`;
    const at = ['environments', environment];
    file.say(at, 'unknown_environment', `${missing}. Its environments: ${known}.`);
  }
  checkTargets(file, provider, settings);
  if (provider.targetless && standing.length > 0) {
    const message = `a ${type} resource has no standing access: without a grant nothing is allowed. Remove it.`;
    file.say(['standing'], 'wrong_value', message);
  }
  for (const [index, { environment, role }] of standing.entries()) {
    const at = ['standing', index];
    oneOf(file, at, 'environment', environment, environments);
    oneOf(file, at, 'role', role, roles);
  }
  const kind = file.value.type;
  return {
    ...{ name: resource, provider: type, ...(kind !== undefined && { type: kind }) },
    ...{ owners, roles, environments, standing },
  };
}

/** Every environment names a target that belongs to it, or none where the provider has no targets. */
function checkTargets(
  file: PolicyFile<z.output<typeof RESOURCE>>,
  { type, targetless }: CatalogProvider,
  settings: Settings | null,
): void {
  for (const [environment, { target }] of Object.entries(file.value.environments)) {
    const at = ['environments', environment, 'target'];
    if (targetless) {
      const message = `a ${type} resource has no target: Daypass itself is asked. Remove the key.`;
      if (target !== undefined) file.say(at, 'unknown_key', message);
      continue;
    }
    if (target === undefined) {
      file.say(at, 'missing_key', `is missing. Use ${SLUG.allowed}.`);
      continue;
    }
    const bound = own(settings?.targets ?? {}, target);
    if (!bound || bound.includes(environment)) continue;
    const only = `settings.yaml binds the target ${quote(target)} to ${someOf(bound)}`;
    const message = `${only}, so it cannot be used in ${quote(environment)}`;
    file.say(at, 'target_elsewhere', message);
  }
}

function oneOf(
  file: PolicyFile<unknown>,
  at: readonly PropertyKey[],
  key: 'environment' | 'role',
  found: string,
  known: Readonly<Record<string, unknown>>,
): void {
  if (Object.hasOwn(known, found)) return;
  const message = `this file has no ${key} ${quote(found)}. Its ${key}s: ${someOf(Object.keys(known))}.`;
  file.say([...at, key], `unknown_${key}`, message);
}

/** The message about a provider that does not exist. */
export function unknownProvider(type: string, providers: CatalogProviders): string {
  const known = Object.keys(providers).sort().join(', ');
  return `there is no provider ${quote(type)}. The providers: ${known}.`;
}
