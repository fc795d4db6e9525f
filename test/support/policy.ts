import { fileURLToPath } from 'node:url';
import type { PolicyData } from '../../src/core/catalog.js';
import type { LiveFacts, Moment, PolicyInput } from '../../src/core/facts.js';
import type { PolicyTree } from '../../src/ports.js';
import { readTree } from '../../src/adapters/opa/read-tree.js';

const hours = 3600;

/** The data of the starter policy, as its files are parsed. */
export const starterData: PolicyData = {
  settings: {
    teams: ['security', 'on-call'],
    policy_owners: { teams: ['security'], users: [], count: 2 },
    environments: {
      development: { max_duration_seconds: 8 * hours },
      production: {
        max_duration_seconds: 8 * hours,
        high_risk_max_duration_seconds: 2 * hours,
        hours: {
          zone: 'Europe/Berlin',
          days: ['mon', 'tue', 'wed', 'thu', 'fri'],
          from: '09:00',
          to: '18:00',
        },
      },
    },
    max_lead_seconds: 14 * 24 * hours,
    activate_within_seconds: hours,
    mass_ending: { share: 0.25, number: 10 },
  },
  identities: { patterns: { postgres: '{login}' }, people: {} },
  catalog: {
    'orders-db': {
      name: 'orders-db',
      provider: 'postgres',
      owners: ['payments'],
      roles: {
        'read-only': { entitlement: { member_of: 'orders_reader' }, risk: 'normal' },
        'read-write': { entitlement: { member_of: 'orders_writer' }, risk: 'high' },
      },
      environments: { development: { target: 'orders-dev' }, production: { target: 'orders' } },
      standing: [],
    },
  },
};

/** The tree `policies/` of this repository. */
export async function starterTree(): Promise<PolicyTree> {
  const folder = fileURLToPath(new URL('../../policies/', import.meta.url));
  return { id: 'starter', files: await readTree(folder) };
}

/** A Tuesday at this time in Berlin. */
export function at(hour: number, minute = 0, weekday = 'tue'): Moment {
  return {
    rfc3339: '2026-11-24T13:00:00Z',
    hour: 13,
    minute: 0,
    weekday: 'tue',
    zone: { name: 'Europe/Berlin', hour, minute, weekday },
  };
}

/** Alice asks for four hours of reading in production, on a Tuesday afternoon. */
export function request(environment = 'production'): PolicyInput {
  const path = `access-grants/${environment}/alice.yml`;
  return {
    change: { kind: 'added', path, environment, less: false },
    grant: {
      path,
      environment,
      resource: 'orders-db',
      role: 'read-only',
      subject_id: 101,
      reason: 'Slow order queries since the 14:10 deploy',
      ticket: 'INC-4821',
      break_glass: false,
      scope: null,
      starts_at: null,
      expires_at: null,
      duration_seconds: 4 * hours,
    },
    previous: null,
    subject: { id: 101, login: 'alice', member: true, teams: ['web'] },
    requester: { id: 101, login: 'alice', teams: ['web'] },
    contributors: [101],
    resource: { name: 'orders-db', provider: 'postgres', owners: ['payments'] },
    role: {
      name: 'read-only',
      risk: 'normal',
      native_expiry: 'none',
      enforces_scope: false,
    },
    settings: starterData.settings.environments[environment] ?? { max_duration_seconds: 8 * hours },
    pull_request: {
      number: 7,
      title: 'Read orders',
      url: 'https://github.test/acme/access/pull/7',
    },
    siblings: [],
    pending: [],
    live: [],
    history: [],
    covers_now: [],
    now: at(14),
  };
}

/** The grant of `request` as it is live, requested by grace (107). */
export function live(input: PolicyInput = request()): LiveFacts & { requester_id: number } {
  if (input.grant === null) throw new Error('nothing is asked for');
  return {
    ...input.grant,
    id: `${input.grant.path}@1f0c`,
    state: 'active',
    ends_at: '2026-11-24T17:00:00Z',
    requester_id: 107,
  };
}

/** A pull request of `requester` that takes the live grant of alice back. */
export function withdrawal(requester: PolicyInput['requester']): PolicyInput {
  const added = request();
  return {
    ...added,
    change: { ...added.change, kind: 'withdrawn', less: true },
    grant: null,
    previous: live(added),
    requester,
  };
}
