import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** The one address of a target: behind it is the target, nothing, or another target. */
export interface Gate {
  /** `url` with the gate's address in place of its own. */
  through(url: string): string;
  /** From now on, leads to the server that `url` names, or to nothing; open connections are cut. */
  lead(url: string | null): void;
  close(): Promise<void>;
}

/** Opens a gate to the server that `url` names. */
export async function openGate(url: string): Promise<Gate> {
  const open = new Set<Socket>();
  let to: string | null = url;
  const server = createServer((client) => {
    if (to === null) return void client.destroy();
    const { hostname, port } = new URL(to);
    const behind = connect(Number(port), hostname);
    client.pipe(behind).pipe(client);
    for (const socket of [client, behind]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        behind.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const cut = () => open.forEach((socket) => socket.destroy());
  return {
    through: (of) => Object.assign(new URL(of), { host }).href,
    lead: (next) => {
      to = next;
      cut();
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
