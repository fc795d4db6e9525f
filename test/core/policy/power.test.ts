import { describe, expect, test } from '@jest/globals';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import { teamsGiven } from '../../../src/core/policy/data-power.js';
import {
  powerOverDaypass,
  type FoundFamily,
  type OnGitHub,
} from '../../../src/core/policy/power.js';
import type { Team } from '../../../src/core/grant/person.js';
import { providers } from '../../../src/providers/list.js';

const ACCESS = 7000;
const one = (id: number, slug: string, writes = false) => ({ id, slug, writes });
const approver = (id: number, slug: string): Team => ({ id, slug, members: [], below: [] });
const orders: OnGitHub = { kind: 'team', name: 'Acme/orders', id: 1 };

const power = (given: OnGitHub, family?: FoundFamily, security = 9) => {
  const refused = powerOverDaypass(given, {
    repository_id: ACCESS,
    approvers: { security: approver(security, 'security'), gone: null },
    ids: { teams: { security, renamed: 8 } },
    families: family === undefined ? {} : { 'acme/orders': family },
  });
  expect(refused?.could_not_tell ?? false).toBe(
    refused?.why.includes('could not determine') ?? false,
  );
  return refused?.why ?? null;
};

describe('invariant 9: power over Daypass', () => {
  test.each<[string, FoundFamily | undefined, string | null]>([
    ['a team with nothing', { id: 1, teams: [one(1, 'orders'), one(2, 'eu')] }, null],
    ['a team of another organisation', 'elsewhere', null],
    [
      'a team above or below an approver team',
      { id: 1, teams: [one(1, 'orders'), one(9, 'security')] },
      'security, above or below the team Acme/orders, approves access',
    ],
    [
      "a team that had an approver's name when the policy came into force",
      { id: 1, teams: [one(1, 'orders'), one(8, 'other-name')] },
      'other-name, above or below the team Acme/orders, approves access',
    ],
    [
      'a team with write on the access repository',
      { id: 1, teams: [one(1, 'orders', true)] },
      'the team Acme/orders may write to the access repository',
    ],
    [
      'a team above or below such a team',
      { id: 1, teams: [one(1, 'orders'), one(3, 'eu', true)] },
      'eu, above or below the team Acme/orders, may write to the access repository',
    ],
    [
      'a team that is another by now',
      { id: 4, teams: [one(4, 'orders')] },
      'the catalog says that the team Acme/orders has the id 1, but GitHub says 4',
    ],
    [
      'a list that was cut',
      { unknown: 'GitHub cut a list' },
      'Daypass could not determine whether the team Acme/orders has power over it: GitHub cut a list',
    ],
    [
      'nothing known',
      undefined,
      'Daypass could not determine whether the team Acme/orders has power over it: it was not looked up',
    ],
  ])('%s', (_, family, why) => {
    expect(power(orders, family)).toBe(why);
  });

  test('an approver team is recognised by its id, whatever its name', () => {
    const family = { id: 1, teams: [one(1, 'orders')] };
    expect(power(orders, family, 1)).toBe('the team Acme/orders approves access');
  });

  test('the access repository is recognised by its id', () => {
    const given: OnGitHub = { kind: 'repository', name: 'acme/renamed', id: ACCESS };
    expect(power(given)).toBe('acme/renamed is the access repository');
    expect(power({ ...given, id: 7001 })).toBeNull();
  });
});

const SETTINGS = `teams: [security]
policy_owners: { teams: [platform] }
max_lead: 1d
activate_within: 1h
environments: { production: { max_duration: 8h } }
`;
const teamFile = (...roles: string[]) => `provider: github-team
owners: [payments]
roles:
${roles.map((team, i) => `  r${i}: { entitlement: { team: ${team}, team_id: ${i + 1}, role: member } }`).join('\n')}
environments: { production: { target: acme } }
`;
const repositoryFile = (name: string) => `provider: github-collaborator
owners: [payments]
roles:
  push: { entitlement: { repository: ${name}, repository_id: 7, permission: push } }
environments: { production: { target: acme } }
`;
const read = (files: Readonly<Record<string, string>>, access: string | null = 'acme/access') =>
  parsePolicyData({ 'settings.yaml': SETTINGS, ...files }, providers, access);
const problems = (files: Readonly<Record<string, string>>, access?: string | null) => {
  const parsed = read(files, access);
  return parsed.ok ? [] : parsed.problems.map((p) => `${p.path}:${p.line}: ${p.message}`);
};

describe('invariant 9: a catalog that can be refused by its names alone', () => {
  test.each(['security', 'platform', 'payments'])('must not give the approver team %s', (slug) => {
    expect(problems({ 'catalog/x.yaml': teamFile('acme/orders', `Acme/${slug}`) })).toEqual([
      `policies/catalog/x.yaml:5: roles.r1.entitlement: gives power over Daypass: the team "Acme/${slug}", which approves access. No role may do that.`,
    ]);
  });

  test('must not give the access repository', () => {
    expect(problems({ 'catalog/x.yaml': repositoryFile('Acme/Access') })).toEqual([
      'policies/catalog/x.yaml:4: roles.push.entitlement: gives power over Daypass: "Acme/Access", the access repository itself. No role may do that.',
    ]);
  });

  test('may give other teams, and a team of the same name in another organisation', () => {
    const files = {
      'catalog/x.yaml': teamFile('acme/orders', 'other/security'),
      'catalog/y.yaml': repositoryFile('acme/access-logs'),
    };
    expect(problems(files)).toEqual([]);
    // Without the name of the access repository, names show nothing.
    expect(problems({ 'catalog/x.yaml': teamFile('acme/security') }, null)).toEqual([]);
  });

  test('says which teams each resource may give', () => {
    const parsed = read({
      'catalog/x.yaml': teamFile('acme/orders', 'acme/billing', 'acme/orders'),
      'catalog/y.yaml': repositoryFile('acme/orders'),
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(teamsGiven(parsed.value, providers)).toEqual({ x: ['acme/billing', 'acme/orders'] });
  });
});
