import { typeAtUse, type PolicyData } from '../policy/catalog.js';
import { EVERY_ACTION } from '../policy/data-at-use.js';
import { own } from '../reading/problem.js';
import { PERSON, type AskedQuestion } from './asked.js';
import type { AskedSearch } from './authzen/search.js';
import type { Caller } from './callers.js';
import type { LiveGrants } from './live-grants.js';

/** Something that a search may find. */
interface Candidate {
  /** Where it is in the order of the search. */
  readonly place: string;
  /** The question to decide, and what is found where the answer is yes; null for whom the caller cannot name. */
  readonly if_allowed: { readonly asked: AskedQuestion; readonly result: FoundEntity } | null;
}

/** What a search finds, in the words of the enforcement point. */
export type FoundEntity =
  { readonly type: string; readonly id: string } | { readonly name: string };

/**
 * What a search has to decide, in its order, from where the page before ended: subjects with grants on the resource,
 * resources that the caller guards and the subject has grants on, or the actions that the catalog names. Everything else is
 * denied anyhow, and a caller learns nothing about what it does not guard (invariant 27).
 */
export function* candidatesOf(
  { searched, question, after }: Pick<AskedSearch, 'searched' | 'question' | 'after'>,
  { point, find, spell }: Caller,
  { catalog, grants }: Pick<PolicyData, 'catalog'> & { readonly grants: LiveGrants },
): Generator<Candidate> {
  const { subject, resource, action } = question;
  const guarded = new Set(point.guards.map((one) => one.resource));
  if (subject.type !== PERSON) return;
  if (searched === 'resource') {
    const id = find(subject.id);
    const mine = id === undefined ? [] : grants.resourcesOf(id);
    for (const name of sorted(mine, after)) {
      const found = guarded.has(name) && own(catalog, name);
      if (!found || typeAtUse(found) !== resource.type) continue;
      const asked = { ...question, resource: { ...resource, id: name } };
      yield { place: name, if_allowed: { asked, result: { type: resource.type, id: name } } };
    }
    return;
  }
  const place = guarded.has(resource.id) && own(catalog, resource.id);
  if (!place || typeAtUse(place) !== resource.type) return;
  if (searched === 'action') {
    for (const name of sorted(actionsOfAll(place.roles), after)) {
      const asked = { ...question, action: { ...action, name } };
      yield { place: name, if_allowed: { asked, result: { name } } };
    }
    return;
  }
  for (const github_id of upwards(grants.subjectsOf(resource.id), Number(after ?? 0))) {
    const id = spell(github_id);
    // A name that means somebody else, or nobody, when it is asked about is no result.
    const named = id !== undefined && find(id) === github_id;
    const asked = { ...question, subject: { ...subject, id: id ?? '' } };
    const if_allowed = named ? { asked, result: { type: PERSON, id } } : null;
    yield { place: String(github_id), if_allowed };
  }
}

function actionsOfAll(roles: PolicyData['catalog'][string]['roles']): readonly string[] {
  const all = Object.values(roles).flatMap(({ actions = [], commands = {}, routes = {} }) => [
    ...[...actions, ...Object.keys(commands), ...Object.keys(routes)],
  ]);
  return all.filter((name) => name !== EVERY_ACTION);
}

const sorted = (names: Iterable<string>, after: string | null): readonly string[] =>
  [...new Set(names)].filter((name) => after === null || name > after).sort();

function upwards(ids: ReadonlySet<number>, after: number): Float64Array {
  return Float64Array.from([...ids].filter((id) => id > after)).sort();
}
