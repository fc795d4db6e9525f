import { expect, test } from '@jest/globals';
import { Conflict, RateLimited } from '../../src/ports.js';
import type { Taken, World } from '../../src/ports.js';
import { drain } from '../../src/workflows/run-topic.js';
import { minute } from '../support/core/story.js';

/** What becomes of one topic that fails for the third time: its error, and when it is tried again. */
async function afterwards(fails: Error) {
  const kept: [string, string][] = [];
  const taken: Taken[] = [{ topic: 'comment:7', version: 1, attempts: 3, owner: 'me' }];
  const world = {
    clock: { now: async () => new Date(minute(0)) },
    ledger: { grants: () => Promise.reject(fails) },
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
