import { describe, expect, test } from '@jest/globals';
import { approverTeams } from '../../../src/core/policy/approvers.js';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import {
  CATALOG,
  FILES,
  IDENTITIES,
  SETTINGS,
  data,
  policyProblems,
  providers,
} from '../../support/core/policy-files.js';

describe('the data files of policies/', () => {
  test('bots are named by id, with the people behind them', () => {
    const settings = (bots: string) => ({ 'settings.yaml': `${SETTINGS}bots: ${bots}\n` });
    const named = '[{ id: 900, people: [{ login: alice, id: 101 }], because: weekly grants }]';
    const parsed = parsePolicyData({ ...FILES, ...settings(named) }, providers);
    expect(parsed.ok && parsed.value.settings.bots).toEqual([
      { id: 900, people: [{ login: 'alice', id: 101 }], because: 'weekly grants' },
    ]);
    for (const wrong of [
      '[{ id: helper, people: [{ login: alice, id: 101 }], because: x }]',
      '[{ id: 900, people: [], because: x }]',
      '[{ id: 900, people: [alice], because: x }]',
      '[{ id: 900, people: [{ login: alice, id: 101 }] }]',
    ])
      expect(parsePolicyData({ ...FILES, ...settings(wrong) }, providers).ok).toBe(false);
  });

  test('become the data that Rego and the providers read', () => {
    expect(data()).toEqual({
      settings: {
        teams: ['security', 'on-call'],
        policy_owners: { teams: ['root'], users: ['Zoe'], count: 3 },
        max_lead_seconds: 14 * 86_400,
        activate_within_seconds: 3600,
        ending_soon_seconds: 600,
        mass_ending: { share: 0.5, number: 20 },
        environments: {
          production: {
            max_duration_seconds: 8 * 3600,
            high_risk_max_duration_seconds: 2 * 3600,
            hours: { zone: 'Europe/Berlin', days: ['mon', 'fri'], from: '09:00', to: '18:00' },
          },
          no: {
            max_duration_seconds: 86_400,
            without_review: { per_person: 2, in_sum: 100 },
          },
        },
      },
      identities: {
        patterns: { postgres: '{login}' },
        people: {
          alice: { github_id: 101, at: { postgres: 'alice_s' } },
          bob: { github_id: 102, at: {} },
        },
      },
      catalog: {
        'orders-db': {
          name: 'orders-db',
          provider: 'postgres',
          owners: ['payments'],
          roles: {
            'read-only': {
              entitlement: {
                member_of: 'reader',
                keep_sessions: true,
                limit: '012',
                deep: { n: -3 },
              },
              risk: 'normal',
            },
            'read-write': { entitlement: { member_of: 'yes' }, risk: 'high' },
          },
          environments: { production: { target: 'orders' } },
          standing: [
            {
              environment: 'production',
              role: 'read-only',
              subjects: ['erin'],
              because: 'on-call lead',
            },
          ],
        },
      },
    });
  });

  test('invariant 9: approver teams are those of the settings, the owners and the policy owners', () => {
    expect(approverTeams(data())).toEqual(['on-call', 'payments', 'root', 'security']);
  });

  test('values with a default can be left out, and so can identities.yaml', () => {
    const text = 'teams: []\npolicy_owners: { users: [a] }\nmax_lead: 1d\nactivate_within: 1h\n';
    const parsed = parsePolicyData({ 'settings.yaml': `${text}environments: {}\n` }, providers);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        settings: {
          policy_owners: { teams: [], users: ['a'], count: 2 },
          ending_soon_seconds: 900,
          mass_ending: { share: 0.25, number: 10 },
        },
        identities: { patterns: {}, people: {} },
        catalog: {},
      },
    });
  });

  const settings = (from: string, to: string) => ({ 'settings.yaml': SETTINGS.replace(from, to) });
  const identities = (from: string, to: string) => ({
    'identities.yaml': IDENTITIES.replace(from, to),
  });
  const catalog = (from: string, to: string) => ({
    'catalog/orders-db.yaml': CATALOG.replace(from, to),
  });
  test.each<[string, Record<string, string>, string]>([
    ['no settings', { 'settings.yaml': '' }, 'settings.yaml:1 the file is empty'],
    [
      'an unknown key',
      settings('max_lead', 'max_led'),
      'settings.yaml:3 the key "max_led" is not allowed',
    ],
    [
      'a bad duration',
      settings('8h', '8'),
      'settings.yaml:8 environments.production.max_duration: "8"',
    ],
    ['a duration without end', settings('14d', 'P1Y'), 'settings.yaml:3 max_lead: "P1Y"'],
    [
      'no such zone',
      settings('Europe/Berlin', 'Mars/Base'),
      'settings.yaml:10 environments.production.hours.zone: "Mars/Base" is not known',
    ],
    [
      'an offset for a zone',
      settings('Europe/Berlin', '"+01:00"'),
      'settings.yaml:10 environments.production.hours.zone: "+01:00" is not known',
    ],
    [
      'hours over midnight',
      settings('"18:00"', '"08:00"'),
      'settings.yaml:10 environments.production.hours.to: "08:00" is not after',
    ],
    [
      'no such day',
      settings('fri', 'freitag'),
      'settings.yaml:10 environments.production.hours.days.2: "freitag" is not allowed',
    ],
    [
      'a day twice',
      settings('fri', 'mon'),
      'settings.yaml:10 environments.production.hours.days: a list is not allowed',
    ],
    [
      'an environment of all',
      settings('  no:', '  every:'),
      'settings.yaml:11 environments.every: "every" means all environments',
    ],
    [
      'an environment in capitals',
      settings('  no:', '  No:'),
      'settings.yaml:11 environments.No: the key "No" is not allowed',
    ],
    [
      'nobody to own policy',
      settings('teams: [root], users: [Zoe]', 'teams: [], users: []'),
      'settings.yaml:2 policy_owners: nobody could approve',
    ],
    [
      'a count of nobody',
      settings('count: 3', 'count: 0'),
      'settings.yaml:2 policy_owners.count: "0" is not allowed',
    ],
    [
      'a share of more',
      settings('0.5', '1.5'),
      'settings.yaml:5 mass_ending.share: "1.5" is not allowed',
    ],
    [
      'less than nothing without review',
      settings('per_person: 2', 'per_person: -1'),
      'settings.yaml:11 environments.no.without_review.per_person: "-1" is not allowed',
    ],
    [
      'an end that is announced a month before',
      settings('ending_soon: 10m', 'ending_soon: 30d'),
      'settings.yaml:12 ending_soon: 30d is too long. Use at most 7d before the end.',
    ],
    [
      'an end that is never announced',
      settings('ending_soon: 10m', 'ending_soon: 0s'),
      'settings.yaml:12 ending_soon: "0s"',
    ],
    [
      'an unknown provider',
      catalog('postgres', 'oracle'),
      'catalog/orders-db.yaml:1 provider: there is no provider "oracle". The providers: postgres, strict.',
    ],
    [
      'a bad entitlement',
      catalog('member_of: reader', 'member_of: 12'),
      'catalog/orders-db.yaml:4 roles.read-only.entitlement: member_of: must be text',
    ],
    [
      'an unknown environment',
      catalog('  production:', '  qa:'),
      'catalog/orders-db.yaml:7 environments.qa: settings.yaml has no environment "qa"',
    ],
    [
      'standing elsewhere',
      catalog('{ environment: production', '{ environment: no'),
      'catalog/orders-db.yaml:9 standing.1.environment: this file has no environment "no"',
    ],
    [
      'standing in no role',
      catalog('role: read-only', 'role: admin'),
      'catalog/orders-db.yaml:9 standing.1.role: this file has no role "admin"',
    ],
    [
      'risk',
      catalog('risk: high', 'risk: low'),
      'catalog/orders-db.yaml:5 roles.read-write.risk: "low" is not allowed. Use normal or high',
    ],
    [
      'a secret in a target',
      catalog('target: orders', 'url: x'),
      'catalog/orders-db.yaml:7 environments.production: the key "url" is not allowed',
    ],
    ['another file', { 'extra.yaml': 'a: b' }, 'extra.yaml:- Daypass does not read "extra.yaml"'],
    [
      'a resource in capitals',
      { 'catalog/Orders.yaml': CATALOG },
      'catalog/Orders.yaml:- Daypass does not read',
    ],
    [
      'a pattern of ids, and a standing subject without one',
      identities('"{login}"', '"{id}"'),
      'List the github_id under people',
    ],
    [
      'a pattern for everybody',
      identities('"{login}"', 'app'),
      'identities.yaml:1 patterns.postgres: the pattern "app" must contain',
    ],
    [
      'an unknown provider for a person',
      identities('postgres: alice_s', 'oracle: a'),
      'identities.yaml:3 people.Alice.oracle: there is no provider "oracle"',
    ],
    [
      'a person without id',
      identities('github_id: 102', 'postgres: b'),
      'identities.yaml:4 people.bob.github_id: is missing',
    ],
    [
      'an id that is none',
      identities('101', '1_01'),
      'identities.yaml:3 people.Alice.github_id: "1_01" is not allowed',
    ],
    [
      'an id twice',
      identities('102', '101'),
      'identities.yaml:4 people.bob: Alice has the same github_id',
    ],
    [
      'a login twice',
      identities('  bob', '  alice'),
      'identities.yaml:4 people.alice: this login is listed twice',
    ],
    [
      'two on one identity',
      identities('alice_s', 'bob'),
      'identities.yaml:4 people.bob: "bob" at postgres is both alice\'s and bob\'s',
    ],
    [
      'one on a standing identity',
      identities('alice_s', 'erin'),
      'identities.yaml:2 people.erin: "erin" at postgres is both alice\'s and erin\'s',
    ],
    [
      'a reserved identity',
      identities('alice_s', 'postgres'),
      'identities.yaml:2 people.alice: "postgres" at postgres is reserved',
    ],
  ])('%s is one problem on its line', (_, changed, start) => {
    const found = policyProblems(changed).filter((text) => text.startsWith(`policies/${start}`));
    expect(found.length ? found : policyProblems(changed)).toEqual([
      expect.stringContaining(start),
    ]);
  });

  test('the problems of all files are reported at once', () => {
    const all = policyProblems({
      ...settings('8h', '8'),
      ...catalog('high', 'low'),
      ...identities('101', 'x'),
    });
    expect(all).toHaveLength(3);
  });
});

