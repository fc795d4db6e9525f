import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export const EVENTS_SECRET = `whsec_${Buffer.alloc(32, 'an events secret').toString('base64')}`;

/** One call, as it arrived and as the reference library read it. */
export interface Heard {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: { readonly type: string; readonly timestamp: string; readonly data: unknown };
}

/** How to answer a call: with a status, with headers, not at all, cut off, or with a body that never ends. */
export type Reply =
  | number
  | { readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | 'hang'
  | 'cut'
  | 'endless';

/** A receiver of events: it verifies each call with the library of Standard Webhooks, and answers as it is set to. */
export interface EventsReceiver {
  readonly url: string;
  /** Every call, oldest first. */
  readonly heard: readonly Heard[];
  /** Calls that the library rejected. */
  readonly refused: readonly string[];
  /** How each call is answered from now on; 204 until then. */
  reply(how: Reply | ((call: Heard) => Reply)): void;
  close(): Promise<void>;
}

/** `now` is the receiver's own clock, because the library accepts nothing that is five minutes off. */
export async function startReceiver(now: () => Date = () => new Date()): Promise<EventsReceiver> {
  const heard: Heard[] = [];
  const refused: string[] = [];
  let how: (call: Heard) => Reply = () => 204;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { headers } = request;
      try {
        const event = verify(body, headers, now()) as Heard['event'];
        const call = { id: String(headers['webhook-id']), headers, body, event };
        heard.push(call);
        answer(response, how(call));
      } catch (error) {
        refused.push(String(error));
        response.writeHead(401).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/events`,
    heard,
    refused,
    reply: (next) => {
      how = typeof next === 'function' ? next : () => next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Verifies the way the library does, at the receiver's time. */
function verify(body: string, headers: IncomingHttpHeaders, now: Date): unknown {
  const real = Date.now;
  Date.now = () => now.getTime();
  try {
    return new Webhook(EVENTS_SECRET).verify(body, headers as Record<string, string>);
  } finally {
    Date.now = real;
  }
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  if (reply === 'cut') return void response.destroy();
  if (reply === 'endless') {
    response.writeHead(200);
    const more = setInterval(() => response.write('x'.repeat(100_000)), 1);
    response.on('close', () => clearInterval(more));
    return;
  }
  const { status, headers } = typeof reply === 'number' ? { status: reply, headers: {} } : reply;
  response.writeHead(status, headers).end(status === 204 ? undefined : 'said with many words');
}
