import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/**
 * Where a connection is held, given a text of the message to wait for: an `unsent` message never reaches the server; an
 * `unanswered` one does, and its answer never comes back; `uncommitted` holds the first COMMIT after it, unsent;
 * `committed` holds that COMMIT, unanswered.
 */
export type Moment = 'unsent' | 'unanswered' | 'uncommitted' | 'committed';

/** The path from a process to its database, which a test can cut at an exact point. */
export interface Wire {
  /** The database's URL through this path, for the login of `url`. */
  through(url: string): string;
  /** Resolves when a connection is held there, which lasts until one of its ends is gone. Others continue. */
  stop(text: string, moment: Moment): Promise<void>;
  /** Forgets the stops that no message has reached. */
  clear(): void;
  close(): Promise<void>;
}

interface Stop {
  readonly text: string;
  readonly moment: Moment;
  reached(): void;
}

const COMMIT = 'COMMIT\0';
const OF_COMMIT: readonly Moment[] = ['uncommitted', 'committed'];
const UNSENT: readonly Moment[] = ['unsent', 'uncommitted'];

/** Lays a wire to the server that `url` names; the server may be down for a while. */
export async function layWire(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url);
  const stops = new Set<Stop>();
  const open = new Set<Socket>();
  const wire = createServer((client) => {
    const server = connect(Number(port), hostname);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', end).on('close', () => {
        open.delete(socket);
        end();
      });
    }
    carry(client, server, stops);
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  const own = String((wire.address() as AddressInfo).port);
  return {
    through: (of) => Object.assign(new URL(of), { host: `127.0.0.1:${own}` }).href,
    stop: (text, moment) =>
      new Promise((reached) => stops.add({ text, moment, reached: () => reached() })),
    clear: () => stops.clear(),
    close: async () => {
      open.forEach((socket) => socket.destroy());
      await new Promise((resolve) => wire.close(resolve));
    },
  };
}

/** Forwards both ways until a stop is reached, and nothing after that. */
function carry(client: Socket, server: Socket, stops: Set<Stop>): void {
  let said = '';
  let committing: Stop | null = null;
  let answerOf: Stop | null = null;
  let still = false;
  const heard = (text: string) => said.includes(text);
  client.on('data', (bytes) => {
    if (still) return;
    // A message may come in pieces, so the end of what came before is kept.
    said = said.slice(-200) + bytes.toString('latin1');
    const met = committing ?? [...stops].find(({ text }) => heard(text)) ?? null;
    if (met && stops.delete(met)) said = said.slice(said.indexOf(met.text));
    if (met && OF_COMMIT.includes(met.moment) && !heard(COMMIT)) committing = met;
    else if (met && UNSENT.includes(met.moment)) {
      still = true;
      return met.reached();
    } else answerOf = met;
    server.write(bytes);
  });
  server.on('data', (bytes) => {
    if (still) return;
    if (!answerOf) return void client.write(bytes);
    still = true;
    answerOf.reached();
  });
}
