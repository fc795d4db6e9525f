import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps at most `most` connections open. One more closes the one that has gone longest without the headers of a request:
 * `server.maxConnections` would refuse the newest, so whoever holds that many open would keep everybody else out.
 */
export function boundConnections(server: Server, most: number): void {
  // In the order of their last request, or of their beginning.
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (open.size <= most) return;
    const [oldest] = open;
    if (!oldest) return;
    open.delete(oldest);
    oldest.destroy();
  });
  server.on('request', ({ socket }) => {
    if (open.delete(socket)) open.add(socket);
  });
}