describe('invariant 16: reading data files takes bounded time, because ends wait for it', () => {
  const identities = (people: number) =>
    Array.from(
      { length: people },
      (_, i) => `  u${i}: { github_id: ${i + 1000}, postgres: u${i}_s }\n`,
    ).join('');

  test('the data of a large company fits: three thousand people, or five hundred resources', () => {
    expect(policyProblems({ 'identities.yaml': `people:\n${identities(3_000)}` })).toEqual([]);
    const names = Array.from({ length: 500 }, (_, i) => `catalog/resource-${i}.yaml`);
    expect(policyProblems(Object.fromEntries(names.map((path) => [path, CATALOG])))).toEqual([]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['signs', { 'identities.yaml': `x: [${','.repeat(100_000)}]` }, 'identities.yaml'],
    [
      'signs in many files',
      Object.fromEntries(
        Array.from({ length: 20 }, (_, i) => [`catalog/r${i}.yaml`, `x: [${','.repeat(6_000)}]`]),
      ),
      'catalog/r16.yaml',
    ],
  ])('too many %s are refused before anything is built from them', (_, files, path) => {
    const most = '100,000';
    expect(policyProblems(files)).toEqual([
      `policies/${path}:- the data files together have more than ${most} words, signs and line breaks, which is the most allowed`,
    ]);
  });

  test('too many characters are refused', () => {
    const comment = `#${'x'.repeat(250_000)}\n`;
    const files = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`catalog/r${i}.yaml`, comment]));
    expect(policyProblems(files)).toEqual([
      'policies/catalog/r5.yaml:- the data files together have more than 1048576 characters, which is the most allowed',
    ]);
  });

  test('the problems of a tree with very many are cut to a readable number', () => {
    const files = Array.from({ length: 200 }, (_, i): [string, string] => [
      `catalog/r${i}.yaml`,
      'x: 1\n',
    ]);
    expect(policyProblems(Object.fromEntries(files)).length).toBeLessThan(60);
  });
});
