import { createServer } from 'node:http';
import type { Server } from 'node:http';
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

/** Serves `routes`, and 404 for everything else. If a handler throws, answers 500 without the error's message. */
export async function serve(
  routes: Routes,
  at: { readonly host: string; readonly port: number; readonly connections?: number },
  log: Logger,
): Promise<Listening> {
  const server = createServer(
    // Node looks for what is over its time only every 30 s by default.
    { requestTimeout: 30_000, headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    (request, response) => {
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
    },
  );
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

/** The handler of a path, or of every method and every path below one. */
function handlerOf(routes: Routes, method: string, path: string): Handler | undefined {
  const [, first = ''] = path.split('/', 2);
  return own(routes, `${method} ${path}`) ?? own(routes, `* /${first}/**`);
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
