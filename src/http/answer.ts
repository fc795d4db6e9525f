import type { IncomingMessage, ServerResponse } from 'node:http';
import { visibleJson } from '../core/reading/visible.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/**
 * Routes by `METHOD /path`; paths are literal, but for a last part `*`, which is any one. `* /first/**` is every method
 * at `/first` and every path below it.
 */
export type Routes = Readonly<Record<string, Handler>>;

/** Answers JSON and ends the response. */
export function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = `${visibleJson(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(text);
}

/** Answers and drops the connection, for a request whose body is not read to its end. */
export function refuse(response: ServerResponse, status: number, why: string): void {
  response.setHeader('connection', 'close');
  answer(response, status, { error: why });
  response.once('finish', () => response.req.destroy());
}
