import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { until } from '../../lab/until.js';
import type { AskedQuestion } from '../../src/core/use/asked.js';
import { authzen } from '../../src/http/authzen/routes.js';
import { serve, type Listening } from '../../src/http/server.js';
import type { ToldAtUse } from '../../src/workflows/use/decide-use.js';

const TOKEN = 'Bearer of the point';
const MILLISECONDS_EACH = 2;

let ids = 0;
const decided = (allowed: boolean): ToldAtUse => ({
  ...{ kind: 'decided', evaluation: `id-${String((ids += 1))}` },
  ...{ at: '2026-11-24T17:20:00.000Z', question: null, ask_for: null, requestable: null },
  decision: {
    ...{ allowed, reasons: [{ code: allowed ? 'allowed_by_grant' : 'no_grant', message: 'so' }] },
    ...{ warnings: [], grant: null, ends_at: null },
  },
});

/** Alice may, others may not, nobody may ask about `elsewhere`, and a `slow` question takes its time. */
function decide(_: unknown, { subject, resource }: AskedQuestion): ToldAtUse {
  if (subject.id === 'stranger') return { kind: 'no_point', why: 'no such point' };
  if (resource.id === 'elsewhere') return { kind: 'forbidden', why: 'not guarded' };
  if (resource.id === 'slow') {
    const until = performance.now() + MILLISECONDS_EACH;
    while (performance.now() < until);
  }
  return decided(subject.id === 'alice');
}

/** What a search waits for before it ends. */
let gate = Promise.resolve();

let listening: Listening;
beforeAll(async () => {
  const routes = authzen({
    publicUrl: undefined,
    nameCaller: ({ headers }) =>
      headers.authorization === TOKEN ? { kind: 'token', name: 'orders-api' } : null,
    decide,
    search: async () => {
      await gate;
      return { kind: 'not_current', why: 'the ledger does not answer' };
    },
    requestsAt: () => null,
    requests: { ask: () => Promise.reject(new Error()), task: () => Promise.reject(new Error()) },
    turns: {
      steady_ms: () => performance.now(),
      next: () => new Promise((resolve) => void setImmediate(resolve)),
    },
  });
  const alive = (_request: unknown, response: { end: (text: string) => unknown }) =>
    void response.end('alive');
  const at = { host: '127.0.0.1', port: 0 };
  listening = await serve({ ...routes, 'GET /healthz': alive }, at, pino({ level: 'silent' }));
});
afterAll(() => listening.close());

const url = (path: string) => `http://127.0.0.1:${String(listening.port)}${path}`;
async function post(body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(url('/access/v1/evaluations'), {
    method: 'POST',
    headers: { authorization: TOKEN, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const of = (subject: string, resource = 'record-1') => ({
  subject: { type: 'user', id: subject },
  action: { name: 'read' },
  resource: { type: 'record', id: resource },
});

describe('POST /access/v1/evaluations', () => {
  test('answers in order, each with an id of its own; what failed is denied with an error', async () => {
    ids = 0;
    const evaluations = [of('alice'), of('bob'), {}, of('alice', 'elsewhere')];
    const { status, body } = await post({ evaluations });
    expect(status).toBe(200);
    const at = { evaluated_at: '2026-11-24T17:20:00.000Z', reason_user: 'so' };
    expect(body).toEqual({
      evaluations: [
        {
          decision: true,
          context: { ...at, evaluation_id: 'id-1', reason: 'allowed_by_grant' },
        },
        { decision: false, context: { ...at, evaluation_id: 'id-2', reason: 'no_grant' } },
        {
          decision: false,
          context: {
            error: { status: 400, message: 'subject must be an object with type and id' },
          },
        },
        { decision: false, context: { error: { status: 403, message: 'not guarded' } } },
      ],
    });
  });

  test('without evaluations it answers like the single endpoint', async () => {
    expect(await post(of('alice'))).toMatchObject({ status: 200, body: { decision: true } });
    expect(await post(of('alice', 'elsewhere'))).toMatchObject({ status: 403 });
  });

  const refusals: readonly [string, unknown, Record<string, string>, number, RegExp][] = [
    ['a bad whole', { evaluations: 'all' }, {}, 400, /must be a list/],
    ['a caller without a credential', {}, { authorization: 'no' }, 401, /token/],
    ['a caller whom the policy does not name', { evaluations: [of('stranger')] }, {}, 401, /such/],
    ['a body over the limit', JSON.stringify({ x: 'x'.repeat(1_050_000) }), {}, 413, /1048576/],
    ['a body that is nested too deep', '['.repeat(70), {}, 400, /nested more than 64 deep/],
    ['a body that is not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), {}, 400, /not UTF-8/],
    ['a body that begins with a byte order mark', '\ufeff{}', {}, 400, /not JSON/],
    ['another Content-Type', '{}', { 'content-type': 'text/json' }, 400, /application\/json/],
  ];
  test.each(refusals)('refuses %s', async (_, body, headers, status, says) => {
    const answer = await post(body, { ...headers, 'x-request-id': 'r-1' });
    expect(answer).toMatchObject({ status, body: expect.stringMatching(says) });
    expect(answer.headers.get('x-request-id')).toBe('r-1');
  });

  test('brackets in a text are no nesting', async () => {
    const asked = { ...of('alice'), context: { text: `${'['.repeat(70)}\\"${'{'.repeat(70)}` } };
    expect(await post(asked)).toMatchObject({ status: 200 });
  });

  test('a long batch keeps nobody else waiting', async () => {
    const evaluations = Array.from({ length: 1_000 }, () => of('alice', 'slow'));
    let over = false;
    const batch = post({ evaluations }).finally(() => {
      over = true;
    });
    let meanwhile = 0;
    while (meanwhile < 5) {
      expect(await (await fetch(url('/healthz'))).text()).toBe('alive');
      meanwhile += 1;
    }
    expect(over).toBe(false);
    expect((await batch).body).toMatchObject({ evaluations: { length: 1_000 } });
  });
});

test('more long requests at once than are answered get 503, and those are answered all the same', async () => {
  let open: () => void = () => undefined;
  gate = new Promise((resolve) => (open = resolve));
  const search = { ...of('alice'), subject: { type: 'user' } };
  const ask = async () => {
    const answer = await fetch(url('/access/v1/search/subject'), {
      method: 'POST',
      headers: { authorization: TOKEN, 'content-type': 'application/json' },
      body: JSON.stringify(search),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const waiting = Array.from({ length: 16 }, ask);
  const refused = await until('one more is refused', async () => {
    const answer = await Promise.race([ask(), sleep(200, null)]);
    return answer?.status === 503 ? answer : null;
  });
  expect(refused.body).toBe('16 such requests are being answered already: ask again in a moment');
  open();
  const ended = await Promise.all(waiting);
  expect(new Set(ended.map(({ status }) => status)).has(503)).toBe(true);
  expect((await post({ evaluations: [of('alice')] })).status).toBe(200);
});

test('a single question is as long as a question may be, by either way', async () => {
  const long = { ...of('alice'), context: { text: 'x'.repeat(70_000) } };
  expect(await post(long)).toMatchObject({
    ...{ status: 400, body: expect.stringMatching(/at most 65536 characters/) },
  });
});
