import { describe, expect, test } from '@jest/globals';
import type { PolicyData } from '../../../src/core/policy/catalog.js';
import { standingOn } from '../../../src/core/policy/standing.js';

const providers = {
  postgres: {
    slot: (entitlement: Readonly<Record<string, unknown>>, identity: string) => ({
      object: String(entitlement.member_of),
      identity,
      level: 'member',
    }),
  },
};

/** Two resources whose roles are one object under two target names. */
function data(): PolicyData {
  const resource = (name: string, target: string) => ({
    name,
    provider: 'postgres',
    owners: ['payments'],
    roles: { reader: { entitlement: { member_of: 'orders_reader' }, risk: 'normal' as const } },
    environments: { production: { target } },
    standing: [
      { environment: 'production', role: 'reader', subjects: ['erin'], because: 'on-call lead' },
      {
        environment: 'production',
        role: 'unknown',
        subjects: ['erin'],
        because: 'a role that went',
      },
    ],
  });
  return {
    settings: {
      teams: [],
      policy_owners: { teams: ['security'], users: [], count: 2 },
      environments: { production: { max_duration_seconds: 3600 } },
      max_lead_seconds: 3600,
      activate_within_seconds: 3600,
      ending_soon_seconds: 900,
      mass_ending: { share: 0.25, number: 10 },
    },
    identities: {
      patterns: { postgres: '{login}' },
      people: { erin: { github_id: 105, at: { postgres: 'erin_s' } } },
    },
    catalog: { orders: resource('orders', 'orders'), copy: resource('copy', 'orders-copy') },
  };
}

describe('invariant 15: what standing lists for a slot', () => {
  const slot = { provider: 'postgres', object: 'orders_reader', identity: 'erin_s' };
  test.each([
    [
      'every name that leads to the object',
      slot,
      [
        { target: 'orders', level: 'member' },
        { target: 'orders-copy', level: 'member' },
      ],
    ],
    ['another identity', { ...slot, identity: 'erin' }, []],
    ['another object', { ...slot, object: 'orders_writer' }, []],
    ['a provider that is not there', { ...slot, provider: 'github-team' }, []],
  ])('%s', (_, asked, expected) => {
    expect(standingOn(data(), providers, asked)).toEqual(expected);
  });
});
