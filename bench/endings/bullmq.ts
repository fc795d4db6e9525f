import { randomUUID } from 'node:crypto';
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { until } from '../../lab/until.js';
import { holds } from '../benchmark.js';
import { endsFrom } from './grants.js';
import type { Places, Shape } from './daypass.js';

interface Due {
  readonly due: number;
}

const PART = 1_000;
/** The concurrency that BullMQ was measured to be fastest with. */
const CONCURRENCY = 50;
const PATIENCE_MS = 600_000;

/**
 * Runs that many delayed BullMQ jobs that do nothing, and answers how late each one was. The first is due after
 * all are queued; if queueing took longer than `lead_ms`, it starts over with twice the time.
 */
export async function runJobs(
  shape: Shape,
  at: Places,
  lead_ms = 1_000,
): Promise<readonly number[]> {
  const name = `bench-${randomUUID()}`;
  const late: number[] = [];
  const job = async ({ data }: { data: Due }) => void late.push(Date.now() - data.due);
  const { queue, worker } = open(name, job, at);
  for (const one of [queue, worker]) one.on('error', (error: Error) => console.error(error));
  try {
    await worker.waitUntilReady();
    const first = new Date(Date.now() + lead_ms);
    const dues = endsFrom(first, shape.count, shape.over_ms).map((due) => due.getTime());
    for (let from = 0; from < dues.length; from += PART) {
      const part = dues.slice(from, from + PART);
      await queue.addBulk(part.map(jobFor));
    }
    if (Date.now() < first.getTime()) {
      const done = async () => late.length >= shape.count;
      await until('all delayed jobs', done, PATIENCE_MS);
      holds(late.length === shape.count, `${late.length} jobs ran instead of ${shape.count}`);
      holds(
        late.every((ms) => ms >= 0),
        'BullMQ ran a job early',
      );
      return late;
    }
  } finally {
    await worker.close();
    await queue.close();
  }
  return runJobs(shape, at, 2 * lead_ms);
}

const jobFor = (due: number): Bulk[number] => ({
  name: 'end',
  data: { due },
  opts: { delay: Math.max(0, due - Date.now()), removeOnComplete: true },
});

type Bulk = {
  name: string;
  data: Due;
  opts: { delay: number; removeOnComplete: true };
}[];

/** The part of BullMQ's classes that is the same on Redis and on PostgreSQL. */
interface Part {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}
interface Jobs {
  readonly queue: Part & { addBulk(jobs: Bulk): Promise<unknown> };
  readonly worker: Part & { waitUntilReady(): Promise<unknown> };
}

function open(name: string, job: (of: { data: Due }) => Promise<void>, at: Places): Jobs {
  const options = { concurrency: CONCURRENCY };
  if (at.redisUrl !== null) {
    const connection = { url: at.redisUrl, maxRetriesPerRequest: null };
    return {
      queue: new Queue(name, { connection }),
      worker: new Worker(name, job, { connection, ...options }),
    };
  }
  const connection = {
    connectionString: at.postgresUrl,
    ...{ schema: 'bullmq', migrate: false, max: 10 },
  };
  return {
    queue: new Queue(name, { connection }, createPostgresBackend),
    worker: new Worker(name, job, { connection, ...options }, createPostgresBackend),
  };
}
