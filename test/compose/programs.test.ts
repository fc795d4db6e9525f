import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createClock } from '../../src/adapters/postgres/clock.js';
import { createPool } from '../../src/clients/postgres.js';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { PACE } from '../../src/compose/worker.js';
import { runWeb } from '../../src/compose/web.js';
import { readConfig } from '../../src/config.js';
import type { World } from '../../src/ports.js';
import { notReady } from '../../src/workflows/run/not-ready.js';

test('invariant 17: a worker polls its rows every 15 s and reads GitHub every minute, at least', () => {
  expect(PACE.poll_ms).toBeLessThanOrEqual(15_000);
  expect(PACE.sweep_ms).toBeLessThanOrEqual(60_000);
});

/** Nothing listens there. */
const NOWHERE = 'postgresql://web:web@127.0.0.1:1/daypass';

test('web is not ready without its database, and says what GitHub gets meanwhile', async () => {
  const config = readConfig('web', {
    WEBHOOK_SECRET: 'a-secret-of-some-length',
    WEB_DATABASE_URL: NOWHERE,
    HOST: '127.0.0.1',
    PORT: '0',
  });
  const web = await runWeb(config, pino({ level: 'silent' }));
  try {
    const answer = await fetch(`http://127.0.0.1:${String(web.port)}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { ready: false, missing: ['the database does not answer: deliveries get 503'] },
    ]);
  } finally {
    await web.close();
  }
});

test('a worker is not ready without its database', async () => {
  const pool = createPool({ url: NOWHERE, application: 'test', onError: () => undefined });
  const world = { clock: createClock(pool), ledger: createLedger(pool) } as unknown as World;
  expect(await notReady(world)).toEqual(['the database does not answer']);
  await pool.end();
});
