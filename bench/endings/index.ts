import { redisOfOwn, type OwnRedis } from '../../lab/servers/redis.js';
import type { Benchmark, Row, Size } from '../benchmark.js';
import { startDatabase, type Database } from '../database.js';
import { interleaved } from '../rounds.js';
import { quantile, type Goal } from '../statistics.js';
import { runJobs } from './bullmq.js';
import { endGrants, type Places, type Shape } from './daypass.js';

interface Case extends Shape {
  readonly rounds: number;
  /** The goal for the 99th percentile. */
  readonly goal: Goal | null;
}

const INSTANT: Goal = { at_most: 0.1 };
/** The cases of a quick run: one on each backend. */
const SPREAD: Case = { count: 20, over_ms: 300, rounds: 1, goal: null };
const TOGETHER: Case = { count: 30, over_ms: 0, rounds: 1, goal: INSTANT };

/** Lateness of endings, for as many as a busy installation has. */
export const endings: Benchmark = {
  name: 'endings',
  about:
    'how late grants end with a provider that takes no time, against plain BullMQ delayed jobs on the same backend',
  run: (size, say) =>
    measure(size, say, [
      { count: 1_000, over_ms: 30_000, rounds: 3, goal: null },
      { count: 10_000, over_ms: 30_000, rounds: 3, goal: null },
      { count: 10_000, over_ms: 0, rounds: 3, goal: INSTANT },
    ]),
};

/** The same for many more grants. */
export const manyEndings: Benchmark = {
  name: 'endings-100000',
  about: 'the same for 100,000 grants over 30 s; takes long',
  run: (size, say) =>
    measure(size, say, [{ count: 100_000, over_ms: 30_000, rounds: 3, goal: null }]),
};

async function measure(
  size: Size,
  say: (line: string) => void,
  full: readonly Case[],
): Promise<readonly Row[]> {
  const database = await startDatabase();
  const redis = await redisOfOwn().catch(() => null);
  if (!redis)
    say(
      'measuring on PostgreSQL only: there is no redis-server on the PATH and REDIS_URL is not set',
    );
  try {
    const rows: Row[] = [];
    if (size === 'quick') {
      rows.push(...(await contest(SPREAD, database, null, say)));
      rows.push(...(await contest(TOGETHER, database, redis, say)));
      return rows;
    }
    for (const on of redis ? [null, redis] : [null]) {
      for (const one of full) rows.push(...(await contest(one, database, on, say)));
    }
    return rows;
  } finally {
    await redis?.close();
    await database.stop();
  }
}

async function contest(
  { rounds, goal, ...shape }: Case,
  database: Database,
  redis: OwnRedis | null,
  say: (line: string) => void,
): Promise<readonly Row[]> {
  const what = `${shape.count.toLocaleString('en')} ${shape.over_ms > 0 ? `over ${shape.over_ms / 1000} s` : 'in one instant'}, ${redis ? 'Redis' : 'PostgreSQL'}`;
  say(what);
  /** BullMQ creates a counter for each new queue, which the worker's role may not. */
  const places = async (role: 'worker' | 'superuser'): Promise<Places> => {
    return { postgresUrl: (await database.fresh())[role], redisUrl: redis?.url ?? null };
  };
  const late = await interleaved(
    { rounds, warm_up: 0 },
    async () => endGrants(shape, await places('worker')),
    async () => runJobs(shape, await places('superuser')),
  );
  // Both clocks count whole milliseconds: count anything shorter as one.
  const of = (p: number) => (all: readonly (readonly number[])[]) =>
    all.map((one) => Math.max(1, quantile(one, p)));
  return [
    { p: 0.5, title: 'median', goal: null },
    { p: 0.99, title: 'p99', goal },
  ].map(({ p, title, goal: promised }) => ({
    name: `${what}: ${title}`,
    unit: 'ms',
    floor_name: 'BullMQ',
    subject: of(p)(late.subject),
    floor: of(p)(late.floor),
    goal: promised,
  }));
}
