import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import { AT_MOST_MS, waitsForBell } from './waking.js';

/** Workers poll seldom, like in production; deployment.redis.test.ts has the same on Redis. */
describe('the queue on PostgreSQL', () => {
  let acme: Installation;
  beforeAll(async () => {
    acme = await install();
    await acme.start('worker', { NODE_ENV: 'production', DAYPASS_CLOCK: '' });
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  test('invariant 17: the bell wakes a worker long before its own poll', async () => {
    expect(Math.max(...(await waitsForBell(acme, null)))).toBeLessThan(AT_MOST_MS);
  }, 100_000);
});
