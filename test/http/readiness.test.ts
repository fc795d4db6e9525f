import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepReadiness, type KeptReadiness } from '../../src/http/readiness.js';
import { until } from '../../lab/until.js';

let kept: KeptReadiness;
afterEach(() => kept.close());

test('however often readiness is requested, its facts are read once at a time', async () => {
  let looks = 0;
  kept = keepReadiness(
    async () => {
      looks += 1;
      return [];
    },
    { every_ms: 60_000, within_ms: 60_000 },
  );
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => kept.ready()));
  expect(new Set(answers.map((missing) => missing.length))).toEqual(new Set([0]));
  expect(looks).toBe(1);
});

test('the answer follows the facts without a request', async () => {
  let missing = ['the database does not answer'];
  kept = keepReadiness(async () => missing, { every_ms: 5, within_ms: 60_000 });
  expect(await kept.ready()).toEqual(missing);
  missing = [];
  await until('ready again', async () => (await kept.ready()).length === 0);
});

test('a look that fails or hangs is not ready, and is answered at once', async () => {
  let looks = 0;
  kept = keepReadiness(
    async () => {
      looks += 1;
      if (looks === 1) throw new Error('password=hunter2');
      return new Promise<never>(() => undefined);
    },
    { every_ms: 5, within_ms: 20 },
  );
  expect(await kept.ready()).toEqual(['the readiness check failed']);
  await until('late', async () => (await kept.ready())[0]?.includes('0.02 s') ?? false);
});

test('it looks no more once it is closed', async () => {
  let looks = 0;
  kept = keepReadiness(
    async () => {
      looks += 1;
      return [];
    },
    { every_ms: 1, within_ms: 60_000 },
  );
  await kept.ready();
  kept.close();
  const before = looks;
  await sleep(20);
  expect(looks).toBe(before);
});
