import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { pino } from 'pino';
import { daypass } from '../../src/http/app.js';
import type { Listening } from '../../src/http/server.js';
import { serve } from '../../src/http/server.js';
import { WEBHOOK_PATH, webhooks } from '../../src/http/webhooks.js';
import type { Delivery } from '../../src/core/work/delivery.js';

const SECRET = 'a-secret-that-is-long-enough';
const log = pino({ level: 'silent' });

/** A store whose behaviour a test sets. */
const store: { rows: Map<string, Delivery>; act: () => Promise<void> } = {
  rows: new Map(),
  act: () => Promise.resolve(),
};
const WITHIN_MS = 300;
let listening: Listening;
let url: string;

beforeAll(async () => {
  const app = daypass(
    {
      store: async (delivery) => {
        await store.act();
        store.rows.set(delivery.id, delivery);
      },
    },
    WITHIN_MS,
  );
  listening = await serve(
    { [`POST ${WEBHOOK_PATH}`]: await webhooks(app, SECRET, log) },
    { host: '127.0.0.1', port: 0 },
    log,
  );
  url = `http://127.0.0.1:${String(listening.port)}${WEBHOOK_PATH}`;
});
afterAll(() => listening.close());
beforeEach(() => {
  store.rows.clear();
  store.act = () => Promise.resolve();
});

const sign = (body: string, secret = SECRET) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

function send(body: string, headers: Record<string, string | undefined> = {}) {
  const all: Record<string, string | undefined> = {
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': sign(body),
    ...headers,
  };
  const given = Object.entries(all).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return fetch(url, { method: 'POST', body, headers: Object.fromEntries(given) });
}

const OPENED = JSON.stringify({
  action: 'opened',
  installation: { id: 77 },
  repository: { id: 9001 },
  pull_request: { number: 12, title: 'secret plans' },
});

