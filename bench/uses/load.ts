import { connect, type Socket } from 'node:net';
import { holds } from '../benchmark.js';

/** Where questions are sent, and what comes before the body of each. */
export interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends questions over connections that stay open, as a proxy does, with little work for each. */
export interface Load {
  /** Asks each body once, in turn over all connections; `right` accepts the text of an answer. */
  ask(bodies: readonly string[], right: (answer: string) => boolean): Promise<void>;
  close(): void;
}

/** Half of what Node gives a connection between two requests. */
const MOST_IDLE_MS = 2_500;

export async function openLoad({ url, headers }: Asked, connections: number): Promise<Load> {
  const { hostname, port, pathname, search } = new URL(url);
  const head = [
    `POST ${pathname}${search} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    'content-type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n');
  const requestOf = (body: string) =>
    `${head}\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`;
  const open = () => opened(hostname, Number(port));
  const sockets = await Promise.all(Array.from({ length: connections }, open));
  let last = performance.now();
  return {
    ask: async (bodies, right) => {
      // A server closes what was idle for long, perhaps in this moment.
      if (performance.now() - last > MOST_IDLE_MS)
        for (const [index, socket] of sockets.entries()) {
          socket.destroy();
          sockets[index] = await open();
        }
      const requests = bodies.map(requestOf);
      let next = 0;
      const one = async (socket: Socket) => {
        for (;;) {
          const request = requests[next];
          next += 1;
          if (request === undefined) return;
          const answer = await exchange(socket, request);
          holds(right(answer), `the answer is ${answer}`);
        }
      };
      await Promise.all(sockets.map(one));
      last = performance.now();
    },
    close: () => sockets.forEach((socket) => socket.destroy()),
  };
}

function opened(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Sends one request and reads its answer, whose length its head says. */
function exchange(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (then: () => void) => {
      socket.off('data', onData).off('close', onClose);
      then();
    };
    const onClose = () => settle(() => reject(new Error('the connection was closed')));
    const onData = (data: Buffer) => {
      text += data.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1];
      if (length === undefined) settle(() => reject(new Error(`no length: ${text}`)));
      else if (text.length >= end + 4 + Number(length)) settle(() => resolve(text.slice(end + 4)));
    };
    socket.on('data', onData).on('close', onClose);
    socket.write(request);
  });
}
