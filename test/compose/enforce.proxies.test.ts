import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../lab/until.js';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';
import { asking, policyOf, type Asking, type Pdp } from './asking-pdp.js';

const ALICE = 'access-grants/production/alice-orders.yml@c0ffee';
const TOKENS = {
  nginx: 'the-token-of-nginx-for-its-tests',
  caddy: 'the-token-of-caddy-for-its-tests',
};
const ENFORCEMENT = Object.entries({ nginx: 'nginx', caddy: 'forwarded' })
  .map(
    ([name, speaks]) => `  orders-${name}:
    speaks: ${speaks}
    guards: [{ resource: orders-api, environments: [production] }]
    subject: person
    credential: token
`,
  )
  .join('');
/** bcrypt of `secret`. */
const SECRET = '$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW';

const folder = mkdtempSync(join(tmpdir(), 'daypass-proxies-'));
const shipped = new URL('../../deploy/enforcement/', import.meta.url);
const started: ChildProcess[] = [];
let world: Asking;
let pdp: Pdp;
let service: Server;
/** What came through to the service. */
let through: {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}[] = [];

/** A shipped configuration with what the operator changes in it; every one of these has to be there. */
async function configured(name: string, changes: Readonly<Record<string, string>>) {
  let config = await readFile(new URL(name, shipped), 'utf8');
  for (const [from, to] of Object.entries(changes)) {
    if (!config.includes(from)) throw new Error(`${name} has no ${from}`);
    config = config.replaceAll(from, to);
  }
  return config;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const pdpPort = () => new URL(pdp.url).port;

async function startNginx(): Promise<number> {
  const port = await freePort();
  const at = (name: string) => join(folder, name);
  await writeFile(at('token.conf'), `proxy_set_header Authorization "Bearer ${TOKENS.nginx}";\n`);
  await writeFile(at('users'), 'alice:{PLAIN}secret\nbob:{PLAIN}secret\n');
  const site = await configured('nginx.conf', {
    'listen 8080': `listen 127.0.0.1:${String(port)}`,
    'pdp.internal:3002': `127.0.0.1:${pdpPort()}`,
    'orders.internal:8081': `127.0.0.1:${String(portOf(service))}`,
    '/etc/nginx/orders.users': at('users'),
    '/etc/nginx/daypass-token.conf': at('token.conf'),
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((one) => `${one}_temp_path ${at(one)};`)
    .join(' ');
  const whole = `daemon off; master_process off; pid ${at('nginx.pid')}; error_log stderr error;
events {} http { access_log off; ${temporary}
${site} }`;
  await writeFile(at('nginx.conf'), whole);
  start('nginx', ['-p', folder, '-c', at('nginx.conf'), '-e', 'stderr']);
  return port;
}

async function startCaddy(): Promise<number> {
  const port = await freePort();
  const at = (name: string) => join(folder, name);
  await writeFile(at('caddy-users'), `alice ${SECRET}\nbob ${SECRET}\n`);
  const site = await configured('Caddyfile', {
    ':8080': `http://127.0.0.1:${String(port)}`,
    'pdp.internal:3002': `127.0.0.1:${pdpPort()}`,
    'orders.internal:8081': `127.0.0.1:${String(portOf(service))}`,
    '/etc/caddy/orders.users': at('caddy-users'),
  });
  await writeFile(at('Caddyfile'), `{\n\tadmin off\n}\n${site}`);
  start('caddy', ['run', '--adapter', 'caddyfile', '--config', at('Caddyfile')], {
    ENFORCER_ORDERS_PROXY_TOKEN: TOKENS.caddy,
    ...{ HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  return port;
}

function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  said.set(child, '');
  child.stderr.on('data', (chunk) => said.set(child, (said.get(child) ?? '') + String(chunk)));
  started.push(child);
}
const said = new Map<ChildProcess, string>();

/** Sends one request as it is written; fetch would tidy up its path. */
async function send(
  port: number,
  path: string,
  { who = 'alice', method = 'GET', headers = {}, secret = 'secret' } = {},
) {
  through = [];
  const authorization = `Basic ${Buffer.from(`${who}:${secret}`).toString('base64')}`;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const all = { authorization, accept: 'application/json', ...headers };
    request({ host: '127.0.0.1', port, path, method, headers: all }, resolve)
      .once('error', reject)
      .end();
  });
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
}

const ports: Record<string, number> = {};
beforeAll(async () => {
  service = createServer(({ method = '', url = '', headers }, response) => {
    through.push({ method, url, headers });
    response.end('orders');
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  world = await asking();
  await world.ledger.inForce(
    policyOf({ 'enforcement.yaml': `points:\n${ENFORCEMENT}` }),
    new Date(),
  );
  pdp = await world.start({
    ENFORCER_ORDERS_NGINX_TOKEN: TOKENS.nginx,
    ENFORCER_ORDERS_CADDY_TOKEN: TOKENS.caddy,
  });
  const hour = (at: number) => new Date(Date.now() + at * 3_600_000).toISOString();
  await world.ledger.give({
    ...{ id: ALICE, subject: { id: 101, login: 'alice' }, environment: 'production' },
    ...{ resource: 'orders-api', role: 'reader' },
    window: { starts_at: hour(-1), ends_at: hour(1) },
  });
  ports.nginx = await startNginx();
  ports.caddy = await startCaddy();
  for (const port of Object.values(ports)) {
    await until(
      'alice is let through',
      async () => {
        const tried = await send(port, '/v1/orders/1').catch((error: unknown) => ({
          ...{ status: 0, text: String(error) },
        }));
        if (tried.status === 200) return true;
        throw new Error(`${String(tried.status)} ${tried.text} ${[...said.values()].join('\n')}`);
      },
      20_000,
    );
  }
}, 60_000);
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  service.close();
  rmSync(folder, { recursive: true });
});

describe.each(['nginx', 'caddy'])('a service behind %s as it is shipped', (name) => {
  const to = (path: string, of: Parameters<typeof send>[2] = {}) =>
    send(ports[name] ?? 0, path, of);

  test('a call that a grant allows reaches it as it was judged, with who it is and no secret', async () => {
    const spoofed = {
      'x-daypass-subject': '1',
      'x-daypass-until': 'never',
      'x-daypass-user': 'root',
    };
    expect(await to('/v1/orders/1?of=%C3%A9', { headers: spoofed })).toMatchObject({
      ...{ status: 200, text: 'orders' },
    });
    expect(through).toMatchObject([{ method: 'GET', url: '/v1/orders/1?of=%C3%A9' }]);
    const headers = through[0]?.headers ?? {};
    expect(headers).toMatchObject({ 'x-daypass-subject': '101', 'x-daypass-grant': ALICE });
    expect(headers['x-daypass-until']).toMatch(/^20/);
    expect([headers.authorization, headers['x-daypass-user']]).toEqual([undefined, undefined]);
  });

  test('whoever has no grant reads why, as JSON or as a page, with the link to ask', async () => {
    const { status, headers, text: body } = await to('/v1/orders/1', { who: 'bob' });
    expect(status).toBe(403);
    expect(headers['x-daypass-request']).toMatch(
      /^https:\/\/github\.com\/acme\/access\/new\/main\?/,
    );
    expect(JSON.parse(body)).toMatchObject({ decision: false, context: { reason: 'no_grant' } });
    const page = await to('/v1/orders/1', { who: 'bob', headers: { accept: 'text/html' } });
    expect([page.status, page.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    expect(page.text).toMatch(/bob has no grant on orders-api in production\.[^]*Ask for it/);
    expect(through).toEqual([]);
  });

  test.each<[string, string, Parameters<typeof send>[2]]>([
    ['another method', '/v1/orders/1', { method: 'DELETE' }],
    ['another path', '/admin', {}],
    ['the service’s own way to ask', '/daypass/ask', {}],
    ['a hidden way up', '/v1/orders/..%2f..%2fadmin', {}],
    ['a way up', '/v1/orders/../../admin', {}],
    ['a way up in escapes', '/v1/orders/%2e%2e/admin', {}],
    ['an empty segment', '/v1//orders/1', {}],
    ['a parameter of a segment', '/v1/orders/1;x=1', {}],
    ['a backslash', '/v1/orders/..%5cadmin', {}],
    ['a NUL', '/v1/orders/1%00', {}],
    ['a wrong password', '/v1/orders/1', { secret: 'guessed' }],
    [
      'another’s name in the header',
      '/v1/orders/1',
      { who: 'bob', headers: { 'x-daypass-user': 'alice' } },
    ],
    [
      'a path in nginx’s header',
      '/admin',
      { headers: { 'x-original-uri': '/v1/orders/1', 'x-original-method': 'GET' } },
    ],
    [
      'a path in Caddy’s header',
      '/admin',
      { headers: { 'x-forwarded-uri': '/v1/orders/1', 'x-forwarded-method': 'GET' } },
    ],
    [
      'a call that was denied once already',
      '/v1/orders/1',
      { who: 'bob', headers: { 'x-daypass-denied': '0' } },
    ],
  ])('invariants 27, 28: nothing goes through by %s', async (_, path, of) => {
    const { status, text: said } = await to(path, of);
    expect([400, 401, 403, 404]).toContain(status);
    expect(said).not.toContain('does not answer');
    expect(through).toEqual([]);
  });
});

describe('when the grant has ended', () => {
  test('invariant 27: nothing goes through any more', async () => {
    await world.ledger.revoke(ALICE, new Date());
    for (const port of Object.values(ports)) {
      await until('it is denied', async () => (await send(port, '/v1/orders/1')).status === 403);
      expect(through).toEqual([]);
    }
  });
});

describe('when Daypass is gone', () => {
  test('nothing goes through, and the person reads why', async () => {
    await pdp.close();
    for (const [name, status] of [
      ['nginx', 503],
      ['caddy', 502],
    ] as const) {
      const answer = await send(ports[name] ?? 0, '/v1/orders/1');
      expect([name, answer.status]).toEqual([name, status]);
      expect(answer.text).toMatch(/Daypass .*does not answer, so nothing is let through/);
      expect(through).toEqual([]);
    }
  });
});
