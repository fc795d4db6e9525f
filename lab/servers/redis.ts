import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';

/** A Redis server for one test file, with the settings that Daypass asks for. */
export interface OwnRedis {
  readonly url: string;
  /** The names of all its keys. */
  keys(): Promise<readonly string[]>;
  /** Deletes all its keys. */
  flush(): Promise<void>;
  /** Ends the server, and starts an empty one on the same port; null if the server is not this file's own. */
  readonly outage: { stop(): Promise<void>; start(): Promise<void> } | null;
  close(): Promise<void>;
}

/** Starts the `redis-server` of the PATH; without one, it empties and uses database 14 of REDIS_URL. */
export async function redisOfOwn(): Promise<OwnRedis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'daypass-redis-'));
  const flags = ['--save', '', '--hz', '100', '--maxmemory-policy', 'noeviction'];
  let server: ChildProcess | null = null;
  const start = async () => {
    const started = spawn('redis-server', ['--port', String(port), ...flags], {
      cwd: folder,
      stdio: 'ignore',
    });
    await once(started, 'spawn');
    server = started;
  };
  const stop = async () => {
    if (!server) return;
    const exited = once(server, 'exit');
    server.kill();
    await exited;
    server = null;
  };
  const here = await start().then(
    () => true,
    () => false,
  );
  const url = here ? `redis://127.0.0.1:${String(port)}` : shared();
  const asked = async <T>(ask: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(url, { retryStrategy: (times) => (times > 100 ? null : 50) });
    redis.on('error', () => undefined);
    try {
      return await ask(redis);
    } finally {
      redis.disconnect();
    }
  };
  const flush = async () => void (await asked((redis) => redis.flushdb()));
  await flush();
  return {
    url,
    keys: () => asked((redis) => redis.keys('*')),
    flush,
    outage: here ? { stop, start } : null,
    close: async () => {
      await stop();
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
