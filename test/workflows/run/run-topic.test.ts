import { expect, test } from '@jest/globals';
import { Conflict, Late, RateLimited } from '../../../src/ports.js';
import type { Taken, World } from '../../../src/ports.js';
import { drain } from '../../../src/workflows/run/run-topic.js';
import { minute } from '../../../lab/acme/story.js';

/** What becomes of one topic that fails for the third time: its error, and when it is tried again. */
async function afterwards(fails: Error, topic = 'comment:7') {
  const kept: [string, string][] = [];
  const taken: Taken[] = [{ topic, version: 1, attempts: 3, owner: 'me' }];
  const world = {
    clock: { now: async () => new Date(minute(0)) },
    ledger: { grants: () => Promise.reject(fails), state: () => Promise.reject(fails) },
    repository: { source: () => Promise.reject(fails) },
    work: {
      sortDeliveries: async () => 0,
      take: async () => taken.splice(0),
      failed: async (_: Taken, error: string, at: Date) =>
        void kept.push([error, at.toISOString()]),
    },
    owner: 'me',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  } as unknown as World;
  await drain(world, { share: 'others', limit: 1, hold_ms: 15_000 }, () => false);
  return kept;
}

const seconds = (count: number) => new Date(Date.parse(minute(0)) + count * 1000).toISOString();

test.each<[string, Error, number]>([
  ['by the backoff', new Error('GitHub answered 500'), 8],
  ['at once, where it only has to be read again', new Conflict('read again'), 0],
  ['when GitHub says so, however often it failed', new RateLimited('wait', 90_000), 90],
  ['not before the backoff, where GitHub asks for less', new RateLimited('wait', 1_000), 8],
])('work that failed is tried again %s', async (_, fails, after) => {
  expect(await afterwards(fails)).toEqual([[fails.message, seconds(after)]]);
});

test('a pull request whose head does not come in time keeps the others waiting rarely, and no landing waits so', async () => {
  const late = new Late('git fetch did not end within 60000 ms');
  expect(await afterwards(late, 'pull:7')).toEqual([[late.message, seconds(600)]]);
  expect(await afterwards(late, 'tip')).toEqual([[late.message, seconds(8)]]);
});
