import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { examineQueue } from '../../../src/adapters/bullmq/examine.js';
import { freePort } from '../../../src/adapters/postgres/embedded/server.js';
import { redisOfOwn } from '../../../lab/servers/redis.js';
import type { OwnRedis } from '../../../lab/servers/redis.js';

let server: OwnRedis;
let redis: Redis;
/** How the server was set before, if others use it as well. */
let before: string[];
const SETTINGS = ['maxmemory-policy', 'hz'];
const NOT_ASKED = 'postgresql://127.0.0.1:1/none';

beforeAll(async () => {
  server = await redisOfOwn();
  redis = new Redis(server.url);
  before = await redis.config('GET', ...SETTINGS);
});
afterAll(async () => {
  await redis.call('CONFIG', 'SET', ...before);
  redis.disconnect();
  await server.close();
});

/** What doctor says of the queue when the server is set so. */
async function said(policy: string, hz: number): Promise<string[]> {
  await redis.call('CONFIG', 'SET', 'maxmemory-policy', policy, 'hz', String(hz));
  return lines(server.url);
}

async function lines(redisUrl: string): Promise<string[]> {
  const findings = await examineQueue({ redisUrl, postgresUrl: NOT_ASKED });
  expect(new Set(findings.map(({ about }) => about))).toEqual(new Set(['queue']));
  return findings.map(({ is, found }) => `${is}: ${found}`);
}

const LOCAL = 'good: the connection is not encrypted, and does not leave this machine';
const ANSWERS = expect.stringMatching(/^good: Redis \d+\.\d+\.\d+ answers$/);

test('a server that is set as Daypass asks is good', async () => {
  expect(await said('noeviction', 100)).toEqual([ANSWERS, LOCAL, 'good: Redis evicts nothing']);
});

test.each(['allkeys-lru', 'volatile-ttl'])(
  'one that may evict by %s may lose what wakes workers',
  async (policy) => {
    expect(await said(policy, 100)).toEqual([
      ANSWERS,
      LOCAL,
      `bad: Redis may evict what wakes the worker (maxmemory-policy ${policy})`,
    ]);
  },
);

test('one that looks for due keys ten times a second wakes workers a little late', async () => {
  expect(await said('noeviction', 10)).toEqual([
    ANSWERS,
    LOCAL,
    'good: Redis evicts nothing',
    'good: workers may wake 0.1 s late (hz 10; with hz 100 it is a fifth of that)',
  ]);
});

test('one that is not there is told without its URL, and keeps nobody waiting', async () => {
  const [finding, ...more] = await examineQueue({
    postgresUrl: NOT_ASKED,
    redisUrl: `redis://:hunter2@127.0.0.1:${String(await freePort())}`,
  });
  expect(finding).toEqual({
    about: 'queue',
    is: 'unsure',
    found: 'Redis does not answer: the worker polls instead, some seconds late',
    todo: 'check REDIS_URL and that the server is up',
  });
  expect(more).toEqual([]);
});
