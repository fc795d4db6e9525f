import { afterEach, expect, test } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { answer } from '../../src/http/answer.js';
import { serve, type Listening } from '../../src/http/server.js';
import { until } from '../../lab/until.js';

const log = pino({ level: 'silent' });
const sockets: Socket[] = [];
let listening: Listening;
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listening.close(0);
});

/** A server that keeps at most four connections; `held` says which of those made here it closed. */
async function serving() {
  listening = await serve(
    { 'GET /': (_, response) => answer(response, 200, {}) },
    { host: '127.0.0.1', port: 0, connections: 4 },
    log,
  );
  const closed = new Set<string>();
  const open = async (name: string): Promise<Socket> => {
    const socket = connect(listening.port, '127.0.0.1');
    socket.on('error', () => undefined).on('close', () => closed.add(name));
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  const get = () => fetch(`http://127.0.0.1:${String(listening.port)}/`);
  return { closed, open, get };
}

test('whoever holds all connections open keeps nobody out: the longest silent ones are closed', async () => {
  const { closed, open, get } = await serving();
  for (const name of ['a', 'b', 'c', 'd']) (await open(name)).write('GET / HTTP/1.1\r\n');
  for (let i = 0; i < 4; i++) {
    const answered = await get();
    expect(answered.status).toBe(200);
    await answered.text();
  }
  await open('e');
  await until('the oldest to be closed', async () => closed.has('a'));
  expect(closed.has('e')).toBe(false);
});

test('a connection that sends requests outlives one that only stays', async () => {
  const { closed, open } = await serving();
  const busy = await open('busy');
  for (const name of ['b', 'c', 'd']) await open(name);
  const answered = new Promise((resolve) => busy.once('data', resolve));
  busy.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await answered;
  await open('e');
  await until('one to be closed', async () => closed.size > 0);
  expect([...closed]).toEqual(['b']);
});
