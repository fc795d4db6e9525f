import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { answer } from './answer.js';
import type { Handler, Routes } from './answer.js';
import { own } from '../core/reading/problem.js';
import { boundConnections } from './connections.js';

/** A process that runs until it is closed. */
export interface Running {
  /** The port that it serves: the given one, or the one that the system chose for 0. */
  readonly port: number;
  /** Closes in order: first it finishes work in flight. */
  close(): Promise<void>;
}

export interface Listening extends Running {
  /** Refuses new connections, lets requests in flight finish, and drops the rest after `within_ms`. */
  close(within_ms?: number): Promise<void>;
}

/** Enough for GitHub, a proxy and those who look at health; with the headers of each far less memory than the bodies. */
const CONNECTIONS = 1_000;

/** How a server proves who it is, and with `ca` who may prove it to it: PEM texts. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** Serves `routes`, and 404 for everything else. If a handler throws, answers 500 without the error's message. */
export async function serve(
  routes: Routes,
  at: {
    readonly host: string;
    readonly port: number;
    readonly connections?: number;
    readonly tls?: ServerTls | undefined;
  },
  log: Logger,
): Promise<Listening> {
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const handler = handlerOf(routes, request.method ?? '', path);
    if (!handler) {
      answer(response, 404, { error: 'not found' });
      return;
    }
    Promise.resolve(handler(request, response)).catch((error: unknown) => {
      log.error({ err: error, path }, 'request failed');
      if (response.headersSent) response.destroy();
      else answer(response, 500, { error: 'internal error' });
    });
  };
  // Node looks for what is over its time only every 30 s by default.
  const limits = {
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    connectionsCheckingInterval: 2_000,
  };
  const server = at.tls
    ? createSecureServer({ ...limits, ...securely(at.tls) }, listener)
    : createServer(limits, listener);
  boundConnections(server, at.connections ?? CONNECTIONS);
  await listen(server, at);
  return {
    port: (server.address() as AddressInfo).port,
    close: (within_ms = 5000) =>
      new Promise((resolve) => {
        const drop = setTimeout(() => server.closeAllConnections(), within_ms);
        server.close(() => {
          clearTimeout(drop);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** A client need not show a certificate; one that the authority did not sign proves nothing (`provedUris`). */
const securely = ({ cert, key, ca }: ServerTls) => ({
  ...{ cert, key, minVersion: 'TLSv1.2' as const, handshakeTimeout: 10_000 },
  ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: false }),
});

/** The handler of a path, or of every method and every path below one. */
function handlerOf(routes: Routes, method: string, path: string): Handler | undefined {
  const [, first = ''] = path.split('/', 2);
  const below = `${path.slice(0, path.lastIndexOf('/'))}/*`;
  return (
    own(routes, `${method} ${path}`) ??
    own(routes, `${method} ${below}`) ??
    own(routes, `* /${first}/**`)
  );
}

function listen(server: Server, at: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
