import type { AtUse } from '../grant/at-use.js';
import { canonical } from '../reading/canonical.js';
import { own, someOf, type Problem } from '../reading/problem.js';
import {
  targetIn,
  type OfferedRole,
  type PolicyData,
  type Resource,
  type Standing,
} from './catalog.js';

/** What is asked of a provider to say what a catalog can give. */
export interface ReachProvider {
  slot(
    entitlement: Readonly<Record<string, unknown>>,
    identity: string,
    offered: OfferedRole,
  ): { readonly object: string };
  /** Providers on GitHub have it: their targets are whole organisations. */
  readonly onGitHub?: unknown;
}

export type ReachProviders = Readonly<Record<string, ReachProvider>>;

/** What one role of a resource gives in one environment. */
interface Reach {
  readonly resource: string;
  readonly environment: string;
  readonly role: string;
  readonly provider: string;
  readonly target: string;
  /** What in the target it gives access to; null where the provider is unknown here. */
  readonly object: string | null;
  readonly entitlement: Readonly<Record<string, unknown>>;
  /** What it allows at use. */
  readonly at_use: AtUse;
}

/** Everything that a catalog can give. */
function reachOf(
  { catalog }: Pick<PolicyData, 'catalog'>,
  providers: ReachProviders,
): readonly Reach[] {
  return Object.values(catalog).flatMap(({ name, provider, roles, environments }) =>
    Object.keys(environments).flatMap((environment) =>
      Object.entries(roles).map(([role, { entitlement, risk: _, ...at_use }]): Reach => {
        const offered = { resource: name, environment, role };
        const target = targetIn({ name, environments }, environment) ?? name;
        const object = own(providers, provider)?.slot(entitlement, '', offered).object ?? null;
        return { ...offered, provider, target, object, entitlement, at_use };
      }),
    ),
  );
}

/**
 * The names of the resources of `inForce` whose slots or target a new catalog newly reaches from another resource, in
 * order: a target that the other resource did not name before concerns every resource that names it, a new object only
 * those that name the object, as does standing access that is new, gone or other. On GitHub, where a target is a whole
 * organisation, it is the object alone. `any` says whether the catalog reaches anything new at all.
 */
export function reachedAnew(
  inForce: Pick<PolicyData, 'catalog'>,
  given: Pick<PolicyData, 'catalog'>,
  providers: ReachProviders,
): { readonly any: boolean; readonly concerned: readonly string[] } {
  const before = reachOf(inForce, providers);
  const after = reachOf(given, providers);
  const known = new Set(before.map((reach) => canonical(reach)));
  const fresh = after.filter((reach) => !known.has(canonical(reach)));
  const standing = standingChanged(inForce, given, [...before, ...after]);
  const sameTarget = (one: Reach, other: Reach) =>
    one.provider === other.provider && one.target === other.target;
  const sameSlot = (one: Reach, other: Reach) =>
    sameTarget(one, other) && (one.object === null || one.object === other.object);
  const touches = (reach: Reach) => {
    const named = before.some((b) => b.resource === reach.resource && sameTarget(b, reach));
    const wide = !named && own(providers, reach.provider)?.onGitHub === undefined;
    return before.filter((other) => (wide ? sameTarget(reach, other) : sameSlot(reach, other)));
  };
  const concerned = [
    ...fresh.flatMap((reach) => touches(reach).filter((b) => b.resource !== reach.resource)),
    ...standing.reaches.flatMap((reach) =>
      before.filter((b) => b.resource !== reach.resource && sameSlot(reach, b)),
    ),
  ];
  return {
    any: fresh.length > 0 || standing.changed,
    concerned: [...new Set(concerned.map(({ resource }) => resource))].sort(),
  };
}

/** Whether standing access differs, and what its entries that are new or gone give. */
function standingChanged(
  inForce: Pick<PolicyData, 'catalog'>,
  given: Pick<PolicyData, 'catalog'>,
  reaches: readonly Reach[],
): { readonly changed: boolean; readonly reaches: readonly Reach[] } {
  const of = ({ catalog }: Pick<PolicyData, 'catalog'>) =>
    new Map(
      Object.values(catalog).flatMap(({ name, standing }) =>
        standing.map((entry) => [canonical({ name, entry }), { name, entry }] as const),
      ),
    );
  const [before, after] = [of(inForce), of(given)];
  const differing: { name: Resource['name']; entry: Standing }[] = [
    ...[...after].filter(([key]) => !before.has(key)),
    ...[...before].filter(([key]) => !after.has(key)),
  ].map(([, one]) => one);
  return {
    changed: differing.length > 0,
    reaches: differing.flatMap(({ name, entry }) =>
      reaches.filter(
        ({ resource, environment, role }) =>
          resource === name && environment === entry.environment && role === entry.role,
      ),
    ),
  };
}

/**
 * A target that several environments use although settings do not bind it: it belongs to one of them, and the others'
 * rules would say who gets access there.
 */
export function unboundTargets({ settings, catalog }: PolicyData): readonly Problem[] {
  const used = new Map<string, Map<string, string[]>>();
  for (const { name, environments } of Object.values(catalog)) {
    for (const [environment, { target }] of Object.entries(environments)) {
      if (target === undefined || own(settings.targets ?? {}, target)) continue;
      const uses = used.get(target) ?? new Map<string, string[]>();
      uses.set(environment, [...(uses.get(environment) ?? []), name]);
      used.set(target, uses);
    }
  }
  return [...used].flatMap(([target, uses]): readonly Problem[] => {
    if (uses.size === 1) return [];
    const where = [...uses].map(([environment, names]) => `${environment} (${someOf(names)})`);
    const bound = `targets: { ${target}: [${[...uses.keys()].join(', ')}] }`;
    const message = `the target ${target} is used in ${where.join(' and ')}. A target belongs to one environment. Use another one, or bind it to both with "${bound}".`;
    return [{ path: 'policies/settings.yaml', line: null, code: 'target_elsewhere', message }];
  });
}
