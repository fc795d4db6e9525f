import { describe, expect, test } from '@jest/globals';
import type { PolicyData, Resource } from '../../../src/core/policy/catalog.js';
import { obstacles } from '../../../src/core/policy/obstacles.js';
import { reachedAnew } from '../../../src/core/policy/targets.js';
import {
  CATALOG,
  data,
  policyProblems,
  providers,
  SETTINGS,
} from '../../support/core/policy-files.js';

const role = (member_of: string, more: object = {}) => ({
  entitlement: { member_of, ...more },
  risk: 'normal' as const,
});
const resource = (name: string, more: Partial<Resource> = {}): Resource => ({
  name,
  provider: 'postgres',
  owners: [`${name}-owners`],
  roles: { read: role(`${name}_reader`) },
  environments: { production: { target: name } },
  standing: [],
  ...more,
});
const catalog = (...all: readonly Resource[]) => ({
  catalog: Object.fromEntries(all.map((one) => [one.name, one])),
});

const orders = resource('orders');
const sandbox = resource('sandbox');
const onOrders = { production: { target: 'orders' } };
const standing = (of: string) => [
  { environment: 'production', role: 'read', subjects: [of], because: 'on call' },
];

describe('invariant 2: what a catalog newly reaches', () => {
  test.each<[string, Resource, boolean, readonly string[]]>([
    ['nothing', sandbox, false, []],
    ['other words, owners and risk', { ...sandbox, owners: ['x'] }, false, []],
    ['less: a role is gone', { ...sandbox, roles: {} }, false, []],
    ['another object on its own target', { ...sandbox, roles: { read: role('admin') } }, true, []],
    [
      'an entitlement with another word for the same object',
      { ...sandbox, roles: { read: role('sandbox_reader', { keep_sessions: true }) } },
      true,
      [],
    ],
    [
      'a role by another name for the same',
      { ...sandbox, roles: { ...sandbox.roles, other: role('sandbox_reader') } },
      true,
      [],
    ],
    [
      'another environment',
      { ...sandbox, environments: { ...sandbox.environments, no: { target: 'sandbox' } } },
      true,
      [],
    ],
    ['the target of another resource', { ...sandbox, environments: onOrders }, true, ['orders']],
    [
      'the target of another resource through another provider, which is another target',
      { ...sandbox, provider: 'strict', environments: onOrders },
      true,
      [],
    ],
    ['standing access of its own', { ...sandbox, standing: standing('erin') }, true, []],
  ])('%s', (_, given, any, concerned) => {
    expect(reachedAnew(catalog(orders, sandbox), catalog(orders, given), providers)).toEqual({
      any,
      concerned,
    });
  });

  test('on a target that both have, a new object concerns those who name it', () => {
    const shared = { ...sandbox, environments: onOrders };
    const before = catalog(orders, shared);
    const reach = (read: string, of: Partial<Resource> = {}) =>
      reachedAnew(
        before,
        catalog(orders, { ...shared, roles: { read: role(read) }, ...of }),
        providers,
      );
    expect(reach('sandbox_writer').concerned).toEqual([]);
    expect(reach('orders_reader').concerned).toEqual(['orders']);
    const both = { ...shared, roles: { read: role('orders_reader') } };
    const stands = catalog(orders, { ...both, standing: standing('erin') });
    expect(reachedAnew(catalog(orders, both), stands, providers)).toEqual({
      any: true,
      concerned: ['orders'],
    });
    expect(reachedAnew(stands, catalog(orders, both), providers).concerned).toEqual(['orders']);
  });

  test('on GitHub, where a target is an organisation, only the object counts', () => {
    const github = { postgres: { ...providers['postgres'], onGitHub: () => null } } as never;
    const anew = (of: string) =>
      reachedAnew(
        catalog(orders, sandbox),
        catalog(orders, { ...sandbox, environments: onOrders, roles: { read: role(of) } }),
        github,
      ).concerned;
    expect(anew('sandbox_reader')).toEqual([]);
    expect(anew('orders_reader')).toEqual(['orders']);
  });

  test('of a provider that is unknown here, the whole target counts', () => {
    const shared = { ...sandbox, environments: onOrders };
    const given = catalog(orders, { ...shared, roles: { read: role('other') } });
    expect(reachedAnew(catalog(orders, shared), given, {}).concerned).toEqual(['orders']);
  });
});

describe('invariant 2: a target belongs to its environments', () => {
  const bound = (targets: string) => ({ 'settings.yaml': `${SETTINGS}targets: ${targets}\n` });
  const CATALOG_LINE = /catalog\/orders-db\.yaml:\d+ environments\.production\.target: /;

  test.each<[string, string, readonly RegExp[]]>([
    ['bound to the environment that uses it', '{ orders: [production, no] }', []],
    ['not bound', '{ other: [no] }', []],
    [
      'bound elsewhere',
      '{ orders: [no] }',
      [
        new RegExp(
          `${CATALOG_LINE.source}settings\\.yaml binds the target "orders" to no, so it cannot be used in "production"`,
        ),
      ],
    ],
    [
      'bound to an environment that there is not',
      '{ orders: [production, prod] }',
      [/settings\.yaml:\d+ targets\.orders.*: there is no environment "prod"/],
    ],
    ['bound to nothing', '{ orders: [] }', [/a list of 1 to 100 environments/]],
  ])('%s', (_, targets, problems) => {
    expect(policyProblems(bound(targets))).toEqual(
      problems.map((one) => expect.stringMatching(one)),
    );
  });

  test('a target that is not bound is for one environment: a new tree that uses it in two has an obstacle', () => {
    const two: PolicyData = {
      ...data(),
      identities: { patterns: {}, people: {} },
      ...catalog(orders, { ...sandbox, environments: { no: { target: 'orders' } } }),
    };
    expect(obstacles(two)).toEqual([
      {
        ...{ path: 'policies/settings.yaml', line: null, code: 'target_elsewhere' },
        message:
          'the target orders is used in production (orders) and no (sandbox). A target belongs to one environment. Use another one, or bind it to both with "targets: { orders: [production, no] }".',
      },
    ]);
    const targets = { orders: ['production', 'no'] };
    expect(obstacles({ ...two, settings: { ...two.settings, targets } })).toEqual([]);
    expect(
      policyProblems({ 'catalog/other.yaml': CATALOG.replaceAll('production', 'no') }),
    ).toEqual([]);
  });
});

test.each([
  ['{login}', ['bare_login']],
  ['gh_{login}', []],
  ['{login}@acme.test', []],
  ['{id}', []],
])('invariant 6: a pattern of %s', (pattern, codes) => {
  const given = { ...data(), identities: { patterns: { postgres: pattern }, people: {} } };
  expect(obstacles(given).map(({ code }) => code)).toEqual(codes);
});
