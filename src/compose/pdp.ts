import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createTokenVerifier } from '../adapters/oidc/tokens.js';
import { startAtUse } from '../adapters/opa/at-use.js';
import { compilerDigest } from '../adapters/opa/digest.js';
import { createTestClock } from '../adapters/postgres/clock.js';
import { recordOf } from '../adapters/postgres/ledger/rows.js';
import { createUseFeed } from '../adapters/postgres/use/feed.js';
import { createRequestBox } from '../adapters/postgres/use/request-box.js';
import { createUseLog } from '../adapters/postgres/use/uses.js';
import { listen } from '../adapters/postgres/work/listen.js';
import { createPool } from '../clients/postgres.js';
import type { Config } from '../config.js';
import { parsePolicyData } from '../core/policy/data.js';
import { lackingWaysIn } from '../core/use/lacking.js';
import { webOf } from '../core/use/new-file.js';
import { createUseBuffer } from '../core/use/use-buffer.js';
import { PATHS } from '../http/authzen/paths.js';
import { authzen } from '../http/authzen/routes.js';
import { callersBy } from '../http/callers.js';
import { enforce } from '../http/enforce.js';
import { health } from '../http/health.js';
import { createRegistry } from '../http/metrics.js';
import { serve, type Running } from '../http/server.js';
import { providers } from '../providers/list.js';
import { loop } from '../workflows/run/loop.js';
import { decideForwarded } from '../workflows/use/decide-forwarded.js';
import { decideUse } from '../workflows/use/decide-use.js';
import { oneAtATime } from '../workflows/use/in-turns.js';
import { logUses } from '../workflows/use/log-uses.js';
import { requestAccess, requestTask } from '../workflows/use/request-access.js';
import { searchUses } from '../workflows/use/search-uses.js';
import { keepCurrent } from '../workflows/use/keep-current.js';
import { PDP_POOL } from './connections.js';
import { version } from './version.js';

/** It looks for changes so often even if no notification comes, and in tests more often, ms. */
const LOOK_MS = 500;
const LOOK_IN_TESTS_MS = 100;

/** After so long without word from the ledger everything is denied, ms. */
const STALE_AFTER_MS = 10_000;

/** It looks so often whether a worker is there for requests, ms. */
const SERVED_MS = 5_000;

/** Decided uses are written so often, ms, and wait in a buffer, some places of which only denials get. */
const LOG_MS = 200;
const USE_BUFFER = { room: 10_000, reserved: 2_000 } as const;

/** The process that decides uses (invariant 27): by the rows of grants and the policy in force, and by nothing else. */
export async function runPdp(config: Config<'pdp'>, log: Logger): Promise<Running> {
  const { PDP_DATABASE_URL: url, DAYPASS_CLOCK: clock } = config;
  const pool = createPool({
    url,
    application: 'daypass pdp',
    max: PDP_POOL,
    statement_timeout_ms: 4_000,
    onError: (err) => {
      // The server may be another one from here on.
      kept.distrust();
      log.warn({ err }, 'a connection to the database broke');
    },
  });
  // No other run may ever have the name: its row says what this one allows.
  const name = `${hostname().slice(0, 100)}-${String(process.pid)}-${randomUUID()}`;
  const testClock = clock === undefined ? null : createTestClock(clock);
  const kept = keepCurrent({
    feed: createUseFeed(pool, { name, stale_after_ms: STALE_AFTER_MS }),
    compiler: compilerDigest(),
    start: (compiled) =>
      startAtUse(compiled, (files) => parsePolicyData(files, providers, config.ACCESS_REPOSITORY)),
    record: (record) => recordOf({ record }),
    reading: () => ({ steady_ms: performance.now(), wall_ms: Date.now() }),
    testTime: testClock && (() => testClock.now()),
    stale_after_ms: STALE_AFTER_MS,
    begun: ({ data }) => {
      const tokens = Object.keys(config.enforcers);
      const certificates = config.PDP_TLS_CA !== undefined;
      for (const why of lackingWaysIn(data, { tokens, certificates })) log.warn(why);
    },
    log,
  });
  const looking = loop(() => kept.look(), testClock ? LOOK_IN_TESTS_MS : LOOK_MS);
  looking.wake();
  const notified = listen({
    url,
    application: 'daypass pdp listens',
    onNotify: looking.wake,
    onError: (err) => {
      kept.distrust();
      log.warn({ err }, 'lost the connection that listens to the database');
    },
  });
  const page = {
    repository: config.ACCESS_REPOSITORY,
    web: webOf(config.GITHUB_API_URL),
  };
  const box = createRequestBox(pool);
  let served = false;
  const serving = loop(
    async () => {
      served = await box.served().catch(() => false);
    },
    testClock ? LOOK_IN_TESTS_MS : SERVED_MS,
  );
  serving.wake();
  const { PUBLIC_URL: publicUrl } = config;
  // Without a URL of its own nobody could ask about a task.
  const requestsAt = () => (served && publicUrl !== undefined ? publicUrl + PATHS.requests : null);
  const buffer = createUseBuffer(USE_BUFFER);
  const logging = loop(() => logUses({ buffer, out: createUseLog(pool), log }), LOG_MS);
  const deciding = {
    ...{ kept, providers, page, buffer, requestsAt },
    newId: randomUUID,
    random: Math.random,
    wallTime: () => new Date(),
  };
  const tokens = createTokenVerifier({ steady_ms: () => performance.now(), log });
  const verify = (token: string) => {
    const known = kept.current();
    const by = 'why' in known ? known.last : known;
    return by ? tokens.verify(token, by.callers.trusting, by.now) : Promise.resolve(null);
  };
  const registry = createRegistry(version());
  const ready = () => {
    const known = kept.current();
    return Promise.resolve('why' in known ? [known.why] : []);
  };
  const asking = {
    ...{ kept, box, newId: randomUUID },
    logged: async () => {
      logging.wake();
      await setTimeout(LOG_MS);
    },
  };
  const turns = {
    steady_ms: () => performance.now(),
    next: oneAtATime(setImmediate),
  };
  const nameCaller = callersBy({
    ...{ enforcers: config.enforcers, verify },
    now: () => new Date(),
  });
  const listening = await serve(
    {
      ...health(ready, registry, config.METRICS_TOKEN),
      ...authzen({
        ...{ publicUrl, requestsAt },
        nameCaller,
        decide: (caller, asked) => decideUse(deciding, caller, asked),
        search: (caller, asked, each) => searchUses(kept, caller, asked, each),
        turns,
        requests: {
          ask: (caller, said) => requestAccess(asking, caller, said),
          task: (caller, id) => requestTask(asking, caller, id),
        },
      }),
      ...enforce({
        nameCaller,
        decide: (caller, request) => decideForwarded(deciding, caller, request),
      }),
    },
    { host: config.HOST, port: config.PDP_PORT, tls: tlsOf(config) },
    log,
  );
  return {
    port: listening.port,
    close: async () => {
      await listening.close();
      await notified.close();
      await looking.stop();
      await serving.stop();
      logging.wake();
      await logging.stop();
      await kept.leave().catch(() => undefined);
      await pool.end();
    },
  };
}

function tlsOf({ PDP_TLS_CERT: cert, PDP_TLS_KEY: key, PDP_TLS_CA: ca }: Config<'pdp'>) {
  return cert !== undefined && key !== undefined ? { cert, key, ca } : undefined;
}
