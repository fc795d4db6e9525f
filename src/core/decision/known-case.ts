import type { PolicyData } from '../policy/catalog.js';
import type { PolicyAnswer, PolicyInput } from './facts.js';
import { own } from '../reading/problem.js';

/** Something that policy was asked before: what another policy says of it shows what changes. */
export interface KnownCase {
  readonly path: string;
  readonly pull_request: number;
  readonly input: PolicyInput;
}

/** A known case of which two policies say different things. */
export interface CaseDifference {
  readonly path: string;
  readonly pull_request: number;
  readonly was: string;
  readonly is: string;
}

/** The same question with what other data say of its environment, resource and role. */
export function askedOf(input: PolicyInput, data: PolicyData): PolicyInput {
  const { change, resource, role } = input;
  const known = own(data.catalog, resource.name);
  return {
    ...input,
    settings: own(data.settings.environments, change.environment) ?? { max_duration_seconds: 0 },
    resource: { ...resource, owners: (known?.owners ?? []).toSorted() },
    role: { ...role, risk: (known && own(known.roles, role.name)?.risk) ?? role.risk },
  };
}

/** What an answer comes to before anybody has reviewed, in words: deny beats require beats approve. */
export function comesTo({ deny, require, approve }: PolicyAnswer): string {
  const rules = (all: readonly { readonly rule: string }[]) =>
    [...new Set(all.map(({ rule }) => rule))].sort().join(', ');
  if (deny.length > 0) return `denied by ${rules(deny)}`;
  if (require.length > 0) {
    const asked = require.map(({ any_of, count, rule }) => {
      const whom = [...any_of.teams, ...any_of.users].sort().join(' or ');
      return `${count} of ${whom} (${rule})`;
    });
    return `needs ${asked.sort().join(' and ')}`;
  }
  return approve.length > 0 ? `approved by ${rules(approve)}` : 'denied, as no rule speaks for it';
}