describe('webhooks', () => {
  test('invariant 25: a verified delivery is a row that only says where to look', async () => {
    expect((await send(OPENED)).status).toBe(200);
    expect([...store.rows.values()]).toEqual([
      {
        id: 'd-1',
        event: 'pull_request',
        action: 'opened',
        installation_id: 77,
        repository_id: 9001,
        pull_request: 12,
        ref: null,
      },
    ]);
  });

  test.each(['check_run', 'check_suite'])(
    'a %s says which pull request it is about',
    async (event) => {
      const of = (pull_requests: object[]) =>
        send(JSON.stringify({ action: 'rerequested', [event]: { pull_requests } }), {
          'x-github-event': event,
        });
      await of([{ number: 12 }]);
      expect(store.rows.get('d-1')).toMatchObject({ action: 'rerequested', pull_request: 12 });
      await of([]);
      expect(store.rows.get('d-1')).toMatchObject({ action: 'rerequested', pull_request: null });
    },
  );

  test.each([
    [
      'signed with another secret',
      OPENED,
      { 'x-hub-signature-256': sign(OPENED, 'another-secret-of-length') },
      400,
    ],
    [
      'signed with the word that Probot takes by default',
      OPENED,
      { 'x-hub-signature-256': sign(OPENED, 'development') },
      400,
    ],
    [
      'another body than was signed',
      OPENED.replace('12', '13'),
      { 'x-hub-signature-256': sign(OPENED) },
      400,
    ],
    ['no signature', OPENED, { 'x-hub-signature-256': undefined }, 400],
    ['no event', OPENED, { 'x-github-event': undefined }, 400],
    ['an event called __proto__', OPENED, { 'x-github-event': '__proto__' }, 400],
    ['no delivery id', OPENED, { 'x-github-delivery': undefined }, 400],
    ['a delivery id with SQL in it', OPENED, { 'x-github-delivery': "1'; DROP TABLE" }, 400],
    ['a form', OPENED, { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['signed null', 'null', {}, 400],
    ['a signed list', '[]', {}, 400],
    ['signed text that is not JSON', '{"action":', {}, 400],
    ['nothing', '', {}, 400],
  ])('%s is refused, and no row is written', async (_, body, headers, status) => {
    const answer = await send(body, headers);
    expect(answer.status).toBe(status);
    expect(store.rows.size).toBe(0);
  });

  test.each([
    ['fields of the wrong type', { action: 5, pull_request: { number: 'twelve' }, repository: [] }],
    ['a number that is not an id', { pull_request: { number: -1 } }],
    [
      'keys that a program may trip over',
      { __proto__: null, constructor: 1, action: 'opened', ref: 'x'.repeat(301) },
    ],
  ])('%s: it is stored, and nothing in it is believed', async (_, body) => {
    expect((await send(JSON.stringify(body))).status).toBe(200);
    expect(store.rows.get('d-1')).toMatchObject({
      pull_request: null,
      repository_id: null,
      ref: null,
    });
  });

  test('the same delivery twice is one row', async () => {
    await send(OPENED);
    expect((await send(OPENED)).status).toBe(200);
    expect(store.rows.size).toBe(1);
  });

  test('a body that announces too large a size is refused before it is sent', async () => {
    const answer = await raw(
      `POST ${WEBHOOK_PATH} HTTP/1.1\r\nhost: x\r\nx-github-event: push\r\nx-github-delivery: d-2\r\n` +
        `x-hub-signature-256: sha256=00\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('a body of 25 MB is stored, and one byte more is refused', async () => {
    const limit = 25 * 1024 * 1024;
    const padded = (bytes: number) =>
      OPENED.replace('secret plans', 'x'.repeat(bytes - OPENED.length + 'secret plans'.length));
    expect((await send(padded(limit))).status).toBe(200);
    const more = await send(padded(limit + 1), { 'x-github-delivery': 'd-2' }).then(
      ({ status }) => status,
      () => 413,
    );
    expect(more).toBe(413);
    expect([...store.rows.keys()]).toEqual(['d-1']);
  });

  test('an unsigned body that grows past the limit is cut off', async () => {
    const body = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    const sent = fetch(url, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': 'd-3',
        'x-hub-signature-256': 'sha256=00',
      },
    });
    // Node's fetch may see the broken connection before the answer; in both cases nothing more is read.
    const status = await sent.then(
      (answer) => answer.status,
      () => 413,
    );
    expect(status).toBe(413);
    expect(store.rows.size).toBe(0);
  });

  test('large unsigned bodies are refused together before they fill the memory', async () => {
    const piece = Buffer.alloc(20 * 1024 * 1024, 'x');
    const sockets = Array.from({ length: 6 }, (_, i) => {
      const socket = connect(listening.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST ${WEBHOOK_PATH} HTTP/1.1\r\nhost: x\r\nx-github-event: push\r\nx-github-delivery: big-${String(i)}\r\n` +
          `x-hub-signature-256: sha256=00\r\ncontent-type: application/json\r\ncontent-length: 26000000\r\n\r\n`,
      );
      socket.write(piece);
      return socket;
    });
    // None of them has ended, so without a shared budget each would be waited for.
    const refused = await Promise.any(
      sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve))),
    );
    expect(String(refused)).toMatch(/^HTTP\/1\.1 503 /);
    expect((await send(OPENED)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test('there is never a 2xx without the row: a store that hangs or fails is 503, without its message', async () => {
    store.act = () => new Promise(() => undefined);
    expect((await send(OPENED)).status).toBe(503);
    store.act = () => Promise.reject(Object.assign(new Error('password=hunter2'), { status: 200 }));
    const failed = await send(OPENED);
    expect(failed.status).toBe(503);
    expect(await failed.text()).not.toContain('hunter2');
    expect(store.rows.size).toBe(0);
  });

  test.each(['GET', 'PUT', 'DELETE'])('%s is not a webhook', async (method) => {
    expect((await fetch(url, { method })).status).toBe(404);
  });
});

function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(listening.port, '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
