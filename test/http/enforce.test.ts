import { request as ask, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { ForwardedRequest } from '../../src/core/use/forward/forwarded.js';
import { enforce } from '../../src/http/enforce.js';
import { serve, type Listening } from '../../src/http/server.js';
import type { ToldForward } from '../../src/workflows/use/decide-forwarded.js';

const LINK = 'https://github.com/acme/access/new/main?filename=a&value="<b>"';
const reason = (code: 'allowed_by_grant' | 'no_grant', message: string) =>
  [{ code, message }] as const;

let asked: ForwardedRequest[] = [];
/** Says what the user wishes: `alice` may, others may not, and some are no question at all. */
function decide(_: unknown, request: ForwardedRequest): ToldForward {
  asked.push(request);
  const user = request.headers.find(([name]) => name.toLowerCase() === 'x-daypass-user')?.[1] ?? '';
  if (user === '') return { kind: 'no_subject', why: 'who is it?' };
  if (user === 'odd') return { kind: 'unreadable', why: 'the header is missing' };
  if (user === 'late') return { kind: 'not_current', why: 'the ledger does not answer' };
  if (user === 'gone') return { kind: 'no_point', why: 'no such point' };
  if (user === 'other') return { kind: 'forbidden', why: 'speaks authzen' };
  const allowed = user === 'alice';
  return {
    ...{ kind: 'decided', evaluation: 'e-1', at: '2026-11-24T17:20:00.000Z' },
    question: allowed
      ? {
          ...{ subject: { id: 101, login: 'alice' }, resource: 'orders-api' },
          ...{ environment: 'production', act: { kind: 'action', name: 'get' } },
        }
      : null,
    ask_for: allowed ? null : { command: 'daypass request orders-api', link: LINK },
    requestable: null,
    decision: {
      allowed,
      reasons: allowed
        ? reason('allowed_by_grant', 'so')
        : reason('no_grant', 'bob has no grant on <b>orders-api</b>.'),
      warnings: [],
      grant: allowed ? 'access-grants/production/alice-orders.yml@c0ffee' : null,
      ends_at: allowed ? '2026-11-24T21:00:00.000Z' : null,
    },
  } as ToldForward;
}

let listening: Listening;
beforeAll(async () => {
  const routes = enforce({
    nameCaller: ({ headers }) =>
      headers.authorization === 'Bearer door' ? { kind: 'token', name: 'door' } : null,
    decide,
  });
  listening = await serve(routes, { host: '127.0.0.1', port: 0 }, pino({ level: 'silent' }));
});
afterAll(() => listening.close());

/** Sends one request as it is written: fetch would tidy up its path. */
async function send(
  user: string | null,
  { method = 'GET', path = '/enforce', accept = '*/*', token = 'door', body = '' } = {},
) {
  asked = [];
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = {
      ...{ accept, authorization: `Bearer ${token}` },
      ...(user !== null && { 'x-daypass-user': user }),
      ...(body !== '' && { 'content-length': String(body.length) }),
    };
    const sent = ask({ host: '127.0.0.1', port: listening.port, method, path, headers }, resolve);
    sent.once('error', reject);
    sent.end(body);
  });
  const { statusCode: status, headers } = answer;
  return { status, headers, text: await text(answer) };
}

test('a call that is allowed goes on, with who it is, by which grant and until when', async () => {
  expect(await send('alice')).toMatchObject({
    status: 200,
    headers: {
      'x-daypass-subject': '101',
      'x-daypass-grant': 'access-grants/production/alice-orders.yml@c0ffee',
      'x-daypass-until': '2026-11-24T21:00:00.000Z',
      'x-daypass-evaluation': 'e-1',
      'cache-control': 'no-store',
    },
  });
});

describe('any method and any path below it is asked about as it came', () => {
  test.each([
    ['GET', '/enforce', '/'],
    ['DELETE', '/enforce/', '/'],
    ['PROPFIND', '/enforce/v1//orders/..%2fadmin?x=/enforce', '/v1//orders/..%2fadmin?x=/enforce'],
    ['POST', '/enforce?x=1', '?x=1'],
  ])('%s %s', async (method, path, below) => {
    expect((await send('alice', { method, path })).status).toBe(200);
    expect(asked).toMatchObject([{ method, below }]);
  });

  test.each(['/enforced', '/enforcement/x', '/ENFORCE', '//enforce', '/x/enforce'])(
    '%s is not it',
    async (path) => {
      expect((await send('alice', { path })).status).toBe(404);
      expect(asked).toEqual([]);
    },
  );
});

describe('whoever is denied reads why', () => {
  test('as JSON', async () => {
    const { status, headers, text: body } = await send('bob');
    expect(status).toBe(403);
    expect(headers['x-daypass-request']).toBe(LINK);
    expect(JSON.parse(body)).toMatchObject({
      decision: false,
      context: { reason: 'no_grant', evaluation_id: 'e-1', ask_for: { link: LINK } },
    });
  });

  test('as a page, in which nothing of it is markup', async () => {
    const { status, headers, text: page } = await send('bob', { accept: 'text/html,*/*;q=0.8' });
    expect([status, headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    expect(page).toContain('<p>bob has no grant on &lt;b&gt;orders-api&lt;/b&gt;.</p>');
    expect(page).toContain('value=&quot;&lt;b&gt;&quot;">Ask for it</a>');
    expect(page).toContain('<code>daypass request orders-api</code>');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });
});

test.each([
  ['nobody has signed in', null, 401, 'who is it?'],
  ['the proxy does not send what it should', 'odd', 403, 'the header is missing'],
  ['a point that speaks otherwise', 'other', 403, 'speaks authzen'],
  ['no point of the policy', 'gone', 401, 'no such point'],
  ['it is not known what is current', 'late', 503, 'the ledger does not answer'],
])('nothing goes through where %s', async (_, user, status, why) => {
  expect(await send(user)).toMatchObject({ status, text: JSON.stringify({ error: why }) });
});

test('a caller without the credential of a point is asked nothing', async () => {
  expect((await send('alice', { token: 'guessed' })).status).toBe(401);
  expect(asked).toEqual([]);
});

test('a body is not read, and its connection ends', async () => {
  const sent = await send('alice', { method: 'POST', body: 'x'.repeat(100_000) });
  expect([sent.status, sent.headers.connection]).toEqual([200, 'close']);
});
