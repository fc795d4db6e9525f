import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectPlain, createServer, Socket, type AddressInfo } from 'node:net';
import { TLSSocket, connect, createServer as createTlsServer, type Server } from 'node:tls';
import { tlsFiles, type TlsFiles } from '../../lab/servers/tls.js';
import { throwawayCluster } from '../../lab/servers/throwaway.js';
import type { Cluster } from '../../src/adapters/postgres/embedded/cluster.js';
import { examineSecured } from '../../src/adapters/postgres/release/examine.js';
import { securedBy } from '../../src/clients/tls.js';

let files: TlsFiles;
let ca: string;
let own: { key: string; cert: string };
beforeAll(async () => {
  files = await tlsFiles();
  const [authority, key, cert] = await Promise.all(
    [files.ca, files.key, files.cert].map((path) => readFile(path, 'utf8')),
  );
  if (!authority || !key || !cert) throw new Error('a file is empty');
  ca = authority;
  own = { key, cert };
});
afterAll(() => files.remove());

describe('a TLS connection', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createTlsServer(own, (socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server.close());

  const none = () => undefined;
  test.each([
    ['verified', 'localhost', {}],
    // What was right this time is not looked at the next time.
    ['unverified', 'localhost', { rejectUnauthorized: false }],
    ['unverified', 'localhost', { checkServerIdentity: none }],
    ['unverified', 'ledger.example', { checkServerIdentity: none }],
    // Node compares the name that was sent, which a client may make up for an address.
    ['unverified', '127.0.0.1', {}],
  ])('is %s: %s with %j', async (secured, host, options) => {
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', port, ca, ...options });
    await once(socket, 'secureConnect');
    expect(securedBy(socket, host, options)).toBe(secured);
    socket.destroy();
  });

  test('with a certificate of nobody we trust is not verified', async () => {
    const options = { rejectUnauthorized: false };
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', port, ...options });
    await once(socket, 'secureConnect');
    expect(securedBy(socket, 'localhost', options)).toBe('unverified');
    socket.destroy();
  });

  test.each([
    ['local', 'localhost'],
    ['local', '127.0.0.1'],
    ['local', '::1'],
    ['local', '/run/postgresql'],
    ['open', 'localhost.example'],
    ['open', '127.0.0.1.example'],
    ['open', '10.0.0.1'],
    ['open', ''],
  ])('that is none is %s: %s', (secured, host) => {
    expect(securedBy(new Socket(), host, {})).toBe(secured);
  });
});

describe('doctor says of a connection to PostgreSQL', () => {
  let server: Cluster;
  beforeAll(async () => {
    const settings = { ssl: 'on', ssl_cert_file: files.cert, ssl_key_file: files.key };
    server = await throwawayCluster({ settings });
  }, 60_000);
  afterAll(() => server.stop(), 30_000);

  const said = async (query: string, host = 'localhost', port?: number) => {
    const url = new URL(server.superuserUrl);
    url.hostname = host;
    if (port !== undefined) url.port = String(port);
    url.search = query;
    const { is, found } = await examineSecured('ledger', url.href);
    return `${is}: ${found}`;
  };
  const PRETEND =
    'bad: the connection is encrypted, but the server is not verified: whoever is on the way can pretend to be it';

  test.each([
    ['verify-full', 'good: the connection is encrypted, and the server is verified'],
    ['no-verify', PRETEND],
    ['disable', 'good: the connection is not encrypted, and does not leave this machine'],
  ])('with sslmode=%s', async (mode, what) => {
    const root = mode === 'verify-full' ? `&sslrootcert=${files.ca}` : '';
    expect(await said(`sslmode=${mode}${root}`)).toBe(what);
  });

  test('whose certificate is for another name', async () => {
    const lax = `uselibpqcompat=true&sslmode=verify-ca&sslrootcert=${files.ca}`;
    expect(await said(lax, '127.0.0.1')).toBe(PRETEND);
  });

  test('whose certificate is of nobody we trust that it does not answer', async () => {
    expect(await said('sslmode=verify-full')).toMatch(/^unsure: did not answer: .*certificate/);
  });

  test('that is encrypted as far as a proxy only', async () => {
    const { hostname, port } = new URL(server.superuserUrl);
    const proxy = createServer((socket) => {
      socket.once('data', () => {
        // "S" answers a request for TLS ("Message Formats", PostgreSQL documentation: SSLRequest).
        socket.write('S', () => {
          const inner = new TLSSocket(socket, { isServer: true, ...own });
          const onward = connectPlain(Number(port), hostname);
          for (const one of [inner, onward]) one.on('error', () => socket.destroy());
          inner.pipe(onward).pipe(inner);
        });
      });
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const at = (proxy.address() as AddressInfo).port;
    expect(await said(`sslmode=verify-full&sslrootcert=${files.ca}`, 'localhost', at)).toBe(
      'bad: the connection is encrypted as far as a proxy; the server says that it is not encrypted from there on',
    );
    proxy.close();
  });
});
