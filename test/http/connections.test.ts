import { EventEmitter } from 'node:events';
import { Server } from 'node:http';
import { expect, test } from '@jest/globals';
import { boundConnections } from '../../src/http/connections.js';

/** A connection from a port, and how it is told to go. */
class Connection extends EventEmitter {
  destroyed = false;
  readonly remoteAddress = '10.0.0.1';
  constructor(readonly remotePort: number) {
    super();
  }
  destroy() {
    this.destroyed = true;
  }
}

test('a connection that closes late takes no other with it that has its port since', () => {
  // Its own listener would read from them.
  const server = new Server().removeAllListeners('connection');
  boundConnections(server, 2);
  const [first, again, second, third] = [1, 1, 2, 3].map((port) => new Connection(port));
  server.emit('connection', first);
  server.emit('connection', again);
  first?.emit('close');
  server.emit('connection', second);
  server.emit('connection', third);
  expect([again, second, third].map((one) => one?.destroyed)).toEqual([true, false, false]);
});
