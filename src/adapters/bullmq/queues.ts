import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { within } from '../../clients/deadline.js';
import { HeardClient } from '../../clients/postgres.js';

export interface QueueOptions {
  /** redis://… ; null for the queue on PostgreSQL. */
  readonly redisUrl?: string | null;
  /** postgres://… of the ledger, as a role that may use the schema `bullmq` (`release` sees to it). */
  readonly postgresUrl: string;
}

/** Puts bells into the queue. */
export interface Producer {
  /** Adding an `id` that is already there rings only once. */
  add(id: string, delay_ms: number): Promise<unknown>;
  close(): Promise<void>;
}

/** Takes bells out of the queue as they ring. */
export interface Consumer {
  /** Resolves when it takes bells; fails where the queue cannot be reached or used. */
  ready(): Promise<unknown>;
  /** Takes bells until it is closed. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export interface Queues {
  producer(): Producer;
  consumer(look: () => void): Consumer;
}

const NAME = 'daypass-bells';

/** A bell interrupted by its worker's death rings again soon, and never fails for good. */
const WORKER = {
  autorun: false,
  concurrency: 1,
  lockDuration: 5_000,
  stalledInterval: 2_000,
  maxStalledCount: 5,
  runRetryDelay: 1_000,
};

const CLOSE_WITHIN_MS = 1_000;

/** BullMQ's queue and worker on the datastore that is configured. */
export function queuesOn(options: QueueOptions, onError: (error: Error) => void): Queues {
  return options.redisUrl
    ? onRedis(options.redisUrl, onError)
    : onPostgres(options.postgresUrl, onError);
}

function onRedis(url: string, onError: (error: Error) => void): Queues {
  /** A connection, and how to cut it: an unreachable one would be tried for ever. */
  const connect = () => {
    let ending = false;
    const connection = {
      url,
      connectTimeout: 2_000,
      disconnectTimeout: 200,
      retryStrategy: (times: number) => (ending ? null : Math.min(times * 200, 2_000)),
    };
    return { connection, giveUp: () => void (ending = true) };
  };
  return {
    producer: () => {
      const { connection, giveUp } = connect();
      const bounded = { ...connection, maxRetriesPerRequest: 1, commandTimeout: 1_500 };
      return producerOf(new Queue(NAME, { connection: bounded }), onError, giveUp);
    },
    consumer: (look) => {
      const { connection, giveUp } = connect();
      const worker = new Worker(NAME, bellOf(look), { ...WORKER, connection });
      return consumerOf(worker, onError, giveUp);
    },
  };
}

function onPostgres(url: string, onError: (error: Error) => void): Queues {
  const connection = {
    connectionString: url,
    schema: 'bullmq',
    // The worker's role may not: `release` migrates.
    migrate: false,
    max: 2,
    application_name: 'daypass bell',
    connectionTimeoutMillis: 2_000,
    statement_timeout: 5_000,
    keepAlive: true,
    // BullMQ listens to no connection while it makes it ready.
    Client: HeardClient,
  };
  return {
    producer: () => producerOf(new Queue(NAME, { connection }, createPostgresBackend), onError),
    consumer: (look) =>
      consumerOf(
        new Worker(NAME, bellOf(look), { ...WORKER, connection }, createPostgresBackend),
        onError,
      ),
  };
}

/** The job of a bell: it says nothing but "look" (invariants 17 and 24). */
const bellOf = (look: () => void) => () => {
  look();
  return Promise.resolve();
};

/** Of BullMQ's classes, what is the same on each datastore. */
interface Closable {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
  getBackend(): { close(force?: boolean): Promise<void> };
}

interface BellQueue extends Closable {
  add(
    name: string,
    data: object,
    options: { jobId: string; delay: number; removeOnComplete: true; removeOnFail: true },
  ): Promise<unknown>;
}

interface BellWorker extends Closable {
  waitUntilReady(): Promise<unknown>;
  run(): Promise<void>;
}

function producerOf(
  queue: BellQueue,
  onError: (error: Error) => void,
  giveUp: () => void = () => undefined,
): Producer {
  queue.on('error', onError);
  return {
    // A bell kept after it rang would suppress the next one with its id.
    add: (jobId, delay) =>
      queue.add('bell', {}, { jobId, delay, removeOnComplete: true, removeOnFail: true }),
    close: () => close(queue, giveUp),
  };
}

function consumerOf(
  worker: BellWorker,
  onError: (error: Error) => void,
  giveUp: () => void = () => undefined,
): Consumer {
  worker.on('error', onError);
  return {
    ready: () => worker.waitUntilReady(),
    run: () => worker.run(),
    close: () => close(worker, giveUp),
  };
}

/** Closes properly if the datastore answers, and cuts the connections if it does not. */
async function close(part: Closable, giveUp: () => void): Promise<void> {
  await forAWhile(() => part.close());
  giveUp();
  await forAWhile(() => part.getBackend().close(true));
}

/** Waits a limited time for something that may never finish, and ignores its result. */
async function forAWhile(work: () => Promise<void>): Promise<void> {
  await within(CLOSE_WITHIN_MS, work).catch(() => undefined);
}
