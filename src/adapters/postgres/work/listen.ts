import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openSession } from '../../../clients/postgres.js';
import { CHANNEL } from './schedule.js';

export interface ListenOptions {
  /** postgres://… of a role that may connect; listening needs no other right. */
  readonly url: string;
  readonly application: string;
  /** Called at each notification, and after each connection: something may have been missed before. */
  readonly onNotify: () => void;
  /** Called with the reason if the connection was lost or not made; it is made again at most 10 s later. */
  readonly onError: (error: Error) => void;
}

export interface Listener {
  close(): Promise<void>;
}

/** Listens on a connection of its own until it is closed, and connects again whenever that breaks. */
export function listen(options: ListenOptions): Listener {
  const closing = new AbortController();
  const running = run(options, closing.signal);
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

/** How long the server may take to listen. */
const LISTEN_MS = 3_000;

async function run({ url, application, onNotify, onError }: ListenOptions, closing: AbortSignal) {
  const closed = new Promise<void>((resolve) => {
    closing.addEventListener('abort', () => resolve(), { once: true });
  });
  let failures = 0;
  for (;;) {
    let client: pg.Client | null = null;
    try {
      client = await openSession({ url, application, statement_timeout_ms: LISTEN_MS });
      const broken = whenBroken(client);
      client.on('notification', onNotify);
      await client.query(`LISTEN ${CHANNEL}`);
      failures = 0;
      onNotify();
      await Promise.race([broken, closed]);
    } catch (error) {
      if (!closing.aborted) onError(error instanceof Error ? error : new Error(String(error)));
    }
    await client?.end().catch(() => undefined);
    if (closing.aborted) return;
    const pause = Math.min(10_000, 100 * 2 ** failures++);
    await sleep(pause, undefined, { signal: closing }).catch(() => undefined);
  }
}

/** Fails when the connection breaks or ends. */
function whenBroken(client: pg.Client): Promise<never> {
  const broken = new Promise<never>((_, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('The connection ended')));
  });
  // It is awaited only once the connection is up.
  broken.catch(() => undefined);
  return broken;
}
