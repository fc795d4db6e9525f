import type { PolicyData, Resource } from './catalog.js';
import type { CatalogProviders } from './data-catalog.js';
import type { PolicyFile } from './data-file.js';
import type { OnGitHub } from './power.js';
import { own, quote } from '../reading/problem.js';

/**
 * Refuses roles whose names alone show that they would give power over Daypass: the access repository, and approver
 * teams of its owner (invariant 9). What only GitHub knows, by ids, is asked with each change (`powerOverDaypass`).
 */
export function checkPower(
  { resource, file }: { readonly resource: Resource; readonly file: PolicyFile<unknown> },
  providers: CatalogProviders,
  governs: { readonly repository: string; readonly teams: ReadonlySet<string> },
): void {
  const repository = governs.repository.toLowerCase();
  const [owner = ''] = repository.split('/');
  for (const [role, { entitlement }] of Object.entries(resource.roles)) {
    const given = own(providers, resource.provider)?.onGitHub?.(entitlement);
    if (!given) continue;
    const name = given.name.toLowerCase();
    const slug = name.startsWith(`${owner}/`) ? name.slice(owner.length + 1) : '';
    const refused = given.kind === 'team' ? governs.teams.has(slug) : name === repository;
    if (!refused) continue;
    const what =
      given.kind === 'team'
        ? `the team ${quote(given.name)}, which approves access`
        : `${quote(given.name)}, the access repository itself`;
    const message = `gives power over Daypass: ${what}. No role may do that.`;
    file.say(['roles', role, 'entitlement'], 'power_over_daypass', message);
  }
}

/** The teams that each resource of a catalog can give, as `organisation/slug`; resources without any are left out. */
export function teamsGiven(
  { catalog }: Pick<PolicyData, 'catalog'>,
  providers: CatalogProviders,
): Readonly<Record<string, readonly string[]>> {
  const named = Object.values(catalog).map(({ name, provider, roles }) => {
    const given = Object.values(roles)
      .map(({ entitlement }): OnGitHub | undefined =>
        own(providers, provider)?.onGitHub?.(entitlement),
      )
      .filter((one) => one?.kind === 'team')
      .map((one) => one?.name ?? '');
    return [name, [...new Set(given)].sort()] as const;
  });
  return Object.fromEntries(named.filter(([, teams]) => teams.length > 0));
}
