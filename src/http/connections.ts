import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps at most `most` connections open. One more closes the one that has gone longest without the headers of a request:
 * `server.maxConnections` would refuse the newest, so whoever holds that many open would keep everybody else out.
 */
export function boundConnections(server: Server, most: number): void {
  // In the order of their last request, or of their beginning. With TLS a request has another socket than its connection.
  const open = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const key = peerOf(socket);
    open.set(key, socket);
    // Its place may be another's by then: a peer can have the port again.
    socket.once('close', () => {
      if (open.get(key) === socket) open.delete(key);
    });
    if (open.size <= most) return;
    const [oldest] = open;
    if (!oldest) return;
    open.delete(oldest[0]);
    oldest[1].destroy();
  });
  server.on('request', ({ socket }) => {
    const key = peerOf(socket);
    const connection = open.get(key);
    if (!connection) return;
    open.delete(key);
    open.set(key, connection);
  });
}

const peerOf = ({ remoteAddress, remotePort }: Socket) =>
  `${String(remoteAddress)} ${String(remotePort)}`;
