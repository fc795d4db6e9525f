import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { createAlarm } from '../adapters/bullmq/alarm.js';
import { connectGitHub } from '../adapters/github/github.js';
import { createCompiledPolicies } from '../adapters/postgres/use/compiled.js';
import { createAccessRequests } from '../adapters/postgres/use/access-requests.js';
import { createUseBatches } from '../adapters/postgres/use/uses.js';
import { createLeases } from '../adapters/postgres/work/leases.js';
import { createLedger } from '../adapters/postgres/ledger/ledger.js';
import { listen } from '../adapters/postgres/work/listen.js';
import { createOutbox } from '../adapters/postgres/ledger/outbox.js';
import { createPool } from '../clients/postgres.js';
import { createWork } from '../adapters/postgres/work/work.js';
import { startEvents } from './events.js';
import { WORKER_POOL } from './connections.js';
import { chooseAccounts, clockOf, githubOf, policyOf, requestsOf, targetsOf } from './parts.js';
import type { Config } from '../config.js';
import { countCollapsed, readDeliveries } from '../http/delivery-metrics.js';
import { countCalls } from '../http/github-metrics.js';
import { health } from '../http/health.js';
import { countEntries, createRegistry, readGrants } from '../http/metrics.js';
import { withReadings } from '../http/readings.js';
import { keepReadiness } from '../http/readiness.js';
import { serve } from '../http/server.js';
import type { Running } from '../http/server.js';
import { readTargets } from '../http/target-metrics.js';
import { readLanes } from '../http/work-metrics.js';
import type { World } from '../ports.js';
import { providers } from '../providers/list.js';
import { keepGrants } from '../workflows/grant/without-ledger.js';
import { keepRequests } from '../workflows/request/keep-requests.js';
import { keepCompiled, tellsPolicy } from '../workflows/run/keep-compiled.js';
import { recordUses } from '../workflows/run/record-uses.js';
import { keepTargets } from '../workflows/run/keep-targets.js';
import { loop } from '../workflows/run/loop.js';
import { notReady } from '../workflows/run/not-ready.js';
import { runJobs } from '../workflows/run/run-topic.js';
import { watch } from '../workflows/run/watch.js';
import { version } from './version.js';

/** Tests move the clock, so the worker polls more often. */
const POLL_IN_TESTS_MS = 1000;

/** How often a worker polls for due work, and reads the access repository even without a webhook. */
export const PACE = { poll_ms: 5000, sweep_ms: 60_000 } as const;
/** The process that judges, lands, gives and takes away. */
export async function runWorker(
  config: Config<'worker'>,
  opa: string | null,
  log: Logger,
): Promise<Running> {
  const accounts = await chooseAccounts(config, opa);
  for (const [program, { account, obstacle }] of Object.entries(accounts)) {
    if (obstacle !== null) log.warn({ program, obstacle }, 'this program runs as root');
    else if (account) log.info({ program, ...account }, 'this program runs as a user of its own');
  }
  const owner = `${String(process.pid)}-${randomUUID()}`;
  const pool = createPool({
    url: config.DATABASE_URL,
    application: 'daypass worker',
    max: WORKER_POOL,
    onError: (err) => log.warn({ err }, 'a connection to the database broke'),
  });
  const registry = createRegistry(version());
  const calls = countCalls(registry);
  const clock = clockOf(config, pool);
  const ledger = tellsPolicy(countEntries(createLedger(pool), registry), () => compiling.wake());
  const rows = createAccessRequests(pool);
  const requests = requestsOf(config, rows, calls('requests'));
  const world: World = {
    ...connectGitHub({
      ...{ ...githubOf(config, accounts), onCall: calls('access') },
      requestOf: (commit) => rows.requestOf(commit),
    }),
    ...(requests && { requests }),
    clock,
    policy: policyOf(config, opa, accounts),
    ledger,
    work: countCollapsed(createWork(pool), registry),
    leases: createLeases(pool),
    providers,
    targets: targetsOf(config, { pool, clock, ledger }, () => world, calls('targets')),
    owner,
    hold_ms: config.HOLD_SECONDS * 1000,
    log,
  };
  const alarm = createAlarm({
    redisUrl: config.REDIS_URL ?? null,
    postgresUrl: config.DATABASE_URL,
    onError: (err) => log.warn({ err }, 'the queue does not answer; the worker polls instead'),
  });
  const poll_ms = config.DAYPASS_CLOCK ? POLL_IN_TESTS_MS : PACE.poll_ms;
  const events = await startEvents(config, world, {
    outbox: createOutbox(pool),
    registry,
    poll_ms,
  });
  const watching = watch(world, runJobs(world), alarm, { ...PACE, poll_ms });
  const compiling = loop(
    () => keepCompiled({ ...world, compiled: createCompiledPolicies(pool) }),
    poll_ms,
  );
  const keepingGrants = loop(keepGrants(world), poll_ms);
  const keepingRequests = requests && loop(() => keepRequests(world, requests), poll_ms);
  const keeping = [
    ...(keepingRequests ? [keepingRequests] : []),
    loop(() => keepTargets(world), poll_ms),
    keepingGrants,
    compiling,
    loop(() => recordUses({ ...world, batches: createUseBatches(pool) }), poll_ms),
  ];
  for (const one of keeping) one.wake();
  await alarm.listen(watching.wake);
  const notified = listen({
    url: config.DATABASE_URL,
    application: 'daypass worker listens',
    onNotify: () => {
      watching.wake();
      // What has just begun is to be known when the ledger goes away in the next moment.
      keepingGrants.wake();
      keepingRequests?.wake();
      events?.wake();
    },
    onError: (err) =>
      log.warn(
        { err },
        'lost the connection that listens to the database; the worker polls instead',
      ),
  });
  const metrics = withReadings(registry, {
    grants: readGrants(world),
    lanes: readLanes(world),
    targets: readTargets(world.targets),
    deliveries: readDeliveries(world.work),
    ...(events && { events: events.reading }),
  });
  const readiness = keepReadiness(() => notReady(world));
  const listening = await serve(
    health(readiness.ready, metrics, config.METRICS_TOKEN),
    { host: config.HOST, port: config.WORKER_PORT },
    log,
  );
  return {
    port: listening.port,
    close: async () => {
      readiness.close();
      await notified.close();
      await events?.stop();
      await Promise.all([watching, ...keeping].map((one) => one.stop()));
      await alarm.close();
      await listening.close();
      await world.policy.close();
      await world.targets.close();
      await pool.end();
    },
  };
}
