import { afterEach, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createBodies, type Body } from '../../src/http/body.js';
import { until } from '../../lab/until.js';

const SECRET = 'a-secret-that-is-long-enough';
const sign = (text: string) => `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`;

let server: Server;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
  // A refused body is not read on, so its connection is not seen to be over.
  server.closeAllConnections();
});

/** The outcome of each request, by its path; requests are answered when a test ends. */
async function receiving(options: { limit: number; budget: number; within_ms?: number }) {
  const bodies = createBodies({ secret: SECRET, within_ms: 60_000, ...options });
  const came = new Map<string, Body>();
  server = createServer((request) => {
    const signature = String(request.headers['x-hub-signature-256']);
    void bodies.receive(request, signature).then((body) => came.set(request.url ?? '', body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const begin = (path: string, length: number, signature: string): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nx-hub-signature-256: ${signature}\r\n` +
        `content-length: ${String(length)}\r\n\r\n`,
    );
    return socket;
  };
  const send = (path: string, text: string, signature = sign(text)) =>
    begin(path, Buffer.byteLength(text), signature).write(text);
  return { came, begin, send };
}

const MIB = 1024 * 1024;

/** What buffers take after a collection, in bytes. */
function held(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

test('many large bodies at once hold no more memory than their budget', async () => {
  const { came, begin } = await receiving({ limit: 25 * MIB, budget: 16 * MIB });
  const piece = Buffer.alloc(8 * MIB, 'x');
  const before = held();
  // None of them ends: what is kept of them is all that is held.
  for (let i = 0; i < 16; i++) begin(`/${i}`, 25 * MIB, sign('')).write(piece);
  await until('refusals', async () => came.size >= 14);
  // What was refused is collected; what is kept never would be.
  await until('no more than the budget', async () => held() - before < 20 * MIB);
  expect(new Set(came.values())).toEqual(new Set([...came.values()].filter((b) => 'refused' in b)));
});

test('many small bodies that never end do not keep out a larger one that comes at once', async () => {
  const { came, begin, send } = await receiving({ limit: 25 * MIB, budget: MIB });
  const slow = (name: string) => begin(name, MIB, sign('')).write('x'.repeat(20_000));
  for (let i = 0; i < 60; i++) slow(`/slow-${i}`);
  await until('the budget to be used up', async () => came.size > 0);
  for (let i = 0; i < 5; i++) {
    send(`/delivery-${i}`, 'd'.repeat(28_000));
    slow(`/slow-again-${i}`);
    await until('the delivery', async () => came.has(`/delivery-${i}`));
    expect(came.get(`/delivery-${i}`)).toHaveProperty('text');
  }
});

test('if there is no room left the body that has been arriving longest is refused, and the others get through', async () => {
  const { came, begin, send } = await receiving({ limit: 25 * MIB, budget: 4 * MIB });
  begin('/attack', 25 * MIB, sign('')).write(Buffer.alloc(3.9 * MIB));
  send('/small', '{"a":1}');
  await until('the small one', async () => came.has('/small'));
  for (let i = 0; i < 4; i++) send(`/medium-${i}`, 'm'.repeat(0.5 * MIB));
  await until('the medium ones', async () => came.size === 6);
  expect(came.get('/attack')).toEqual({ refused: 'no room' });
  for (const [path, body] of came) if (path !== '/attack') expect(body).toHaveProperty('text');
});

test('a signed body counts until it is handled, and is not refused meanwhile', async () => {
  const { came, send } = await receiving({ limit: 25 * MIB, budget: 2 * MIB });
  send('/first', 'f'.repeat(1.5 * MIB));
  await until('the first', async () => came.has('/first'));
  send('/second', 's'.repeat(1 * MIB));
  await until('the second', async () => came.has('/second'));
  expect(came.get('/second')).toEqual({ refused: 'no room' });
  const first = came.get('/first');
  if (!first || !('text' in first)) throw new Error('the first was refused');
  first.release();
  send('/third', 's'.repeat(1 * MIB));
  await until('the third', async () => came.has('/third'));
  expect(came.get('/third')).toHaveProperty('text');
});

test.each([
  ['another signature', '{}', sign('{} '), { refused: 'not signed' }],
  ['a short signature', '{}', 'sha256=00', { refused: 'not signed' }],
  ['no signature of this kind', '{}', 'undefined', { refused: 'not signed' }],
  [
    'the right one, over bytes beyond ASCII',
    '{"é":"😀"}',
    sign('{"é":"😀"}'),
    { text: '{"é":"😀"}' },
  ],
])('%s', async (_, text, signature, comes) => {
  const { came, send } = await receiving({ limit: MIB, budget: MIB });
  send('/', text, signature);
  await until('an answer', async () => came.size === 1);
  expect(came.get('/')).toMatchObject(comes);
});

test('a body that stops, or whose sender goes away, is given up and its room is free again', async () => {
  const { came, begin, send } = await receiving({ limit: MIB, budget: MIB, within_ms: 200 });
  begin('/slow', MIB, sign('')).write('x'.repeat(0.6 * MIB));
  await until('the slow one', async () => came.has('/slow'));
  begin('/gone', MIB, sign('')).end('x'.repeat(0.6 * MIB));
  await until('the one that went', async () => came.has('/gone'));
  expect([came.get('/slow'), came.get('/gone')]).toEqual(Array(2).fill({ refused: 'too slow' }));
  send('/next', 'n'.repeat(0.9 * MIB));
  await until('the next', async () => came.has('/next'));
  expect(came.get('/next')).toHaveProperty('text');
});
