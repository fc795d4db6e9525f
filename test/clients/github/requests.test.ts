import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { z } from 'zod';
import { connectApp } from '../../../src/clients/github/app.js';
import { ask } from '../../../src/clients/github/graphql.js';
import { readList } from '../../../src/clients/github/lists.js';
import type { GitHubCall } from '../../../src/core/work/github-call.js';
import { OverLimits } from '../../../src/ports.js';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const BUDGET = {
  'x-ratelimit-resource': 'core',
  'x-ratelimit-remaining': '4998',
  'x-ratelimit-limit': '5000',
};
const json = (body: unknown, headers: Record<string, string> = {}, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

/** An App on a GitHub that answers everything except installation and token by `answer`. */
function appOn(answer: (url: URL) => Response | Promise<Response>, retries_ms = [1, 1]) {
  const calls: GitHubCall[] = [];
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.pathname.endsWith('/installation')) return json({ id: 7, app_slug: 'daypass' });
    if (url.pathname.endsWith('/access_tokens'))
      return json({ token: 'ghs_x', expires_at: '2099-01-01T00:00:00Z', permissions: {} }, {}, 201);
    asked.push(url.search);
    return answer(url);
  };
  const app = connectApp({
    appId: 1,
    privateKey,
    apiUrl: 'https://github.test',
    place: { owner: 'acme', repo: 'access' },
    fetch,
    retries_ms,
    onCall: (call) => calls.push(call),
  });
  return {
    app,
    asked,
    calls,
    told: () => calls.filter(({ route }) => !/installation/.test(route)),
  };
}

const ROUTE = 'GET /repos/{owner}/{repo}/activity';
const PLACE = { owner: 'acme', repo: 'access' };
const read = (app: ReturnType<typeof appOn>['app']) =>
  readList(app, ROUTE, PLACE, z.array(z.number()));
const next = (url: string) => ({ link: `<${url}>; rel="next"` });

test('each call that was sent is reported, with what is left of the hour, even one without an answer', async () => {
  let times = 0;
  const { app, told } = appOn(() => {
    times += 1;
    if (times === 1) throw new TypeError('fetch failed');
    return json([1], BUDGET);
  });
  expect(await read(app)).toEqual([1]);
  const route = ROUTE;
  expect(told()).toEqual([
    { kind: 'rest', route, status: null, resource: null, remaining: null, limit: null },
    { kind: 'rest', route, status: 200, resource: 'core', remaining: 4998, limit: 5000 },
  ]);
});

test('calls to GraphQL and calls for a token are reported, too', async () => {
  const { app, calls } = appOn(() => json({ data: { viewer: { login: 'bot' } } }));
  const viewer = z.object({ viewer: z.object({ login: z.string() }) });
  await ask(app, 'query Viewer { viewer { login } }', {}, viewer);
  expect(calls.map(({ kind, route, status }) => [kind, route, status])).toEqual([
    ['rest', 'GET /repos/{owner}/{repo}/installation', 200],
    ['rest', 'POST /app/installations/{installation_id}/access_tokens', 201],
    ['graphql', 'POST /graphql', 200],
  ]);
});

test('a REST list follows the query of the link, whatever host the link names', async () => {
  const { app, asked } = appOn((url) =>
    url.searchParams.has('after')
      ? json([2])
      : json([1], next('https://elsewhere.test/repositories/1/activity?per_page=100&after=x')),
  );
  expect(await read(app)).toEqual([1, 2]);
  expect(asked).toEqual(['?per_page=100', '?per_page=100&after=x']);
});

test.each([
  ['a conflict', () => json({ message: 'Conflict' }, {}, 409)],
  [
    'a body that was cut',
    () => new Response('', { headers: { 'content-type': 'application/json' } }),
  ],
])('invariant 3: a page that is %s is an error, not the end of the list', async (_, second) => {
  const { app } = appOn((url) =>
    url.searchParams.has('after') ? second() : json([1], next('https://github.test/x?after=y')),
  );
  await expect(read(app)).rejects.toThrow();
});

test('invariant 3: a REST list without an end is over the limits', async () => {
  const { app, asked } = appOn(() => json([1], next('https://github.test/x?after=y')));
  await expect(read(app)).rejects.toThrow(OverLimits);
  expect(asked).toHaveLength(100);
});

