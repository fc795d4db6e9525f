import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { OWN_NAMES } from '../../../clients/postgres.js';
import { CHANNEL } from './schedule.js';

export interface ListenOptions {
  /** postgres://… of a role that may connect; listening needs no other right. */
  readonly url: string;
  readonly application: string;
  /** Called at each notification, and after each connection: something may have been missed before. */
  readonly onNotify: () => void;
  /** Hears why the connection was lost or not made; it is made again, at most 10 s later. */
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

async function run({ url, application, onNotify, onError }: ListenOptions, closing: AbortSignal) {
  const closed = new Promise<void>((resolve) => {
    closing.addEventListener('abort', () => resolve(), { once: true });
  });
  let failures = 0;
  for (;;) {
    const client = new pg.Client({
      connectionString: url,
      application_name: application,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    const broken = whenBroken(client);
    try {
      client.on('notification', onNotify);
      await client.connect();
      await client.query(OWN_NAMES);
      await client.query(`LISTEN ${CHANNEL}`);
      failures = 0;
      onNotify();
      await Promise.race([broken, closed]);
    } catch (error) {
      if (!closing.aborted) onError(error instanceof Error ? error : new Error(String(error)));
    }
    await client.end().catch(() => undefined);
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
  // It is awaited only once the connection stands.
  broken.catch(() => undefined);
  return broken;
}
