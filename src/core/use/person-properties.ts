import type { Identities, PersonProperties } from '../policy/catalog.js';

/** By the identities of a policy, which stay as they are: going through everybody is done once. */
const known = new WeakMap<Identities, ReadonlyMap<number, PersonProperties>>();

/** What identities.yaml says of the person with a numeric GitHub id: reviewed, whatever a question carries. */
export function personProperties(identities: Identities, github_id: number): PersonProperties {
  let byId = known.get(identities);
  if (!byId) {
    const people = Object.values(identities.people);
    byId = new Map(
      people.flatMap((one) => (one.properties ? [[one.github_id, one.properties]] : [])),
    );
    known.set(identities, byId);
  }
  return byId.get(github_id) ?? {};
}
