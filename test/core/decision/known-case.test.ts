import { describe, expect, test } from '@jest/globals';
import type { PolicyAnswer } from '../../../src/core/decision/facts.js';
import { askedOf, comesTo } from '../../../src/core/decision/known-case.js';
import { answer, requires } from '../../support/core/changes.js';
import { policy } from '../../support/core/comparing.js';
import { policyInput } from '../../../lab/acme/policy-input.js';

const said = (rule: string) => ({ rule, message: 'm' });

describe('what an answer means before anybody has reviewed', () => {
  const owner = requires('r/owner', { teams: ['payments', 'billing'] });
  const security = requires('r/security', { teams: ['security'], users: ['zoe'] });
  test.each<[string, Partial<PolicyAnswer>, string]>([
    ['nobody speaks', {}, 'denied, because no rule approves it or asks for approvals'],
    [
      'a denial beats all',
      { deny: [said('b'), said('a'), said('b')], require: [owner], approve: [said('c')] },
      'denied by a, b',
    ],
    [
      'a requirement beats approval',
      { require: [security, owner], approve: [said('c')] },
      'needs 1 of billing or payments (r/owner) and 1 of security or zoe (r/security)',
    ],
    ['approval', { approve: [said('c')] }, 'approved by c'],
    ['a warning changes nothing', { warn: [said('w')], approve: [said('c')] }, 'approved by c'],
  ])('%s', (_, more, words) => {
    expect(comesTo(answer(more))).toBe(words);
  });
});

describe('a known case with other policy data', () => {
  const of = (environment: string, resource: string, role: string) =>
    policyInput(`access-grants/${environment}/alice.yml`, {
      resource: { name: resource, provider: 'postgres', owners: ['old'] },
      role: { name: role, risk: 'high', native_expiry: 'none', enforces_scope: false },
    });
  const [name = ''] = Object.keys(policy.catalog);
  const known = policy.catalog[name];
  const [role = ''] = Object.keys(known?.roles ?? {});

  test('has the settings, owners and risk of that data', () => {
    expect(askedOf(of('production', name, role), policy)).toMatchObject({
      settings: policy.settings.environments['production'],
      resource: { owners: known?.owners },
      role: { risk: known?.roles[role]?.risk },
    });
  });

  test('an environment or resource that the data lacks allows nothing and has no owners', () => {
    expect(askedOf(of('nowhere', 'nothing', 'no-role'), policy)).toMatchObject({
      settings: { max_duration_seconds: 0 },
      resource: { owners: [] },
      role: { risk: 'high' },
    });
  });
});
