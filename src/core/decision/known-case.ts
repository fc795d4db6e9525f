import type { PolicyData } from '../policy/catalog.js';
import type { PolicyAnswer, PolicyInput } from './facts.js';
import { own } from '../reading/problem.js';

/** A question that policy was asked before. Asking another policy the same shows what changes. */
export interface KnownCase {
  readonly path: string;
  readonly pull_request: number;
  readonly input: PolicyInput;
}

/** A known case on which two policies differ. */
export interface CaseDifference {
  readonly path: string;
  readonly pull_request: number;
  readonly was: string;
  readonly is: string;
}

/** The same question with the environment, resource and role of other policy data. */
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

/** The outcome of an answer before anybody has reviewed, in words: deny beats require beats approve. */
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
  return approve.length > 0
    ? `approved by ${rules(approve)}`
    : 'denied, because no rule approves it or asks for approvals';
}
