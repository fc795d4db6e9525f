import { targetIn, type OfferedRole, type PolicyData } from './catalog.js';
import type { SlotName } from '../grant/effect.js';
import { namedIdentity } from './data-identities.js';

/** The part of a provider that finds the slot of an entitlement. */
interface Slots {
  slot(
    entitlement: Readonly<Record<string, unknown>>,
    identity: string,
    offered: OfferedRole,
  ): { readonly object: string; readonly identity: string; readonly level: string };
}

/**
 * The levels that `catalog.standing` gives to an identity on an object (invariant 15), each with the name of
 * its target: several names may lead to one slot.
 */
export function standingOn(
  data: PolicyData,
  providers: Readonly<Record<string, Slots>>,
  slot: Omit<SlotName, 'target'>,
): readonly { readonly target: string; readonly level: string }[] {
  const provider = providers[slot.provider];
  if (!provider) return [];
  return Object.values(data.catalog)
    .filter((resource) => resource.provider === slot.provider)
    .flatMap((resource) =>
      resource.standing.flatMap((s) => {
        const role = resource.roles[s.role];
        const target = targetIn(resource, s.environment);
        if (!role || target === null) return [];
        return s.subjects
          .map((login) => namedIdentity(data.identities, slot.provider, login))
          .filter((identity) => identity !== null)
          .map((identity) =>
            provider.slot(role.entitlement, identity, { ...s, resource: resource.name }),
          )
          .filter((found) => found.object === slot.object && found.identity === slot.identity)
          .map(({ level }) => ({ target, level }));
      }),
    );
}
