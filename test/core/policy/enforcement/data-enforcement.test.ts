import { describe, expect, test } from '@jest/globals';
import {
  guardsPlace,
  hasClaims,
  pointsOf,
  tokenVariable,
} from '../../../../src/core/policy/enforcement/point.js';
import { data } from '../../../support/core/policy-files.js';
import {
  CI,
  GITHUB,
  POINTS,
  file,
  oidc,
  parsePoints,
  point,
  problemsOf,
} from '../../../support/core/points.js';

describe('invariant 27: enforcement points', () => {
  const parsed = parsePoints(POINTS);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const points = pointsOf(parsed.value);

  test('are part of the policy’s data', () => {
    expect(parsed.value.enforcement).toEqual({
      points: {
        'orders-api': {
          name: 'orders-api',
          speaks: 'authzen',
          guards: [
            { resource: 'orders-ci', environment: 'production' },
            { resource: 'orders-ci', environment: 'no' },
            { resource: 'orders-db', environment: 'production' },
          ],
          environment: 'production',
          subject: { from: 'person' },
          credential: { kind: 'token' },
        },
        mesh: {
          name: 'mesh',
          speaks: 'authzen',
          guards: [{ resource: 'orders-ci', environment: 'no' }],
          subject: { from: 'identity', provider: 'postgres' },
          credential: { kind: 'mtls', uri: 'spiffe://acme/orders-api' },
        },
        jobs: {
          name: 'jobs',
          speaks: 'authzen',
          guards: [{ resource: 'orders-ci', environment: 'no' }],
          subject: { from: 'claim', claim: 'actor_id' },
          credential: {
            kind: 'oidc',
            ...GITHUB,
            audience: 'daypass',
            claims: { repository_id: '4711', environment: 'prod' },
          },
        },
      },
    });
    expect(points.map(({ name }) => name)).toEqual(['orders-api', 'mesh', 'jobs']);
  });

  test('the file may be missing: then nobody may ask, and the data is what it was', () => {
    expect(pointsOf(data())).toEqual([]);
    expect(Object.keys(data())).toEqual(['settings', 'identities', 'catalog']);
    expect(parsePoints('points: {}')).toMatchObject({
      ok: true,
      value: { enforcement: { points: {} } },
    });
  });

  test('guard what they list and nothing else', () => {
    const [api] = points;
    if (!api) throw new Error('there is one');
    const asked = (resource: string, environment: string) =>
      guardsPlace(api, { resource, environment });
    expect(asked('orders-ci', 'no')).toBe(true);
    expect(asked('orders-db', 'production')).toBe(true);
    expect(asked('orders-db', 'no')).toBe(false);
    expect(asked('orders', 'production')).toBe(false);
    expect(asked('constructor', 'production')).toBe(false);
  });

  test('each has a variable of its own', () => {
    expect(tokenVariable('orders-api')).toBe('ENFORCER_ORDERS_API_TOKEN');
    const names = ['a', 'a-b', 'a--b', 'ab', 'a-', 'token', 'a-token', '0'];
    expect(new Set(names.map(tokenVariable)).size).toBe(names.length);
  });

  test('the claims of a token are compared as they are', () => {
    const caller = { claims: { repository_id: '4711', environment: 'prod' } };
    const all = { repository_id: '4711', environment: 'prod', sub: 'x' };
    expect(hasClaims(caller, all)).toBe(true);
    expect(hasClaims(caller, { ...all, repository_id: 4711 })).toBe(true);
    for (const wrong of ['04711', '4711 ', 47110, 4711.5, ['4711'], { id: 4711 }, null, true])
      expect(hasClaims(caller, { ...all, repository_id: wrong })).toBe(false);
    expect(hasClaims(caller, { repository_id: '4711' })).toBe(false);
    expect(hasClaims({ claims: { toString: 'x' } }, {})).toBe(false);
  });
});

describe('a caller is one enforcement point', () => {
  test('the name of a certificate is that of one', () => {
    const same = point({ credential: { mtls: 'spiffe://acme/a' } });
    expect(problemsOf(file({ a: same, b: same }))).toEqual([
      expect.stringContaining('repeated points.b.credential.mtls: a has the same name'),
    ]);
  });

  test.each([
    ['the same claims', { sub: 'x' }, { sub: 'x' }, 1],
    ['more claims', { sub: 'x' }, { sub: 'x', env: 'prod' }, 1],
    ['other claims', { sub: 'x' }, { env: 'prod' }, 1],
    ['another value', { sub: 'x', env: 'prod' }, { sub: 'x', env: 'staging' }, 0],
  ])('a token that could be of two: %s', (_, one, other, problems) => {
    const points = { a: point(oidc(one)), b: point(oidc(other)) };
    expect(problemsOf(file(points))).toHaveLength(problems);
    const apart = { a: point(oidc(one)), b: point(oidc(other, { audience: 'other' })) };
    expect(problemsOf(file(apart))).toEqual([]);
  });

  test('a thousand are read quickly, and no more', () => {
    const many = (count: number) =>
      file(
        Object.fromEntries(
          Array.from({ length: count }, (_, n) => [`p${n}`, point(oidc({ sub: `s${n}` }))]),
        ),
      );
    const started = performance.now();
    expect(problemsOf(many(1_000))).toEqual([]);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(problemsOf(many(1_001))).toEqual([
      expect.stringContaining('too_large points: 1001 enforcement points; at most 1000 are read.'),
    ]);
  });
});

test('where the catalog has problems, what it would have is not called unknown', () => {
  const broken = { 'catalog/orders-ci.yaml': CI.replace('guarded', 'nobody') };
  expect(problemsOf(POINTS, broken)).toEqual([expect.stringContaining('there is no provider')]);
});
