import { Redis } from 'ioredis';
import { within } from '../../clients/deadline.js';
import { securedBy } from '../../clients/tls.js';
import { securedFinding } from '../../core/report/secured.js';
import { bad, good, unsure } from '../../core/report/finding.js';
import type { Finding } from '../../core/report/finding.js';
import { queuesOn, type QueueOptions } from './queues.js';

const QUEUE = 'queue';
/** At Redis's default of 10, bells ring about 50 ms late. */
const QUICK_HZ = 100;
const READY_WITHIN_MS = 5_000;

/** Checks the Redis that carries the bells; without a `redisUrl`, the queue on the ledger's PostgreSQL. */
export async function examineQueue({
  redisUrl = null,
  postgresUrl,
}: QueueOptions): Promise<readonly Finding[]> {
  if (redisUrl === null) return [await onPostgres(postgresUrl)];
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: 3_000,
    commandTimeout: 3_000,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const said = `${await redis.info('memory')}\r\n${await redis.info('server')}`;
    const of = (name: string) => new RegExp(`^${name}:(.*)$`, 'mu').exec(said)?.[1]?.trim() ?? '';
    return [
      good(QUEUE, `Redis ${of('redis_version')} answers`),
      securedFinding(
        QUEUE,
        securedBy(redis.stream, redis.options.host ?? '', tlsOf(redis)),
        SECURE,
      ),
      eviction(of('maxmemory_policy')),
      ...pace(Number(of('configured_hz') || of('hz'))),
    ];
  } catch {
    return [
      unsure(
        QUEUE,
        'Redis does not answer: the worker polls instead, some seconds late',
        'check REDIS_URL and that the server is up',
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

const SECURE =
  'set REDIS_URL to rediss://… of a server with a certificate for that host name (NODE_EXTRA_CA_CERTS=FILE adds an authority of your own)';

/** A URL may ask for TLS that looks at nothing. */
const tlsOf = ({ options: { tls } }: Redis) => (typeof tls === 'object' ? tls : {});

/** Opens the queue as a worker does. */
async function onPostgres(postgresUrl: string): Promise<Finding> {
  const bells = queuesOn({ postgresUrl }, () => undefined).consumer(() => undefined);
  try {
    await within(READY_WITHIN_MS, () => bells.ready());
    return good(QUEUE, "workers are woken through the ledger's PostgreSQL");
  } catch (error) {
    return unsure(
      QUEUE,
      `PostgreSQL does not open it: ${error instanceof Error ? error.message : String(error)}; the worker polls instead, some seconds late`,
      'see what doctor says about the database; the process `release` makes the queue',
    );
  } finally {
    await bells.close();
  }
}

function eviction(policy: string): Finding {
  return policy === 'noeviction'
    ? good(QUEUE, 'Redis evicts nothing')
    : bad(
        QUEUE,
        `Redis may evict what wakes the worker (maxmemory-policy ${policy})`,
        'set maxmemory-policy noeviction',
      );
}

function pace(hz: number): readonly Finding[] {
  if (hz >= QUICK_HZ) return [];
  const about = hz > 0 ? `hz ${hz}` : 'hz unknown';
  return [
    good(
      QUEUE,
      `workers may wake 0.1 s late (${about}; with hz ${QUICK_HZ} it is a fifth of that)`,
    ),
  ];
}
