import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { startIssuer, type Issuer } from '../../../lab/servers/issuer.js';
import { createTokenVerifier } from '../../../src/adapters/oidc/tokens.js';
import type { TokenVerifier } from '../../../src/ports.js';

const START = Date.parse('2026-11-24T17:00:00Z');
const at = START / 1000;
let passed_ms: number;
let issuer: Issuer;
let verifier: TokenVerifier;

/** What a job of the access repository says. */
const JOB = { aud: 'daypass', repository_id: '4711', actor_id: '101' };
const now = () => new Date(START + passed_ms);
const trusting = (url: string) => {
  const claims = { repository_id: '4711' };
  return url === issuer.url ? [{ issuer: url, audience: 'daypass', claims }] : [];
};
const proves = async (token: string): Promise<boolean> =>
  (await verifier.verify(token, trusting, now())) !== null;

beforeEach(async () => {
  passed_ms = 0;
  issuer = await startIssuer('', () => new Date(START));
  const quiet = { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 };
  verifier = createTokenVerifier({ steady_ms: () => 7_000 + passed_ms, log: quiet });
});
afterEach(() => issuer.close());

describe('invariant 27: the token of an issuer', () => {
  test('proves who its issuer and audience are, and its claims', async () => {
    expect(await verifier.verify(await issuer.sign(JOB), trusting, now())).toEqual({
      ...{ kind: 'oidc', issuer: issuer.url, audiences: ['daypass'] },
      claims: expect.objectContaining({ repository_id: '4711', actor_id: '101' }),
    });
  });

  const hs256 = async (claims: object) =>
    new SignJWT({ iss: issuer.url, sub: 'a job', iat: at, exp: at + 300, ...claims })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(new TextEncoder().encode(await issuer.publicKey()));
  const unsigned = (claims: object) =>
    new UnsecuredJWT({ iss: issuer.url, sub: 'a job', iat: at, exp: at + 300, ...claims }).encode();
  const altered = async (claims: object) => {
    const [header, , signature] = (await issuer.sign(JOB)).split('.');
    const [, payload] = unsigned({ ...JOB, ...claims }).split('.');
    return [header, payload, signature].join('.');
  };

  const nothing: readonly [string, () => Promise<string> | string, number][] = [
    ['for another audience', () => issuer.sign({ ...JOB, aud: 'others' }), 0],
    ['without an audience', () => issuer.sign({ ...JOB, aud: undefined }), 0],
    ['whose audience is a number', () => issuer.sign({ ...JOB, aud: 7 }), 0],
    ['of another issuer', () => issuer.sign({ ...JOB, iss: 'https://id.example.org' }), 0],
    ['of a job of another repository', () => issuer.sign({ ...JOB, repository_id: '4712' }), 0],
    ['that is not signed', () => unsigned(JOB), 2],
    ['that is signed with the public key as a secret', () => hs256(JOB), 2],
    ['whose claims were altered', () => altered({ actor_id: '102' }), 2],
    ['that has ended', () => issuer.sign({ ...JOB, iat: at - 301, exp: at }), 2],
    ['without an end', () => issuer.sign({ ...JOB, exp: undefined }), 2],
    ['without a beginning', () => issuer.sign({ ...JOB, iat: undefined }), 2],
    ['without a subject', () => issuer.sign({ ...JOB, sub: undefined }), 2],
    ['that has not begun', () => issuer.sign({ ...JOB, nbf: at + 60 }), 2],
    ['from the future', () => issuer.sign({ ...JOB, iat: at + 60 }), 2],
    ['that is an hour old', () => issuer.sign({ ...JOB, iat: at - 3_600, exp: at + 300 }), 2],
    ['with a key that nobody knows', () => issuer.sign(JOB, { kid: 'key-9' }), 2],
    ['that is huge', () => issuer.sign({ ...JOB, more: 'x'.repeat(8_192) }), 0],
    ['that is no token', () => 'a.b.c', 0],
  ];
  test.each(nothing)('%s proves nothing', async (_, token, most_asked) => {
    expect(await proves(await token())).toBe(false);
    expect(issuer.asked.length).toBeLessThanOrEqual(most_asked);
    expect(await proves(await issuer.sign(JOB))).toBe(true);
  });

  test('is verified once, and proves nothing from its end on', async () => {
    const token = await issuer.sign(JOB);
    expect(await proves(token)).toBe(true);
    await issuer.close();
    passed_ms = 299_999;
    expect(await proves(token)).toBe(true);
    passed_ms = 300_000;
    expect(await proves(token)).toBe(false);
  });

  test('holds for an hour at most, however long its issuer lets it', async () => {
    const token = await issuer.sign({ ...JOB, exp: at + 86_400 });
    expect(await proves(token)).toBe(true);
    passed_ms = 3_600_000;
    expect(await proves(token)).toBe(false);
  });

  test('with a new key of its issuer is known after the cooldown, and one with the old key is not', async () => {
    const old = await issuer.sign({ ...JOB, run_id: 1 });
    expect(await proves(await issuer.sign(JOB))).toBe(true);
    await issuer.rotate();
    const fresh = await issuer.sign(JOB);
    expect(await proves(fresh)).toBe(false);
    expect(issuer.asked).toHaveLength(2);
    passed_ms = 30_000;
    expect(await proves(fresh)).toBe(true);
    expect(issuer.asked).toHaveLength(4);
    expect(await proves(old)).toBe(false);
    expect(issuer.asked).toHaveLength(4);
  });

  test('is known by the keys that were read while the issuer is down, for an hour', async () => {
    expect(await proves(await issuer.sign(JOB))).toBe(true);
    await issuer.close();
    const later = (minute: number) => {
      passed_ms = minute * 60_000;
      const iat = at + minute * 60;
      return issuer.sign({ ...JOB, iat, exp: iat + 300 });
    };
    expect(await proves(await later(59))).toBe(true);
    expect(await proves(await issuer.sign(JOB, { kid: 'key-2' }))).toBe(false);
    expect(await proves(await later(60))).toBe(false);
  });

  test('many at once ask the issuer once; one that is away is not asked at each', async () => {
    const tokens = await Promise.all([1, 2, 3].map((run_id) => issuer.sign({ ...JOB, run_id })));
    issuer.instead['/jwks'] = 'no JSON';
    expect(await Promise.all(tokens.map(proves))).toEqual([false, false, false]);
    expect(issuer.asked).toHaveLength(2);
    expect(await proves(await issuer.sign(JOB))).toBe(false);
    expect(issuer.asked).toHaveLength(2);
  });

  const CONFIGURATION = '/.well-known/openid-configuration';
  test.each<[string, () => readonly [string, unknown]]>([
    [
      'names another issuer',
      () => [CONFIGURATION, { issuer: 'https://localhost', jwks_uri: `${issuer.url}/jwks` }],
    ],
    [
      'has its keys on another host',
      () => [CONFIGURATION, { issuer: issuer.url, jwks_uri: 'https://keys.example.org/jwks' }],
    ],
    [
      'has its keys without TLS',
      () => [CONFIGURATION, { issuer: issuer.url, jwks_uri: issuer.url.replace('https', 'http') }],
    ],
    ['has no keys', () => [CONFIGURATION, { issuer: issuer.url }]],
    ['is null', () => [CONFIGURATION, null]],
    ['has too many keys', () => ['/jwks', { keys: [], more: 'x'.repeat(300_000) }]],
    ['has keys that are none', () => ['/jwks', { keys: 'none' }]],
  ])('of an issuer that %s proves nothing', async (_, instead) => {
    const [path, document] = instead();
    issuer.instead[path] = JSON.stringify(document);
    expect(await proves(await issuer.sign(JOB))).toBe(false);
  });
});
