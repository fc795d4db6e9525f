import { describe, expect, test } from '@jest/globals';
import { pointChanges, unguarded } from '../../../../src/core/policy/enforcement/point-changes.js';
import { file, oidc, parsePoints, point } from '../../../support/core/points.js';

function points(of: Readonly<Record<string, unknown>>) {
  const parsed = parsePoints(file(of));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

const told = (
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
) => pointChanges(points(before), points(after));
const guards = (...environments: string[]) => ({
  guards: [{ resource: 'orders-ci', environments }],
});

describe('what a change does to who may ask, in words', () => {
  test('nothing where nothing changes, in whatever order it is written', () => {
    const [a, b] = [point(), point({ credential: { mtls: 'spiffe://acme/b' } })];
    expect(told({ a, b }, { b, a })).toEqual([]);
    expect(
      told({ a: point(guards('no', 'production')) }, { a: point(guards('production', 'no')) }),
    ).toEqual([]);
    expect(pointChanges({}, points({}))).toEqual([]);
  });

  test.each<[string, object | null, object | null, string]>([
    [
      'a new one',
      null,
      { subject: 'person', environment: 'no' },
      'a is new. It speaks authzen and may ask about orders-ci in no. It says who somebody is by a name under people in identities.yaml. It is whoever has the secret ENFORCER_A_TOKEN of the operator. Where it names no environment, no is meant.',
    ],
    [
      'one that goes',
      {},
      null,
      'a may not ask any more. It guarded orders-ci in no until now. Nothing is left to ask about orders-ci in no: there, nothing holds access to a scope at use.',
    ],
    [
      'more that it guards',
      guards('no'),
      guards('no', 'production'),
      'a: It may now ask about orders-ci in production, too.',
    ],
    [
      'less that it guards',
      guards('no', 'production'),
      guards('no'),
      'a: It guarded orders-ci in production until now. Nothing is left to ask about orders-ci in production: there, nothing holds access to a scope at use.',
    ],
    [
      'whose word is taken',
      {},
      { subject: { identity: 'postgres' } },
      'a: It says who somebody is by what identities.yaml calls them at postgres. Before: It says who somebody is by a numeric GitHub id.',
    ],
    [
      'who it is',
      { credential: { mtls: 'spiffe://acme/a' } },
      oidc({ sub: 'x', env: 'prod' }),
      'a: It is whoever has a token of "https://id.example.org" for "daypass" with sub "x", env "prod". Before: It is whoever has a client certificate for "spiffe://acme/a".',
    ],
    [
      'an environment that it need not name',
      {},
      { environment: 'no' },
      'a: Where it names no environment, no is meant.',
    ],
    [
      'an environment that it has to name',
      { environment: 'no' },
      {},
      'a: It has to name the environment.',
    ],
  ])('%s', (_, before, after, words) => {
    const of = (changed: object | null): Record<string, unknown> =>
      changed === null ? {} : { a: point(changed) };
    expect(told(of(before), of(after))).toEqual([words]);
  });

  test('what another point still guards is not left to nobody', () => {
    const both = { a: point(), b: point() };
    expect(told(both, { b: point() })).toEqual([
      'a may not ask any more. It guarded orders-ci in no until now.',
    ]);
    expect(unguarded(points(both), points({ b: point() }))).toEqual([]);
    expect(unguarded(points(both), points({}))).toEqual([
      { resource: 'orders-ci', environment: 'no' },
    ]);
  });
});
