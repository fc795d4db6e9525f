import { parsePolicyData } from '../../../src/core/policy/data.js';
import type { SlotProvider } from '../../../src/core/change/resolve.js';

/** The data files of a policy tree, and stand-ins for providers that know as much as the core asks. */
const provider: SlotProvider = {
  type: 'postgres',
  native_expiry: 'none',
  enforces_scope: false,
  ends_sessions: true,
  slot: (entitlement, identity) => ({
    object: String(entitlement['member_of']),
    identity,
    level: 'member',
    keep_sessions: entitlement['keep_sessions'] === true,
  }),
  check: (entitlement) =>
    typeof (entitlement as { member_of?: unknown }).member_of === 'string'
      ? []
      : ['member_of: must be text'],
  checkIdentity: (identity) => (identity === 'postgres' ? 'is reserved' : null),
};

/** `strict` is the same as `postgres`, but enforces a scope. */
export const providers: Readonly<Record<string, SlotProvider>> = {
  postgres: provider,
  strict: { ...provider, type: 'strict', enforces_scope: true },
};

export const SETTINGS = `teams: [security, on-call]
policy_owners: { teams: [root], users: [Zoe], count: 3 }
max_lead: 14d
activate_within: 1h
mass_ending: { share: 0.5, number: 20 }
environments:
  production:
    max_duration: 8h
    high_risk_max_duration: PT2H
    hours: { zone: Europe/Berlin, days: [mon, fri], from: "09:00", to: "18:00" }
  no: { max_duration: 1d, without_review: { per_person: 2 } }
ending_soon: 10m
`;
export const IDENTITIES = `patterns: { postgres: "{login}" }
people:
  Alice: { github_id: 101, postgres: alice_s }
  bob: { github_id: 102 }
`;
export const CATALOG = `provider: postgres
owners: [payments]
roles:
  read-only: { entitlement: { member_of: reader, keep_sessions: true, limit: 012, deep: { n: -3 } } }
  read-write: { entitlement: { member_of: "yes" }, risk: high }
environments:
  production: { target: orders }
standing:
  - { environment: production, role: read-only, subjects: [Erin], because: on-call lead }
`;
export const FILES = {
  'settings.yaml': SETTINGS,
  'identities.yaml': IDENTITIES,
  'catalog/orders-db.yaml': CATALOG,
};
export const policyProblems = (changed: Readonly<Record<string, string>>): string[] => {
  const parsed = parsePolicyData({ ...FILES, ...changed }, providers);
  if (parsed.ok) return [];
  return parsed.problems.map(({ path, line, message }) => `${path}:${line ?? '-'} ${message}`);
};
export const data = () => {
  const parsed = parsePolicyData(FILES, providers);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};
