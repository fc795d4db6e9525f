import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { identify } from './auth.js';
import type { CallRecord } from './calls.js';
import type { Person } from './people.js';
import { person } from './people.js';
import { parseSeed } from './seed.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { APP_KEY, seed, signJwt } from './testing.js';

let github: RunningGitHub;
let alice: Person;

beforeAll(async () => {
  github = await startGitHub(seed(), { forgiving: true });
  alice = person(github.url, 'tok_alice');
}, 60_000);
afterAll(() => github.close());
beforeEach(async () => {
  await alice.must('DELETE', '/_stand-in/calls');
  await alice.must('DELETE', '/_stand-in/faults');
});

const calls = () => alice.must<CallRecord[]>('GET', '/_stand-in/calls');

test('calls are recorded with the template of their route, their status and their app', async () => {
  await alice.call('GET', '/repos/acme/access');
  await alice.call('GET', '/repos/acme/access/pulls/9');
  await person(github.url, signJwt(APP_KEY)).call('GET', '/app');
  expect(await calls()).toEqual([
    {
      at: expect.any(String),
      method: 'GET',
      writes: false,
      route: '/repos/{owner}/{repo}',
      status: 200,
      app_id: null,
    },
    expect.objectContaining({ route: '/repos/{owner}/{repo}/pulls/{pull_number}', status: 404 }),
    expect.objectContaining({ route: '/app', status: 200, app_id: 4242 }),
  ]);
});

test('an unknown route is 501, and is remembered', async () => {
  expect(await alice.must('GET', '/_stand-in/unknown')).toEqual([]);
  expect((await alice.call('GET', '/repos/acme/access/dispatches')).status).toBe(501);
  await alice.must('DELETE', '/_stand-in/calls');
  const unknown = await alice.must<CallRecord[]>('GET', '/_stand-in/unknown');
  expect(unknown.map(({ route }) => route)).toEqual(['/repos/acme/access/dispatches']);
});

test('a stand-in that got an unknown call fails the test that closes it', async () => {
  const asked = await startGitHub(seed());
  const one = person(asked.url, 'tok_alice');
  expect((await one.call('GET', '/repos/acme/access/dispatches')).status).toBe(501);
  await one.close();
  await expect(asked.close()).rejects.toThrow('/repos/acme/access/dispatches');
});

