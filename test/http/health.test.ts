import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { health } from '../../src/http/health.js';
import { createRegistry } from '../../src/http/metrics.js';
import type { Listening } from '../../src/http/server.js';
import { serve } from '../../src/http/server.js';

const TOKEN = 'a-token-of-some-length';
const log = pino({ level: 'silent' });
let missing: readonly string[] = [];
let withToken: Listening;
let without: Listening;

beforeAll(async () => {
  const routes = (token?: string) => health(async () => missing, createRegistry('1.2.3'), token);
  const at = { host: '127.0.0.1', port: 0 };
  withToken = await serve(routes(TOKEN), at, log);
  without = await serve(routes(), at, log);
});
afterAll(async () => {
  await withToken.close();
  await without.close();
});

const ask = (listening: Listening, path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${String(listening.port)}${path}`, init);

describe('health', () => {
  test.each([
    { what: [], status: 200, ready: true },
    { what: ['the database does not answer'], status: 503, ready: false },
    { what: ['one', 'another'], status: 503, ready: false },
  ])('if $what is missing, /readyz is $status, and /healthz is 200', async (row) => {
    missing = row.what;
    const answer = await ask(without, '/readyz');
    expect(answer.status).toBe(row.status);
    expect(await answer.json()).toEqual({ ready: row.ready, missing: row.what });
    const alive = await ask(without, '/healthz');
    expect([alive.status, await alive.json()]).toEqual([200, { status: 'alive' }]);
  });

  test.each([
    ['nothing', {}],
    ['another token', { authorization: 'Bearer another-token-of-some-length' }],
    ['the token of another scheme', { authorization: `Basic ${TOKEN}` }],
    ['a beginning', { authorization: `Bearer ${TOKEN.slice(1)}` }],
  ])('/metrics for %s is 401', async (_, headers) => {
    const answer = await ask(withToken, '/metrics', { headers });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await answer.text()).not.toContain('process_cpu');
  });

  test('/metrics with METRICS_TOKEN has Prometheus’ format; if no token is configured, nobody gets it', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const shown = await ask(withToken, '/metrics', { headers });
    expect([shown.status, shown.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/plain'),
    ]);
    const text = await shown.text();
    expect(text).toContain('process_cpu');
    expect(text).toContain('daypass_build_info{version="1.2.3"} 1\n');
    for (const sent of [headers, { authorization: 'Bearer undefined' }, {}]) {
      expect((await ask(without, '/metrics', { headers: sent })).status).toBe(403);
    }
  });

  test.each([
    ['GET', '/'],
    ['GET', '/healthz/'],
    ['POST', '/readyz'],
    ['GET', '/constructor'],
  ])('%s %s is 404', async (method, path) => {
    expect((await ask(withToken, path, { method })).status).toBe(404);
  });
});
