import { describe, expect, test } from '@jest/globals';
import { changesOf } from '../../../src/core/change/change.js';
import { effectDigest, type Effect } from '../../../src/core/grant/effect.js';
import { query } from '../../support/core/comparing.js';
import { PATH, file as grantFile } from '../../support/core/grant-files.js';
import { file, parsePoints, point } from '../../support/core/points.js';
import { landing } from '../../../lab/acme/story.js';
import { resolveGrant } from '../../../src/core/change/resolve.js';
import { providers } from '../../support/core/policy-files.js';
import { usesData } from '../../support/core/uses.js';

const resolved = (role: string, actions: readonly string[]) =>
  resolveGrant(
    {
      ...{ ...landing.declared, lines: { scope: 7 }, resource: 'orders-host', role },
      scope: { actions },
    },
    {
      data: {
        ...usesData,
        identities: { ...usesData.identities, patterns: { strict: 'gh_{login}' } },
      },
      accounts: { alice: { id: 101, login: 'alice', type: 'User', member: true } },
      providers,
    },
  );

test.each([
  ['operator', ['logs'], []],
  ['operator', ['restart', 'logs'], []],
  ['admin', ['anything'], []],
  [
    ...(['operator', ['logs', 'shell']] as const),
    ['scope: the role does not allow the action "shell". Its actions: restart, logs.'],
  ],
])('invariant 19: a scope of %s with %j names actions of the role', (role, actions, messages) => {
  const found = resolved(role, actions);
  expect(found.ok ? [] : found.problems.map(({ message }) => message)).toEqual(messages);
  if (!found.ok) expect(found.problems[0]).toMatchObject({ code: 'scope_not_allowed', line: 7 });
});

describe('invariant 19: a scope that the target does not know', () => {
  const GUARDS = [{ resource: 'orders-db', environments: ['production'] }];
  const CATALOG = `provider: postgres
owners: [payments]
roles:
  analyst: { entitlement: { member_of: reader }, actions: [select, explain] }
  silent: { entitlement: { member_of: writer } }
environments: { production: { target: orders }, no: { target: orders-dev } }
`;
  const IDENTITIES = 'people: { alice: { github_id: 101, postgres: alice_s } }\n';

  /** What a pull request does that adds a grant of alice's, under a policy with these points. */
  function added(points: Readonly<Record<string, unknown>>, role = 'analyst', scoped = true) {
    const parsed = parsePoints(file(points), {
      'catalog/orders-db.yaml': CATALOG,
      'identities.yaml': IDENTITIES,
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const text = grantFile({ role, ...(scoped && { scope: '{ actions: [select] }' }) });
    return changesOf({ ...query({ [PATH]: [null, null, text] }, []), data: parsed.value });
  }

  test('is held by the enforcement points that guard the resource there', () => {
    const points = { 'orders-api': point({ guards: GUARDS }), mesh: point({ guards: GUARDS }) };
    const { changes, problems } = added(points);
    expect(problems).toEqual([]);
    expect(changes[0]?.to?.entitled).toMatchObject({
      enforces_scope: false,
      scope_points: ['orders-api', 'mesh'],
    });
    const [whole] = added(points, 'analyst', false).changes;
    expect(whole?.to?.entitled).not.toHaveProperty('scope_points');
    expect(whole?.effect).not.toHaveProperty('scope_held');
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['no point', {}, 'analyst'],
    [
      'a point in another environment',
      { a: point({ guards: [{ resource: 'orders-db', environments: ['no'] }] }) },
      'analyst',
    ],
    ['a point before another resource', { a: point() }, 'analyst'],
  ])('is denied with %s', (_, points, role) => {
    const { changes, problems } = added(points, role);
    expect(changes).toEqual([]);
    expect(problems).toMatchObject([{ code: 'scope_not_enforced', key: 'scope' }]);
  });

  test('is denied where the role allows nothing at use', () => {
    const { problems } = added({ a: point({ guards: GUARDS }) }, 'silent');
    expect(problems).toMatchObject([
      { code: 'scope_not_allowed', message: expect.stringContaining('It has none.') },
    ]);
  });

  test('invariant 5: an approval is for who holds it, not for the names of the points', () => {
    const [one, other] = [{ a: point({ guards: GUARDS }) }, { b: point({ guards: GUARDS }) }];
    const [first] = added(one).changes;
    const [second] = added(other).changes;
    expect(first?.effect).toMatchObject({ scope_held: 'at_use' });
    expect(first?.digest).toBe(second?.digest);
    const { scope_held: _, ...at_target } = first?.effect ?? {};
    expect(effectDigest(at_target as Effect)).not.toBe(first?.digest);
  });
});
