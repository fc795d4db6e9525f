import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAlarm } from '../../src/adapters/bullmq/alarm.js';
import { createPolicy } from '../../src/adapters/opa/policy.js';
import { createClock } from '../../src/adapters/postgres/clock.js';
import { createLeases } from '../../src/adapters/postgres/work/leases.js';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { listen } from '../../src/adapters/postgres/work/listen.js';
import { createPool } from '../../src/clients/postgres.js';
import { verifyChain } from '../../src/adapters/postgres/ledger/verify.js';
import { createWork } from '../../src/adapters/postgres/work/work.js';
import { PACE } from '../../src/compose/worker.js';
import { parsePolicyData } from '../../src/core/policy/data.js';
import type { Ledger, World } from '../../src/ports.js';
import { providers } from '../../src/providers/list.js';
import { runJobs } from '../../src/workflows/run/run-topic.js';
import { watch } from '../../src/workflows/run/watch.js';
import { until } from '../../lab/until.js';
import { starterTree } from '../../lab/acme/policy.js';
import { holds } from '../benchmark.js';
import { endsFrom, identityOf, SOURCE, STEP, writeGrants, type Ends } from './grants.js';
import { createNothing, type Nothing } from './provider.js';

/** How many things are due, and over which time. */
export interface Shape {
  readonly count: number;
  /** The time over which they are due, ms; 0 for all in one instant. */
  readonly over_ms: number;
}

/** Where the queue is; the ledger is always on PostgreSQL. */
export interface Places {
  readonly postgresUrl: string;
  /** Null for the queue on PostgreSQL. */
  readonly redisUrl: string | null;
}

/** Time for the worker to become idle before the first end. */
const LEAD_MS = 1_000;
const PATIENCE_MS = 1_800_000;

/**
 * Ends that many grants with the worker's own code, and answers how late each was seen to be gone. Time is an
 * argument: the grants end a day ahead, and after writing them the clock is set to just before the first end.
 */
export async function endGrants({ count, over_ms }: Shape, at: Places): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-bench-'));
  const pool = createPool({
    url: at.postgresUrl,
    application: 'bench',
    max: 24,
    onError: () => undefined,
  });
  const policy = createPolicy({
    parseData: (files) => parsePolicyData(files, providers),
    folder,
    opa: null,
  });
  try {
    const ledger = createLedger(pool);
    const ends = endsFrom(new Date(Date.now() + 24 * 3600 * 1000), count, over_ms);
    await writeGrants(ledger, starterTree, ends);
    const ahead_ms = (ends[0]?.getTime() ?? 0) - Date.now() - LEAD_MS;
    const nothing = createNothing(
      ends.map((_, n) => identityOf(n)),
      () => Date.now() + ahead_ms,
    );
    const real = createClock(pool);
    const world: World = {
      ...nowhere(),
      clock: { now: async () => new Date((await real.now()).getTime() + ahead_ms) },
      policy,
      ledger,
      work: createWork(pool),
      leases: createLeases(pool),
      providers: { ...providers, nothing: nothing.provider },
      targets: nothing.targets,
      owner: 'bench',
      hold_ms: 15_000,
      log: {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: console.error,
      },
    };
    await work(world, at, nothing);
    return await checked(ledger, ends, nothing, async () => (await verifyChain(pool)).ok);
  } finally {
    await policy.close();
    await pool.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a worker as `runWorker` does until every end is done and recorded. */
async function work(world: World, at: Places, nothing: Nothing): Promise<void> {
  const onError = (error: Error) => console.error(error);
  const alarm = createAlarm({ ...at, onError });
  const watching = watch(world, runJobs(world), alarm, PACE);
  await alarm.listen(watching.wake);
  const notified = listen({
    url: at.postgresUrl,
    application: 'bench listens',
    onNotify: watching.wake,
    onError,
  });
  try {
    const recorded = async () =>
      nothing.left() === 0 && (await world.ledger.grants({ states: ['active'] })).length === 0;
    await until('the end of all grants', recorded, PATIENCE_MS);
  } finally {
    await notified.close();
    await watching.stop();
    await alarm.close();
  }
}

/** How late each end was according to the ledger, after checking that none is missing, early or out of the chain. */
async function checked(
  ledger: Ledger,
  ends: Ends,
  nothing: Nothing,
  whole: () => Promise<boolean>,
): Promise<readonly number[]> {
  const early = ends.filter((end, n) => (nothing.gone(identityOf(n)) ?? 0) < end.getTime());
  holds(early.length === 0, `${early.length} of ${ends.length} ended early`);
  const late: number[] = [];
  for (let after = 0; ;) {
    const page = await ledger.entries({ after, limit: 10_000 });
    for (const entry of page) if (entry.kind === 'grant.expired') late.push(entry.body.late_ms);
    const last = page.at(-1);
    if (!last) break;
    after = last.seq;
  }
  holds(
    late.length === ends.length,
    `only ${late.length} of ${ends.length} are recorded as expired`,
  );
  holds(await whole(), 'the chain of the ledger is broken');
  return late;
}

/** A GitHub where nothing happens: no pull request is open, nothing lands, every comment is accepted. */
function nowhere(): Pick<World, 'repository' | 'pullRequests' | 'landing' | 'reports'> {
  const none = async (): Promise<never> => {
    throw new Error('unexpected: ending a grant must not ask GitHub for this');
  };
  const git: World['landing'] = {
    repository: {
      source: async () => ({ source: SOURCE, tip: STEP }),
      steps: async () => ({ steps: [], untold: null }),
      ...{ compare: none, stepComparison: none, filesAt: none },
      ...{ policyTree: none, policiesAfter: none },
    },
    pullRequests: {
      ...{ open: async () => [], snapshot: none },
      ...{ governing: none, people: none, departed: none },
    },
  };
  return {
    ...git,
    landing: git,
    reports: {
      check: none,
      comment: async (number) => number,
    },
  };
}
