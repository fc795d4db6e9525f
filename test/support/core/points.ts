import { parsePolicyData } from '../../../src/core/policy/data.js';
import { guarded } from '../../../src/providers/guarded/guarded.js';
import { FILES, providers as fakes } from './policy-files.js';

const providers = { ...fakes, guarded };
/** A guarded resource, which they guard besides orders-db. */
export const CI = `provider: guarded
owners: [payments]
roles:
  rerun: { actions: [rerun] }
environments: { production: {}, no: {} }
`;
/** Three enforcement points, which cover all spellings. */
export const POINTS = `points:
  orders-api:
    speaks: authzen
    guards:
      - { resource: orders-ci, environments: [production, no] }
      - { resource: orders-db, environments: [production] }
    environment: production
    subject: person
    credential: token
  mesh:
    speaks: authzen
    guards: [{ resource: orders-ci, environments: [no] }]
    subject: { identity: postgres }
    credential: { mtls: "spiffe://acme/orders-api" }
  jobs:
    speaks: authzen
    guards: [{ resource: orders-ci, environments: [no] }]
    subject: { claim: actor_id }
    credential:
      oidc:
        issuer: https://token.actions.githubusercontent.com
        audience: daypass
        claims: { repository_id: 4711, environment: prod }
`;

/** Reads policy data with these enforcement points. */
export function parsePoints(points: string, more: Readonly<Record<string, string>> = {}) {
  const files = { ...FILES, 'catalog/orders-ci.yaml': CI, 'enforcement.yaml': points, ...more };
  return parsePolicyData(files, providers);
}

/** What is wrong with them, as `path:line code message`. */
export function problemsOf(points: string, more: Readonly<Record<string, string>> = {}): string[] {
  const parsed = parsePoints(points, more);
  if (parsed.ok) return [];
  return parsed.problems.map(
    ({ path, line, code, message }) => `${path}:${line ?? '-'} ${code} ${message}`,
  );
}

/** A file of enforcement points in JSON, which YAML is too. */
export const file = (points: Readonly<Record<string, unknown>>) => JSON.stringify({ points });
export const point = (changed: object = {}) => ({
  speaks: 'authzen',
  guards: [{ resource: 'orders-ci', environments: ['no'] }],
  subject: 'github_id',
  credential: 'token',
  ...changed,
});
export const oidc = (claims: object, changed: object = {}) => ({
  credential: {
    oidc: { issuer: 'https://id.example.org', audience: 'daypass', claims, ...changed },
  },
});
export const GITHUB = { issuer: 'https://token.actions.githubusercontent.com' };