test('every answer has the rate limit', async () => {
  const first = await alice.call('GET', '/user');
  const second = await alice.call('GET', '/user');
  const left = (answer: typeof first) => Number(answer.headers.get('x-ratelimit-remaining'));
  expect(left(first) - left(second)).toBe(1);
  expect(second.headers.get('x-ratelimit-limit')).toBe('5000');
  expect(second.headers.get('x-ratelimit-resource')).toBe('core');
  expect(Number(second.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000);
  const { rate } = await alice.must<{ rate: { remaining: number } }>('GET', '/rate_limit');
  expect(rate.remaining).toBe(left(second));
  await alice.must('POST', '/_stand-in/faults', { match: { route: '/user' }, do: { status: 502 } });
  expect(left(second) - left(await alice.call('GET', '/user'))).toBe(1);
});

test('beyond the rate limit REST answers 403, and GraphQL 200 with an error', async () => {
  const { state, limits } = github.github;
  const bob = person(github.url, 'tok_bob');
  const identity = identify(state, 'tok_bob', new Date());
  for (const resource of ['core', 'graphql'] as const) {
    for (let n = 0; n < 5_000; n += 1) limits.count(identity, resource);
  }
  const rest = await bob.call('GET', '/user');
  expect(rest.status).toBe(403);
  expect(rest.headers.get('x-ratelimit-remaining')).toBe('0');
  const graphql = await bob.call('POST', '/graphql', { query: '{ viewer { login } }' });
  expect(graphql.status).toBe(200);
  expect(graphql.body).toEqual({
    errors: [{ type: 'RATE_LIMIT', message: 'API rate limit exceeded' }],
  });
  await bob.close();
});

describe('faults', () => {
  const fault = (body: unknown) => alice.must('POST', '/_stand-in/faults', body);
  const user = async () =>
    (await alice.call('GET', '/user').catch(() => null))?.status ?? 'dropped';

  test('hit the nth call of a route, a given number of times', async () => {
    await fault({
      match: { method: 'GET', route: '/user', nth: 2 },
      do: { status: 502 },
      times: 2,
    });
    expect([await user(), await user(), await user(), await user()]).toEqual([200, 502, 502, 200]);
    expect(await alice.must('GET', '/_stand-in/faults')).toEqual([]);
  });

  test('answer with a status, headers and a body, late, or not at all', async () => {
    await fault({
      match: { route: '/users/:username' },
      do: {
        status: 403,
        headers: { 'retry-after': '7' },
        body: { message: 'secondary' },
        delay_ms: 60,
      },
    });
    const start = performance.now();
    const answer = await alice.call('GET', '/users/bob');
    expect(performance.now() - start).toBeGreaterThanOrEqual(55);
    expect([answer.status, answer.headers.get('retry-after'), answer.body]).toEqual([
      403,
      '7',
      { message: 'secondary' },
    ]);
    await fault({ do: { drop: true } });
    expect(await user()).toBe('dropped');
    expect((await calls()).at(-1)).toMatchObject({ route: '/user', status: null });
  });

  test('can lose the answer of a call that was carried out', async () => {
    const MEMBER = '/orgs/acme/teams/outside/memberships/bob';
    const root = person(github.url, 'tok_root');
    await fault({ match: { method: 'PUT' }, do: { drop: true, after: true } });
    await expect(root.call('PUT', MEMBER)).rejects.toThrow();
    expect((await root.call('GET', MEMBER)).status).toBe(200);
  });

  test('that make no sense are refused', async () => {
    expect((await alice.call('POST', '/_stand-in/faults', { do: { explode: true } })).status).toBe(
      422,
    );
  });
});

describe('the clock', () => {
  const read = async () => Date.parse(await (await fetch(`${github.url}/_stand-in/clock`)).text());
  const set = (body: unknown) =>
    fetch(`${github.url}/_stand-in/clock`, { method: 'PUT', body: JSON.stringify(body) });

  test('ticks on from where it is set, and stops if it is frozen', async () => {
    await set({ now: '2030-01-02T03:04:05+01:00' });
    const start = Date.parse('2030-01-02T02:04:05Z');
    expect((await read()) - start).toBeLessThan(5_000);
    expect(await read()).toBeGreaterThanOrEqual(start);
    await set({ now: '2030-01-02T03:04:05Z', frozen: true });
    const frozen = Date.parse('2030-01-02T03:04:05Z');
    expect([await read(), await read()]).toEqual([frozen, frozen]);
    await set({ advance: 'P1DT1H30M' });
    expect(await read()).toBe(frozen + 25.5 * 3_600_000);
  });

  test.each([[{ now: 'tomorrow' }], [{ advance: '1h' }], [{ advance: 'PT' }], [{}]])(
    'refuses %j',
    async (body) => {
      expect((await set(body)).status).toBe(422);
    },
  );
});

describe('a seed', () => {
  test('names its mistakes', () => {
    expect(() => parseSeed({ users: [{ login: 'a b', id: 1 }], repo: [] }, '/')).toThrow(
      /login|repo/,
    );
  });

  test('is refused if it names somebody that it lacks', async () => {
    const orgs = [{ login: 'acme', members: [{ login: 'nobody' }] }];
    await expect(startGitHub({ orgs })).rejects.toThrow('nobody');
  });

  test('starts its own process, with keys and folders beside it, which ends at SIGTERM', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seed-'));
    const { apps = [], repos = [], ...others } = seed();
    const beside = {
      ...others,
      repos: repos.map((repo) => ({ ...repo, files: {}, from: '.' })),
      apps: apps.slice(0, 1).map((app) => ({
        ...app,
        private_key: undefined,
        private_key_path: 'app.pem',
      })),
    };
    await writeFile(join(folder, 'app.pem'), APP_KEY);
    await writeFile(join(folder, 'seed.yaml'), stringify(beside));
    const main = join(import.meta.dirname, 'main.ts');
    const args = ['--import', 'tsx', main, '--seed', join(folder, 'seed.yaml'), '--port', '0'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const files = await person(url, 'tok_alice').must<{ name: string }[]>(
      'GET',
      '/repos/acme/access/contents',
    );
    expect(files.map(({ name }) => name)).toEqual(['app.pem', 'seed.yaml']);
    expect((await person(url, signJwt(APP_KEY)).call('GET', '/app')).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    await rm(folder, { recursive: true });
  });
});
