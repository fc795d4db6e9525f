import { describe, expect, test } from '@jest/globals';
import { POINTS, file, oidc, point, problemsOf } from '../../../support/core/points.js';

describe('a mistake is a problem with its line, what was found and what is allowed', () => {
  const at = 'policies/enforcement.yaml';
  const replaced = (from: string, to: string) => {
    expect(POINTS).toContain(from);
    return POINTS.replace(from, to);
  };
  test.each<[string, string, string]>([
    ['an empty file', '', ':1 not_yaml the file is empty'],
    ['no points', '{}', ':1 missing_key points: is missing'],
    ['a list of points', 'points: []', ':1 wrong_value points: a list is not allowed'],
    [
      'another dialect',
      replaced('speaks: authzen', 'speaks: http'),
      ':3 wrong_value points.orders-api.speaks: "http" is not allowed. Use one of authzen, nginx, forwarded, envoy.',
    ],
    [
      'a proxy before more than one place, which its requests do not name',
      replaced('speaks: authzen', 'speaks: nginx'),
      ':4 wrong_value points.orders-api.guards: a point that speaks nginx stands before one resource in one environment, because its requests name none. Write a point for each of these',
    ],
    [
      'a name with capitals',
      replaced('mesh:', 'Mesh:'),
      ':10 unknown_key points.Mesh: the key "Mesh" is not allowed. Use lower-case letters',
    ],
    [
      'a name with an underscore, which would share a variable',
      replaced('orders-api:', 'orders_api:'),
      ':2 unknown_key points.orders_api: the key',
    ],
    [
      'an unknown key',
      replaced('    environment: production', '    enviroment: production'),
      ':7 unknown_key points.orders-api: the key "enviroment" is not allowed. Use a mapping with the keys speaks, guards',
    ],
    [
      'no guards',
      replaced('[{ resource: orders-ci, environments: [no] }]', '[]'),
      ':12 wrong_value points.mesh.guards: a list is not allowed. Use a list of 1 to 1000',
    ],
    [
      'an unknown resource',
      replaced('resource: orders-db', 'resource: orders'),
      ':6 unknown_resource points.orders-api.guards.2.resource: the catalog has no resource "orders". Its resources: orders-ci, orders-db.',
    ],
    [
      'an inherited name',
      replaced('resource: orders-db', 'resource: constructor'),
      ':6 unknown_resource',
    ],
    [
      'an environment where it is not offered',
      replaced(
        'orders-db, environments: [production]',
        'orders-db, environments: [production, no]',
      ),
      ':6 not_offered points.orders-api.guards.2.environments.2: orders-db is not offered in "no". Its environments: production.',
    ],
    [
      'a resource twice',
      replaced('resource: orders-db', 'resource: orders-ci'),
      ':6 repeated points.orders-api.guards.2.resource: "orders-ci" is listed twice',
    ],
    [
      'an environment twice',
      replaced('[production, no]', '[production, production]'),
      ':5 wrong_value',
    ],
    [
      'a default that it does not guard',
      replaced('environment: production', 'environment: staging'),
      ':7 wrong_value points.orders-api.environment: it guards nothing in "staging". Its environments: production, no.',
    ],
    [
      'a bare login',
      replaced('subject: person', 'subject: login'),
      ':8 wrong_value points.orders-api.subject: "login" is not allowed. Use person, github_id, { identity: <provider> } or { claim: <claim> }.',
    ],
    [
      'no subject',
      replaced('    subject: person\n', ''),
      ':2 missing_key points.orders-api.subject: is missing. Use person',
    ],
    [
      'two sources of the subject',
      replaced('{ identity: postgres }', '{ identity: postgres, claim: sub }'),
      ':13 wrong_value points.mesh.subject: a mapping is not allowed. Use person',
    ],
    [
      'a source without one',
      replaced('{ identity: postgres }', '{}'),
      ':13 wrong_value points.mesh.subject: a mapping is not allowed',
    ],
    [
      'another key of the subject',
      replaced('{ identity: postgres }', '{ header: x }'),
      ':13 unknown_key points.mesh.subject: the key "header" is not allowed',
    ],
    [
      'a list for the subject',
      replaced('{ identity: postgres }', '[person]'),
      ':13 wrong_value points.mesh.subject: a list is not allowed',
    ],
    [
      'an unknown provider',
      replaced('identity: postgres', 'identity: ldap'),
      ':13 unknown_provider points.mesh.subject.identity: there is no provider "ldap". The providers: guarded, postgres, strict.',
    ],
    [
      'a provider without identities',
      replaced('identity: postgres', 'identity: guarded'),
      ':13 wrong_value points.mesh.subject.identity: at guarded everybody is known by their GitHub id. Use github_id.',
    ],
    [
      'a claim without a token that has it',
      replaced('{ identity: postgres }', '{ claim: actor_id }'),
      ':13 wrong_value points.mesh.subject.claim: only a token of GitHub Actions',
    ],
    [
      'a claim that is a name',
      replaced('claim: actor_id', 'claim: actor'),
      ':18 wrong_value points.jobs.subject.claim: "actor" is not a person\'s number. Use actor_id.',
    ],
    [
      'a secret in the file',
      replaced('credential: token', 'credential: { token: hunter2 }'),
      ':9 unknown_key points.orders-api.credential: the key "token" is not allowed',
    ],
    [
      'another credential',
      replaced('credential: token', 'credential: none'),
      ':9 wrong_value points.orders-api.credential: "none" is not allowed. Use token, { mtls: <URI> } or { oidc: … }.',
    ],
    [
      'two credentials',
      replaced('      oidc:', '      mtls: spiffe://acme/jobs\n      oidc:'),
      ':19 wrong_value points.jobs.credential: a mapping is not allowed',
    ],
    [
      'GitHub’s audience',
      replaced('audience: daypass', 'audience: https://github.com/acme'),
      ':22 wrong_value points.jobs.credential.oidc.audience: "https://github.com/acme" is the audience',
    ],
    [
      'a name of a repository',
      replaced('environment: prod }', 'repository: acme/orders }'),
      ':23 unknown_key points.jobs.credential.oidc.claims.repository: this is made of names, which others can take later. Use repository_id.',
    ],
    [
      'nothing that says whose job it is',
      replaced('repository_id: 4711, ', ''),
      ':23 missing_key points.jobs.credential.oidc.claims: any job on GitHub could have these. Add at least one of repository_id',
    ],
    [
      'an id that is no number',
      replaced('repository_id: 4711', 'repository_id: acme'),
      ':23 wrong_value points.jobs.credential.oidc.claims.repository_id: "acme" is not a number',
    ],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(at + problem)]);
  });

  test.each([
    'spiffe://acme/orders api',
    'spiffe://Acme/x',
    'spiffe://acme/../x',
    'spiffe://acme/x/',
    'spiffe://acme/x?y',
    'spiffe://acme/x, DNS:y',
    'spiffe://acme/*',
    'acme/orders',
    `spiffe://acme/${'x'.repeat(1_000)}`,
  ])('a name for a certificate that has another spelling: %s', (mtls) => {
    expect(problemsOf(file({ a: point({ credential: { mtls } }) }))).toEqual([
      expect.stringContaining('wrong_value points.a.credential.mtls: '),
    ]);
  });

  test.each([
    'http://id.example.org',
    'https://id.example.org/?x=1',
    'https://id.example.org/#',
    'https://alice@id.example.org',
    'https://ID.example.org',
    'https://id.example.org/a/../b',
    'id.example.org',
    'file:///etc/passwd',
  ])('an issuer that has another spelling: %s', (issuer) => {
    const points = file({ a: point(oidc({ sub: 'x' }, { issuer })) });
    expect(problemsOf(points)).toEqual([
      expect.stringContaining('wrong_value points.a.credential.oidc.issuer: '),
    ]);
  });

  test.each([
    ['none', {}],
    ['one that is no text', { sub: ['x'] }],
    ['one that is empty', { sub: '' }],
    ['one with a blank at its end', { sub: 'x ' }],
    ['one whose name is none', { 'a b': 'x' }],
    ['too many', Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`c${n}`, 'x']))],
  ])('claims: %s', (_, claims) => {
    expect(problemsOf(file({ a: point(oidc(claims)) }))).toEqual([
      expect.stringContaining('points.a.credential.oidc.claims'),
    ]);
  });

  test.each([
    'https://token.actions.githubusercontent.com/acme',
    'https://token.actions.acme.ghe.com',
    'https://ghe.example.org/_services/token',
  ])('a job is known by numbers whichever GitHub it runs on: %s', (issuer) => {
    const points = (claims: object) => file({ a: point(oidc(claims, { issuer })) });
    expect(problemsOf(points({ repository_owner_id: 9 }))).toEqual([]);
    for (const claims of [{ sub: 'repo:acme/orders:ref:refs/heads/main' }, { actor_id: 101 }])
      expect(problemsOf(points(claims))).not.toEqual([]);
  });

  test('hostile YAML is refused', () => {
    for (const text of [
      'points: &a {}\n',
      'points: !!map {}\n',
      'points: {}\n---\npoints: {}\n',
      'points: {}\npoints: {}\n',
      'points: {\u202e}\n',
      '? [a]\n: b\n',
      'points: { __proto__: { speaks: authzen } }\n',
      file({ a: point(), b: null, 'a\u0000': point() }),
    ])
      expect(problemsOf(text)).not.toEqual([]);
  });
});
