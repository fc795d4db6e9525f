import { describe, expect, test } from '@jest/globals';
import type { PolicyData, Resource } from '../../../src/core/policy/catalog.js';
import {
  policyChange,
  policyConflicts,
  policyDenials,
  policyDigest,
  policyRequirements,
} from '../../../src/core/decision/policy-change.js';
import { comparison, policy } from '../../support/core/comparing.js';
import { providers } from '../../support/core/policy-files.js';

type Files = Readonly<Record<string, string>>;
const tree = (id: string, files: Files) => ({ id, files });
const change = (before: Files, after: Files | null) =>
  policyChange(tree('in-force', before), after && tree('new', after));

describe('what a change of policy does', () => {
  test('invariant 2: it is compared with the tree in force, file by file', () => {
    const { files } = change({ a: '1', b: '2', gone: '3' }, { a: '1', b: '4', new: '5' });
    expect(files).toEqual([
      { path: 'policies/b', before: '2', after: '4' },
      { path: 'policies/gone', before: '3', after: null },
      { path: 'policies/new', before: null, after: '5' },
    ]);
  });

  test('invariant 2: approvals are bound to the pair of trees', () => {
    const digests = [
      policyDigest('a', 'b'),
      policyDigest('b', 'a'),
      policyDigest('a', 'c'),
      policyDigest('a', null),
    ];
    expect(new Set(digests).size).toBe(4);
    expect(change({}, { x: '' }).digest).toBe(policyDigest('in-force', 'new'));
  });

  test('a file that changed on both sides is a problem; one that changed on one side is not', () => {
    const { grants } = comparison({ a: ['1', '2', '3'], b: ['1', '1', '2'], c: [null, '1', '1'] });
    const found = policyConflicts({ ...comparison({}), policies: grants });
    expect(found.map(({ path }) => path)).toEqual(['a', 'c']);
    expect(found[0]?.message).toMatch(/Update the branch\.$/);
  });

  test('what is denied before anybody is asked', () => {
    const of = (after: Files | null, problems: number, grants: boolean) =>
      policyDenials(
        change({}, after),
        Array.from({ length: problems }, () => ({
          ...{ path: 'p', line: 1, code: 'wrong_value' as const, message: 'm' },
        })),
        grants,
      ).map(({ code, message }) => `${code}: ${message}`);
    expect(of({}, 0, false)).toEqual([]);
    expect(of({}, 2, false)).toEqual([
      'policy_has_problems: policies/ would not work after merging: 2 problems',
    ]);
    expect(of(null, 0, false)).toEqual([
      'policy_missing: merging would leave no policies/ folder to judge by',
    ]);
    expect(of({}, 0, true)).toEqual([
      expect.stringMatching(/^policies_and_grants_together: .*never both/),
    ]);
  });
});

const owned = (teams: string[], users: string[], count = 2): PolicyData['settings'] => ({
  ...policy.settings,
  policy_owners: { teams, users, count },
});
const [resource] = Object.values(policy.catalog) as [Resource];
const orders = (owners: string[]) => ({ 'orders-db': { ...resource, name: 'orders-db', owners } });
const data = (settings: PolicyData['settings'], catalog: PolicyData['catalog']): PolicyData => ({
  ...policy,
  settings,
  catalog,
});

describe('invariant 2: who must approve a change of policy', () => {
  const security = owned(['security'], []);
  const mixed = owned(['security'], ['zoe'], 3);
  const inForce = data(security, orders(['payments']));
  const ordersDb = { ...resource, name: 'orders-db', owners: ['payments'] };
  const stronger = { entitlement: { member_of: 'orders_owner' }, risk: 'normal' } as const;
  const standing = [
    { environment: 'production', role: 'read-only', subjects: ['alice'], because: 'on call' },
  ];
  const production = { production: { target: 'orders' } };
  const sandbox: Resource = {
    ...{ ...resource, name: 'sandbox', owners: ['sandboxers'] },
    environments: { production: { target: 'sandbox' } },
    roles: { play: { entitlement: { member_of: 'player' }, risk: 'normal' } },
  };
  const catalogFile = 'policies/catalog/orders-db.yaml';
  const rule = 'policies/access/rules/every/known/known.rego';
  test.each<[string, readonly string[], PolicyData, PolicyData | null, readonly string[]]>([
    ['a rule: the policy owners', [rule], inForce, inForce, ['2 of security', '2 of security']],
    [
      'who may ask at use: the policy owners, whatever it guards',
      ['policies/enforcement.yaml'],
      inForce,
      inForce,
      ['2 of security', '2 of security'],
    ],
    [
      'other policy owners: those in force, and those to come',
      ['policies/settings.yaml'],
      inForce,
      data(mixed, inForce.catalog),
      ['2 of security', '3 of security, zoe'],
    ],
    ['a tree that does not load: those in force', [rule], inForce, null, ['2 of security']],
    [
      'one resource: one of them, and one of its owners',
      [catalogFile],
      inForce,
      inForce,
      ['1 of security', '1 of payments', '1 of payments'],
    ],
    [
      'one resource that is taken away',
      [catalogFile],
      inForce,
      data(security, {}),
      ['1 of security', '1 of payments'],
    ],
    [
      'one resource whose owners change: the old and the new ones',
      [catalogFile],
      inForce,
      data(security, orders(['warehouse'])),
      ['1 of security', '1 of payments', '1 of warehouse'],
    ],
    [
      'one resource that policy owners own: still two of them',
      [catalogFile],
      data(security, orders(['security'])),
      null,
      ['2 of security', '1 of security'],
    ],
    [
      'a resource that is new: its owners are not in force yet, so the policy owners',
      [catalogFile],
      data(security, {}),
      inForce,
      ['2 of security', '2 of security'],
    ],
    [
      'one resource that gives something new: all policy owners, and its owners',
      [catalogFile],
      inForce,
      data(security, {
        'orders-db': { ...ordersDb, roles: { ...ordersDb.roles, more: stronger } },
      }),
      ['2 of security', '2 of security', '1 of payments', '1 of payments'],
    ],
    [
      'one resource whose standing access changes',
      [catalogFile],
      inForce,
      data(security, { 'orders-db': { ...ordersDb, standing } }),
      ['2 of security', '2 of security', '1 of payments', '1 of payments'],
    ],
    [
      "one resource that reaches another one's target: its owners, too",
      ['policies/catalog/sandbox.yaml'],
      data(security, { ...inForce.catalog, sandbox }),
      data(security, { ...inForce.catalog, sandbox: { ...sandbox, environments: production } }),
      ['2 of security', '2 of security', '1 of sandboxers', '1 of sandboxers', '1 of payments'],
    ],
    [
      "a new resource, and other files, that reach another one's target",
      ['policies/catalog/sandbox.yaml', 'policies/settings.yaml'],
      inForce,
      data(security, { ...inForce.catalog, sandbox: { ...sandbox, environments: production } }),
      ['2 of security', '2 of security', '1 of payments'],
    ],
    [
      'one resource and something else',
      [catalogFile, rule],
      inForce,
      inForce,
      ['2 of security', '2 of security'],
    ],
  ])('%s', (_, paths, before, after, asked) => {
    const files = paths.map((path) => ({ path, before: '1', after: '2' }));
    const found = policyRequirements(files, before, after, providers);
    expect(
      found.map(
        ({ any_of, count }) => `${count} of ${[...any_of.teams, ...any_of.users].join(', ')}`,
      ),
    ).toEqual(asked);
    expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(['core/policy']));
  });
});
