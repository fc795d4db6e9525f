import { afterAll, beforeAll, describe } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { alarmContract } from './alarm-contract.js';

/** Redis at REDIS_URL (its database 15, which is emptied), or this file's own server from the PATH. */
describe('on Redis', () => {
  let url: string;
  let redis: Redis;
  let server: ChildProcess | undefined;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'daypass-redis-'));
    url = process.env.REDIS_URL ? databaseOf(process.env.REDIS_URL, 15) : await ownServer();
    redis = new Redis(url, { retryStrategy: (times) => (times > 100 ? null : 50) });
    redis.on('error', () => undefined);
    await redis.ping();
  });
  afterAll(async () => {
    redis.disconnect();
    server?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function ownServer(): Promise<string> {
    const socket = join(folder, 'redis.sock');
    const flags = ['--port', '0', '--unixsocket', socket, '--save', '', '--hz', '100'];
    server = spawn('redis-server', [...flags, '--maxmemory-policy', 'noeviction'], {
      cwd: folder,
      stdio: 'ignore',
    });
    await once(server, 'spawn').catch((error: unknown) => {
      throw new Error('Redis tests need REDIS_URL, or redis-server on the PATH', { cause: error });
    });
    return socket;
  }

  /** All connections to this database except that of this test. */
  async function others(): Promise<string[]> {
    const mine = String(await redis.client('ID'));
    const list = (await redis.client('LIST')) as string;
    const here = list.split('\n').filter((line) => line.includes(` db=${redis.options.db ?? 0} `));
    const ids = here.flatMap((line) => /^id=(\d+)/.exec(line)?.[1] ?? []);
    return ids.filter((id) => id !== mine);
  }

  alarmContract({
    options: () => ({ redisUrl: url, postgresUrl: 'postgres://unused' }),
    nowhere: () => ({ redisUrl: join(folder, 'nowhere.sock'), postgresUrl: 'postgres://unused' }),
    cut: async () => {
      for (const id of await others()) await redis.client('KILL', 'ID', id);
      await sleep(100);
    },
    lose: async () => {
      await redis.flushdb();
    },
    connections: async () => (await others()).length,
  });
});

function databaseOf(url: string, database: number): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.href;
}
