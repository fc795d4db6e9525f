import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';

/** A Redis server of one test file's own, set as Daypass asks for. */
export interface OwnRedis {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the `redis-server` of the PATH; without one, database 14 of REDIS_URL is emptied and taken. */
export async function redisOfOwn(): Promise<OwnRedis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'daypass-redis-'));
  const flags = ['--save', '', '--hz', '100', '--maxmemory-policy', 'noeviction'];
  const server = spawn('redis-server', ['--port', String(port), ...flags], {
    cwd: folder,
    stdio: 'ignore',
  });
  const here = await once(server, 'spawn').then(
    () => true,
    () => false,
  );
  const url = here ? `redis://127.0.0.1:${String(port)}` : shared();
  const redis = new Redis(url, { retryStrategy: (times) => (times > 100 ? null : 50) });
  redis.on('error', () => undefined);
  await redis.flushdb();
  redis.disconnect();
  return {
    url,
    close: async () => {
      if (here) {
        server.kill();
        await once(server, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function shared(): string {
  const { REDIS_URL } = process.env;
  if (!REDIS_URL) throw new Error('Redis tests need REDIS_URL, or redis-server on the PATH');
  const url = new URL(REDIS_URL);
  url.pathname = '/14';
  return url.href;
}
