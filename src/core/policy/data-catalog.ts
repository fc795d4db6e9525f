import { z } from 'zod';
import type { Resource, Settings } from './catalog.js';
import { LOGIN, SLUG, TEAM } from '../reading/names.js';
import type { PolicyFile } from './data-file.js';
import type { OnGitHub } from './power.js';
import { own, quote, someOf } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';
import { listOf, mapping, name, named, textOf, word } from '../reading/shape.js';

/** What the catalog's data is checked with: the provider knows its own entitlements and identities. */
export interface CatalogProvider {
  readonly type: string;
  /** The problems of an entitlement in words. */
  check(entitlement: unknown): readonly string[];
  /** What is wrong with an identity there, in words; null for nothing. */
  checkIdentity(identity: string): string | null;
  /** What an entitlement that has passed `check` gives on GitHub; providers of GitHub have it (invariant 9). */
  onGitHub?(entitlement: Readonly<Record<string, unknown>>): OnGitHub;
}

export type CatalogProviders = Readonly<Record<string, CatalogProvider>>;

const entitlement = z.record(z.string(), z.unknown(), { error: "a mapping, the provider's own" });
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
  owners: listOf(name(TEAM), 'a list of at most 100 team slugs', 0, 100),
  roles: named(
    SLUG,
    mapping({ entitlement, risk: word(['normal', 'high']).optional() }).transform((role) => ({
      entitlement: role.entitlement,
      risk: role.risk ?? 'normal',
    })),
  ),
  environments: named(SLUG, mapping({ target: name(SLUG) })),
  standing: listOf(standing, 'a list of at most 1000 entries', 0, 1000).optional(),
});

/**
 * A resource by its file, with entitlements as its provider reads them; null where the provider is unknown.
 * `settings` is null where its own problems are told.
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
    const known = Object.keys(providers).sort().join(', ');
    file.say(['provider'], 'unknown_provider', `found ${quote(type)}; allowed is one of ${known}`);
    return null;
  }
  const roles = Object.fromEntries(
    Object.entries(file.value.roles).map(([role, { risk }]) => {
      const at = ['roles', role, 'entitlement'];
      const entitlement = file.typed(at) as Record<string, unknown>;
      for (const why of provider.check(entitlement)) file.say(at, 'wrong_value', why);
      return [role, { entitlement, risk }];
    }),
  );
  const known = someOf(Object.keys(settings?.environments ?? {}));
  for (const environment of Object.keys(environments)) {
    if (!settings || Object.hasOwn(settings.environments, environment)) continue;
    const found = `found ${quote(environment)}, which settings.yaml does not have`;
    const at = ['environments', environment];
    file.say(at, 'unknown_environment', `${found}; allowed is one of ${known}`);
  }
  for (const [index, { environment, role }] of standing.entries()) {
    const at = ['standing', index];
    oneOf(file, [...at, 'environment'], 'unknown_environment', environment, environments);
    oneOf(file, [...at, 'role'], 'unknown_role', role, roles);
  }
  return { name: resource, provider: type, owners, roles, environments, standing };
}

function oneOf(
  file: PolicyFile<unknown>,
  at: readonly PropertyKey[],
  code: ReasonCode,
  found: string,
  known: Readonly<Record<string, unknown>>,
): void {
  if (Object.hasOwn(known, found)) return;
  const allowed = `one of this file's ${someOf(Object.keys(known))}`;
  file.say(at, code, `found ${quote(found)}; allowed is ${allowed}`);
}