test('nothing is sent or retried for a caller whose signal is aborted', async () => {
  const closing = new AbortController();
  const { app, asked } = appOn(() => {
    closing.abort(new Error('closing'));
    return json({}, {}, 502);
  });
  const numbers = z.array(z.number());
  await expect(readList(app, ROUTE, PLACE, numbers, closing.signal)).rejects.toThrow();
  await expect(readList(app, ROUTE, PLACE, numbers, closing.signal)).rejects.toThrow('closing');
  expect(asked).toHaveLength(1);
});

const date = 'Tue, 24 Nov 2026 11:00:00 GMT';
const hour = (resource: string, remaining: number, more: Record<string, string> = {}) => ({
  'x-ratelimit-resource': resource,
  'x-ratelimit-limit': '5000',
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': String(Date.parse(date) / 1000 + 900),
  date,
  ...more,
});
const byPath = (url: URL) => (url.pathname.endsWith('/graphql') ? 'graphql' : 'core');
const query = (app: Parameters<typeof ask>[0]) =>
  ask(app, 'query Viewer { viewer { login } }', {}, z.object({ viewer: z.unknown() }));
const viewer = { data: { viewer: { login: 'bot' } } };

describe("GitHub's hourly limits", () => {
  test("GraphQL's stops no call to REST, and REST's none to GraphQL", async () => {
    for (const spent of ['graphql', 'core']) {
      const { app } = appOn((url) =>
        byPath(url) === spent
          ? json({ message: 'API rate limit exceeded' }, hour(spent, 0), 403)
          : json(byPath(url) === 'graphql' ? viewer : [1], hour(byPath(url), 4_000)),
      );
      const [one, other] = [() => query(app), () => read(app)];
      const [stops, goes] = spent === 'graphql' ? [one, other] : [other, one];
      for (let i = 0; i < 2; i += 1) {
        await expect(stops()).rejects.toMatchObject({ name: 'RateLimited' });
        await goes();
      }
    }
  });

  test.each<[string, Record<string, string>]>([
    ['says when', { 'retry-after': '60' }],
    ['only has words', {}],
    ['came with the last call of the hour', { 'retry-after': '60', 'x-ratelimit-remaining': '0' }],
  ])('a secondary limit that %s stops all calls', async (_, more) => {
    const message = 'You have exceeded a secondary rate limit';
    const { app, asked } = appOn(() => json({ message }, hour('core', 4_000, more), 403));
    await expect(read(app)).rejects.toMatchObject({ name: 'RateLimited' });
    await expect(query(app)).rejects.toMatchObject({ name: 'RateLimited' });
    await expect(query(asEnd(app))).rejects.toMatchObject({ name: 'RateLimited' });
    expect(asked).toHaveLength(1);
  });

  test('invariant 16: what is left at the last is for ends and the default branch, of each resource for itself', async () => {
    const { app, asked, told } = appOn((url) =>
      byPath(url) === 'graphql'
        ? json(viewer, hour('graphql', 500))
        : json([1], hour('core', 4_000)),
    );
    await query(app);
    const waits = { name: 'RateLimited', retry_after_ms: expect.closeTo(900_000, -4) };
    const why = /what is left of GitHub's hourly limit \(graphql\) is kept for ends/;
    await expect(query(app)).rejects.toMatchObject({
      ...waits,
      message: expect.stringMatching(why),
    });
    expect(asked).toHaveLength(1);
    await read(app);
    await query(asEnd(app));
    await query({ octokit: app.octokitFor('tip') });
    expect(asked).toHaveLength(4);
    expect(told().filter(({ held_back }) => held_back)).toEqual([
      expect.objectContaining({
        kind: 'graphql',
        resource: 'graphql',
        status: null,
        held_back: true,
      }),
    ]);
  });

  test('calls that are under way count, so that many at once leave the last tenth alone', async () => {
    let left = 502;
    const { app, asked } = appOn(() => json([1], hour('core', left--)));
    await read(app);
    const many = await Promise.allSettled(Array.from({ length: 20 }, () => read(app)));
    expect(many.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(asked).toHaveLength(3);
  });
});

const asEnd = (app: ReturnType<typeof appOn>['app']) => ({ octokit: app.octokitFor('end') });
