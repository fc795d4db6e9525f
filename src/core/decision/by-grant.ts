import { LIVE_STATES, type GrantRecord } from '../grant/record.js';
import type { Team } from '../grant/person.js';
import type { CatalogProviders } from '../policy/data-catalog.js';
import { own } from '../reading/problem.js';

/**
 * Teams without the members who are in them only by a live grant (invariant 4), either of the team itself or of one below
 * it, whose members are its members too. People who were in the granted team before its first grant stay. `by_grant` has
 * the ids of those left out.
 */
export function withoutGranted(
  teams: Readonly<Record<string, Team | null>>,
  live: readonly GrantRecord[],
  providers: CatalogProviders,
): {
  readonly teams: Readonly<Record<string, Team | null>>;
  readonly by_grant: ReadonlySet<number>;
} {
  const granted = live.flatMap((grant) => {
    const { state, entitled, baseline, subject } = grant;
    if (!entitled || state === 'scheduled' || !LIVE_STATES.includes(state)) return [];
    const given = own(providers, entitled.slot.provider)?.onGitHub?.(entitled.entitlement);
    const before = baseline.some(({ origin }) => origin === 'ours' || origin === 'standing');
    return given?.kind === 'team' && !before ? [{ team: given.id, person: subject.id }] : [];
  });
  const by_grant = new Set<number>();
  const without = (team: Team): Team => {
    const among = granted.filter((one) => one.team === team.id || team.below.includes(one.team));
    const left = new Set(among.map(({ person }) => person));
    const members = team.members.filter(({ id }) => !left.has(id));
    for (const { id } of team.members) if (left.has(id)) by_grant.add(id);
    return { ...team, members };
  };
  const kept = Object.entries(teams).map(([slug, team]) => [slug, team && without(team)] as const);
  return { teams: Object.fromEntries(kept), by_grant };
}
