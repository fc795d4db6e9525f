import { createAlarm } from '../../src/adapters/bullmq/alarm.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';

/** A bell rings at a whole second. A worker that only polls waits up to 5 s, and half of the time more than 2 s. */
export const AT_MOST_MS = 2_500;

/**
 * How long eight rows of work wait for a worker, ms. Each is written without a notification, and then `wake` is called.
 */
export async function waits(acme: Installation, wake: () => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    await acme.ledger.query(
      `INSERT INTO daypass.work (topic, wanted_at) VALUES ('comment:999999', clock_timestamp())`,
    );
    const asked = performance.now();
    await wake();
    await until('the row of work', async () => {
      const { rowCount } = await acme.ledger.query(
        `SELECT FROM daypass.work WHERE topic = 'comment:999999'`,
      );
      return rowCount === 0;
    });
    all.push(performance.now() - asked);
  }
  return all;
}

/** The same as `waits`, woken by the queue: on Redis, or without its URL on the ledger's PostgreSQL. */
export async function waitsForBell(acme: Installation, redisUrl: string | null): Promise<number[]> {
  const bell = createAlarm({
    redisUrl,
    postgresUrl: acme.urls.DATABASE_URL,
    onError: () => undefined,
  });
  try {
    return await waits(acme, async () => {
      const now = new Date();
      await bell.ring(now, now);
    });
  } finally {
    await bell.close();
  }
}
