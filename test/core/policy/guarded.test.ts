import { describe, expect, test } from '@jest/globals';
import { resolveGrant } from '../../../src/core/change/resolve.js';
import { targetIn } from '../../../src/core/policy/catalog.js';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import { reachedAnew, unboundTargets } from '../../../src/core/policy/targets.js';
import { guarded } from '../../../src/providers/guarded/guarded.js';
import { landing } from '../../../lab/acme/story.js';
import { CATALOG, FILES, IDENTITIES, providers as fakes } from '../../support/core/policy-files.js';

const providers = { ...fakes, guarded };
const RESOURCE = `provider: guarded
owners: [payments]
roles:
  rerun: { actions: [rerun] }
  shell: { entitlement: { account: deploy }, risk: high, actions: [rerun, shell] }
environments: { production: {}, no: {} }
`;
const parsed = (files: Readonly<Record<string, string>>) =>
  parsePolicyData({ ...FILES, 'catalog/orders-ci.yaml': RESOURCE, ...files }, providers);
const read = parsed({});
if (!read.ok) throw new Error(JSON.stringify(read.problems));
const data = read.value;

describe('guarded resources', () => {
  test('name no target, and their roles need no entitlement', () => {
    expect(data.catalog['orders-ci']).toMatchObject({
      environments: { production: {}, no: {} },
      roles: {
        rerun: { entitlement: {}, risk: 'normal' },
        shell: { entitlement: { account: 'deploy' }, risk: 'high' },
      },
    });
    expect(unboundTargets(data)).toEqual([]);
  });

  const catalog = (from: string, to: string) => ({
    'catalog/orders-ci.yaml': RESOURCE.replace(from, to),
  });
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['a target', catalog('no: {}', 'no: { target: orders }'), 'target: a guarded resource has no'],
    ['a wrong account', catalog('deploy', '../root'), 'account: must be the name of an account'],
    ['an unknown key', catalog('account:', 'target:'), '"target" is not a known key'],
    [
      'standing access',
      {
        'catalog/orders-ci.yaml': `${RESOURCE}standing: [{ environment: no, role: rerun, subjects: [erin], because: x }]\n`,
      },
      'has no standing access',
    ],
    [
      'a pattern of identities',
      { 'identities.yaml': IDENTITIES.replace('patterns: {', 'patterns: { guarded: "{login}",') },
      'known by their GitHub id',
    ],
    [
      'a person’s identity',
      { 'identities.yaml': IDENTITIES.replace('102', '102, guarded: bob') },
      'known by their GitHub id',
    ],
  ])('invariant 3: %s is a problem', (_, files, message) => {
    const found = parsed(files);
    expect(found.ok ? [] : found.problems.map((problem) => problem.message)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  test.each([
    ['target', CATALOG.replace('{ target: orders }', '{}'), 'production.target: is missing. Use'],
    ['entitlement', CATALOG.replace('entitlement: { member_of: "yes" }, ', ''), 'is missing. Use'],
  ])('another provider’s still need a %s', (_, text, message) => {
    const found = parsed({ 'catalog/orders-db.yaml': text });
    expect(found.ok ? [] : found.problems).toEqual([
      expect.objectContaining({ code: 'missing_key', message: expect.stringContaining(message) }),
    ]);
  });

  const alice = { id: 101, login: 'alice', type: 'User' as const, member: true };
  const resolved = (role: string, account = alice, environment = 'production') =>
    resolveGrant(
      {
        ...landing.declared,
        lines: {},
        ...{ environment, subject: account.login, resource: 'orders-ci', role },
        scope: { actions: ['rerun'] },
      },
      { data, providers, accounts: { [account.login]: account } },
    );
  const slotOf = (found: ReturnType<typeof resolved>) => found.ok && found.value.entitled.slot;

  test('invariants 6, 19: a grant may be scoped; its slot is the role here and the GitHub id', () => {
    expect(slotOf(resolved('shell'))).toEqual({
      provider: 'guarded',
      target: 'orders-ci',
      object: 'orders-ci/production/shell',
      identity: '101',
    });
    const objects = [resolved('rerun'), resolved('shell'), resolved('shell', alice, 'no')].map(
      (found) => JSON.stringify(slotOf(found)),
    );
    expect(new Set(objects).size).toBe(3);
  });

  test('invariant 6: nobody is known by a login that identities.yaml lists as another account', () => {
    expect(resolved('shell', { ...alice, id: 999 })).toMatchObject({
      ok: false,
      problems: [{ code: 'identity_taken' }],
    });
  });

  test('invariant 2: it reaches no other resource’s access', () => {
    const { 'orders-ci': one, ...before } = data.catalog;
    if (!one) throw new Error('it is in the catalog');
    expect(targetIn(one, 'production')).toBe('orders-ci');
    expect(targetIn(one, 'constructor')).toBeNull();
    const anew = reachedAnew({ catalog: before }, data, providers);
    expect(anew).toEqual({ any: true, concerned: [] });
  });
});
