import { request, Agent } from 'node:https';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { callersBy } from '../../src/http/callers.js';
import { urisIn } from '../../src/http/certificates.js';
import { serve, type Listening } from '../../src/http/server.js';
import { authority, type Pair } from '../support/certificates.js';

const URI = 'spiffe://acme/orders-api';
const TOKEN = 'the-token-of-another-enforcement-point';

const own = authority();
const other = authority();
let listening: Listening;
let now = () => new Date();
beforeAll(async () => {
  const nameCaller = callersBy({
    ...{ enforcers: { other: [TOKEN] }, verify: async () => null },
    now: () => now(),
  });
  listening = await serve(
    {
      'GET /who': async (asked, response) => {
        response.end(JSON.stringify(await nameCaller(asked)));
      },
    },
    {
      ...{ host: '127.0.0.1', port: 0, connections: 3 },
      tls: { ...own.signs('DNS:localhost', { use: 'serverAuth' }), ca: own.cert },
    },
    pino({ level: 'silent' }),
  );
});
afterAll(() => listening.close());

/** Whom the server takes a caller with this certificate for. */
async function ask(
  pair: Pair | null,
  of: {
    readonly agent?: Agent;
    readonly headers?: Readonly<Record<string, string>>;
    readonly maxVersion?: 'TLSv1.1';
  } = {},
) {
  const { agent = new Agent(), headers = {}, maxVersion } = of;
  return new Promise<{ readonly caller: unknown; readonly resumed: boolean }>((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', servername: 'localhost', port: listening.port, path: '/who' },
        ...{ ca: own.cert, agent, headers, ...pair },
        ...(maxVersion && { maxVersion, minVersion: maxVersion }),
      },
      (answer) => {
        const resumed = answer.socket instanceof TLSSocket && answer.socket.isSessionReused();
        text(answer).then((body) => resolve({ caller: JSON.parse(body), resumed }), reject);
      },
    );
    sent.once('error', reject).end();
  });
}

describe('invariant 27: who calls is said by a certificate that this server’s authority signed', () => {
  const mtls = (...uris: string[]) => ({ kind: 'mtls', uris });
  test.each<[string, () => Pair | null, unknown]>([
    ['with one URI', () => own.signs(`URI:${URI}`), mtls(URI)],
    ['with other names beside', () => own.signs(`DNS:orders,URI:${URI},IP:10.0.0.1`), mtls(URI)],
    ['with two', () => own.signs(`URI:${URI},URI:${URI}-2`), mtls(URI, `${URI}-2`)],
    ['with none', () => own.signs('DNS:orders'), null],
    ['of another authority', () => other.signs(`URI:${URI}`), null],
    ['that signed itself', () => authority(), null],
    ['that is for servers', () => own.signs(`URI:${URI}`, { use: 'serverAuth' }), null],
    ['that has ended', () => own.signs(`URI:${URI}`, { days: -1 }), null],
    ['and by nothing else', () => null, null],
    [
      'whose names hide another in one of them',
      () => own.signs('@names', { extra: `[names]\nURI.1=spiffe://acme/x\\, URI:${URI}` }),
      null,
    ],
    [
      'whose name of a host hides a URI',
      () => own.signs('@names', { extra: `[names]\nDNS.1=x\\, URI:${URI}` }),
      null,
    ],
  ])('%s', async (_, pair, caller) => {
    expect((await ask(pair())).caller).toEqual(caller);
  });

  test('a token counts alone: a wrong one proves nothing, whatever the certificate', async () => {
    const pair = own.signs(`URI:${URI}`);
    const by = (authorization: string) => ask(pair, { headers: { authorization } });
    expect((await by(`Bearer ${TOKEN}`)).caller).toEqual({ kind: 'token', name: 'other' });
    expect((await by('Bearer guessed')).caller).toBeNull();
    expect((await by('Basic YWxpY2U6')).caller).toBeNull();
    const token = { headers: { authorization: `Bearer ${TOKEN}` } };
    expect((await ask(null, token)).caller).toEqual({ kind: 'token', name: 'other' });
  });

  test('on a session that is taken up again it still has to hold', async () => {
    const pair = own.signs(`URI:${URI}`);
    const agent = new Agent({ maxCachedSessions: 10 });
    expect((await ask(pair, { agent })).caller).toEqual(mtls(URI));
    const again = await ask(pair, { agent });
    expect(again).toEqual({ caller: mtls(URI), resumed: true });
    now = () => new Date(Date.now() + 3 * 86_400_000);
    try {
      expect(await ask(pair, { agent })).toEqual({ caller: null, resumed: true });
    } finally {
      now = () => new Date();
    }
    agent.destroy();
  });
});

test('a session without a certificate proves nothing when it is taken up again', async () => {
  const agent = new Agent({ maxCachedSessions: 10 });
  expect((await ask(null, { agent })).caller).toBeNull();
  expect(await ask(null, { agent })).toEqual({ caller: null, resumed: true });
  agent.destroy();
});

test('TLS before 1.2 is not spoken', async () => {
  await expect(ask(null, { maxVersion: 'TLSv1.1' })).rejects.toThrow();
});

test('the connection that has gone longest without a request makes room, also with TLS', async () => {
  const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const [first, second, third, fourth] = agents as [Agent, Agent, Agent, Agent];
  const through = (agent: Agent) => ask(null, { agent });
  for (const agent of [first, second, third, first]) await through(agent);
  await through(fourth);
  const kept = (agent: Agent) =>
    Object.values(agent.freeSockets)
      .flat()
      .filter((one) => one && !one.destroyed).length;
  // The second one's is closed by the server at some moment after the answer to the fourth.
  while (kept(second) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect([first, third, fourth].map(kept)).toEqual([1, 1, 1]);
  for (const agent of agents) agent.destroy();
});

test.each<[string, readonly string[]]>([
  ['', []],
  ['URI:spiffe://acme/a', ['spiffe://acme/a']],
  [
    'DNS:a, URI:spiffe://acme/a, IP Address:10.0.0.1, URI:spiffe://acme/b',
    ['spiffe://acme/a', 'spiffe://acme/b'],
  ],
  ['DNS:"a, URI:spiffe://acme/a", URI:spiffe://acme/b', ['spiffe://acme/b']],
  ['URI:"spiffe://acme/\\", URI:spiffe://acme/a"', []],
  ['URI:spiffe://acme/a, URI:"never closed', []],
  ['nonsense, URI:spiffe://acme/a', []],
  ['URI:spiffe://acme/a,URI:spiffe://acme/b', []],
])('the URIs in %j', (names, uris) => {
  expect(urisIn(names)).toEqual(uris);
});
