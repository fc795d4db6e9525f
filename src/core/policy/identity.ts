import type { Identities } from './catalog.js';
import type { CatalogProvider } from './data-catalog.js';
import { namedIdentity } from './data-identities.js';
import { own, quote } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';

export type FoundIdentity =
  | { readonly ok: true; readonly identity: string }
  | { readonly ok: false; readonly code: ReasonCode; readonly why: string };

/**
 * Who a GitHub account is at a provider (invariant 6); where there is no target, the account itself. A person listed under `people` is known by id, whatever the
 * login; a login that is listed with another id is somebody else. A pattern never gives another person's identity.
 */
export function identityOf(
  identities: Identities,
  { type: provider, targetless }: Pick<CatalogProvider, 'type' | 'targetless'>,
  login: string,
  id: number,
): FoundIdentity {
  const refuse = (code: ReasonCode, why: string): FoundIdentity => ({ ok: false, code, why });
  const listed = own(identities.people, login.toLowerCase());
  if (listed && listed.github_id !== id) {
    const known = `identities.yaml knows ${login} as the GitHub account ${listed.github_id}`;
    return refuse('identity_taken', `${known}, but this is account ${id}`);
  }
  if (targetless) return { ok: true, identity: String(id) };
  const people = Object.entries(identities.people);
  const [mine] = people.find(([, person]) => person.github_id === id) ?? [login];
  const identity = namedIdentity(identities, provider, mine, id);
  if (identity === null)
    return refuse('no_identity', `identities.yaml has no identity for ${login} at ${provider}`);
  const other = people.find(
    ([name, person]) =>
      person.github_id !== id && namedIdentity(identities, provider, name) === identity,
  );
  if (!other) return { ok: true, identity };
  const theirs = `the identity ${quote(identity)} at ${provider} is ${other[0]}'s`;
  return refuse('identity_taken', `${theirs}, not ${login}'s`);
}
