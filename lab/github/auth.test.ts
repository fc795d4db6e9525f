import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import type { Claims } from './testing.js';
import { APP_KEY, OTHER_KEY, seed, signJwt } from './testing.js';

let github: RunningGitHub;
let jwt: Person;

beforeAll(async () => {
  github = await startGitHub(seed());
  jwt = person(github.url, signJwt(APP_KEY));
}, 60_000);
afterAll(() => github.close());

const as = (token: string) => person(github.url, token);
const installed = async (body?: unknown, id = 77, key = APP_KEY) => {
  const app = as(signJwt(key, { iss: key === APP_KEY ? 4242 : 4343 }));
  return app.must<{ token: string; expires_at: string; permissions: Record<string, string> }>(
    'POST',
    `/app/installations/${id}/access_tokens`,
    body,
  );
};

describe('people', () => {
  test('are known by their token', async () => {
    const user = await as('tok_alice').must<{ login: string; id: number }>('GET', '/user');
    expect(user).toMatchObject({ login: 'alice', id: 101, type: 'User' });
    expect(await as('tok_alice').must('GET', '/user/102')).toMatchObject({ login: 'bob' });
    expect(await as('tok_alice').must('GET', '/users/BOB')).toMatchObject({ id: 102 });
  });

  test.each([
    ['a token nobody has', 'tok_nobody', '/user', 401],
    ['what a person cannot see', 'tok_zed', '/repos/acme/access', 404],
    ['what is not there', 'tok_alice', '/repos/acme/nothing', 404],
    ['what a person can see', 'tok_mallory', '/repos/acme/access', 200],
    ['a repository by its id', 'tok_mallory', '/repositories/7000', 200],
    [
      'protection, without being an admin',
      'tok_alice',
      '/repos/acme/access/branches/main/protection',
      403,
    ],
    ['protection, as an admin', 'tok_root', '/repos/acme/access/branches/main/protection', 200],
    ['routes of the app with a token of a person', 'tok_alice', '/app', 401],
  ])('%s', async (_, token, path, status) => {
    expect((await as(token).call('GET', path)).status).toBe(status);
  });
});

describe('JSON web tokens', () => {
  const now = Math.floor(Date.now() / 1000);
  test.each<[string, string, Claims, number]>([
    ['of the app', APP_KEY, {}, 200],
    ['of the app by its client id', APP_KEY, { iss: 'Iv1.0000000000001092' }, 200],
    ['signed with another key', OTHER_KEY, {}, 401],
    ['of no app', APP_KEY, { iss: 1 }, 404],
    ['that are over', APP_KEY, { iat: now - 900, exp: now - 300 }, 401],
    ['that live longer than ten minutes', APP_KEY, { exp: now + 3600 }, 401],
    ['from the future', APP_KEY, { iat: now + 600 }, 401],
  ])('%s', async (_, key, claims, status) => {
    expect((await as(signJwt(key, claims)).call('GET', '/app')).status).toBe(status);
  });

  test('work only on the routes about the app', async () => {
    expect((await jwt.call('GET', '/repos/acme/access/pulls')).status).toBe(403);
    expect((await as('a.b.c').call('GET', '/app')).status).toBe(401);
    const found = await jwt.must<{ id: number }>('GET', '/repos/acme/access/installation');
    expect(found.id).toBe(77);
    expect(await jwt.must<unknown[]>('GET', '/app/installations')).toHaveLength(1);
    expect((await jwt.call('POST', '/app/installations/78/access_tokens')).status).toBe(404);
  });
});

describe('installation tokens', () => {
  test('allow what the installation may do, and no more', async () => {
    const { token, permissions } = await installed();
    expect(permissions).toMatchObject({ checks: 'write', metadata: 'read' });
    const app = as(token);
    expect((await app.call('GET', '/repos/acme/access/pulls')).status).toBe(200);
    const protection = await app.call('GET', '/repos/acme/access/branches/main/protection');
    expect(protection.status).toBe(403);
    expect(protection.body).toMatchObject({ message: 'Resource not accessible by integration' });
    expect((await app.call('PUT', '/repos/acme/access/pulls/1/merge', {})).status).toBe(403);
    expect((await app.call('GET', '/user')).status).toBe(403);
  });

  test('can be narrowed, never widened', async () => {
    const narrow = await installed({ permissions: { contents: 'read' }, repositories: ['access'] });
    const app = as(narrow.token);
    expect((await app.call('GET', '/repos/acme/access/pulls')).status).toBe(403);
    expect((await app.call('GET', '/repos/acme/access/activity')).status).toBe(200);
    const wide = { permissions: { contents: 'write' } };
    expect((await jwt.call('POST', '/app/installations/77/access_tokens', wide)).status).toBe(422);
  });

  test('need members: read to see the organisation', async () => {
    const other = as((await installed(undefined, 78, OTHER_KEY)).token);
    expect((await other.call('GET', '/orgs/acme/teams')).status).toBe(403);
    const app = as((await installed()).token);
    expect((await app.call('GET', '/orgs/acme/members/bob')).status).toBe(204);
    expect((await app.call('GET', '/orgs/acme/members/zed')).status).toBe(404);
  });

  test('expire after an hour by the stand-in’s clock', async () => {
    const { token, expires_at } = await installed();
    const clock = async (body: unknown) =>
      jwt.call('PUT', '/_stand-in/clock', body).catch(() => null);
    expect(Date.parse(expires_at) - github.state.clock.now().getTime()).toBeLessThanOrEqual(
      3_600_000,
    );
    await clock({ advance: 'PT1H1S' });
    const answer = await as(token).call('GET', '/repos/acme/access');
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ message: 'Bad credentials' });
    expect((await as((await installed()).token).call('GET', '/repos/acme/access')).status).toBe(
      200,
    );
  });
});
