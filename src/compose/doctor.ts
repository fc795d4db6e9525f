import { examineQueue } from '../adapters/bullmq/examine.js';
import { createClient } from '../clients/github/app.js';
import { examineRequestsApp } from '../adapters/github/requests-app/examine.js';
import { examineGitHub } from '../adapters/github/examine.js';
import { connectGitHub } from '../adapters/github/github.js';
import { examineOpa } from '../adapters/opa/examine.js';
import { examineDatabase, examineSecured } from '../adapters/postgres/release/examine.js';
import { createLedger } from '../adapters/postgres/ledger/ledger.js';
import { createOutbox } from '../adapters/postgres/ledger/outbox.js';
import type { RunsAs } from '../clients/account.js';
import { createPool } from '../clients/postgres.js';
import { SESSIONS_OF } from './connections.js';
import { chooseAccounts, clockOf, githubOf, policyOf, requestsAppOf, targetsOf } from './parts.js';
import { ConfigError, readConfig } from '../config.js';
import type { Config } from '../config.js';
import { bad, good } from '../core/report/finding.js';
import type { Finding } from '../core/report/finding.js';
import { providers } from '../providers/list.js';
import { examineWorld } from '../workflows/answer/doctor.js';

export { verdictOf } from '../core/report/finding.js';
export type { Finding };

const ENVIRONMENT = 'environment';

/** The other logins on the ledger, looked at where this environment has their URLs. */
const OTHER_LOGINS = {
  RELEASE_DATABASE_URL: "release's login",
  WEB_DATABASE_URL: "web's login",
  AUDIT_DATABASE_URL: "the auditor's login",
} as const;

/** Checks the worker's environment and everything that it names, one thing after the other. */
export async function* examine(
  env: Readonly<Record<string, string | undefined>>,
  opa: string | null,
): AsyncGenerator<Finding> {
  let config;
  try {
    config = readConfig('worker', env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const todo =
      'see the table of settings in README.md; doctor checks the rest once they are right';
    for (const mistake of error.mistakes) yield bad(ENVIRONMENT, mistake, todo);
    return;
  }
  const targets = Object.keys(config.targets).join(', ') || 'none';
  yield good(ENVIRONMENT, `is complete; targets: ${targets}`);
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    yield bad(
      ENVIRONMENT,
      'NODE_TLS_REJECT_UNAUTHORIZED=0: no server is verified, whatever else is said',
      'unset it; NODE_EXTRA_CA_CERTS=FILE adds an authority of your own',
    );
  yield* examineParts(config, opa);
  for (const [variable, about] of Object.entries(OTHER_LOGINS)) {
    const url = env[variable];
    if (url) yield await examineSecured(about, url);
  }
}

async function* examineParts(
  config: Config<'worker'>,
  opa: string | null,
): AsyncGenerator<Finding> {
  const accounts = await chooseAccounts(config, opa);
  const pool = createPool({
    url: config.DATABASE_URL,
    application: 'daypass doctor',
    max: 2,
    onError: () => undefined,
  });
  const github = githubOf(config, accounts);
  const policy = policyOf(config, opa, accounts);
  const ledger = createLedger(pool);
  const clock = clockOf(config, pool);
  const { repository, pullRequests } = connectGitHub(github);
  const targets = targetsOf(config, { pool, clock, ledger }, () => ({
    ledger,
    policy,
    pullRequests,
  }));
  try {
    yield* examineDatabase(pool, () => new Date(), SESSIONS_OF.worker);
    yield* await examineQueue({
      redisUrl: config.REDIS_URL ?? null,
      postgresUrl: config.DATABASE_URL,
    });
    yield await examineOpa(opa);
    yield runsAs('git', accounts.git);
    yield runsAs('OPA', accounts.opa);
    yield* examineGitHub(createClient(github), config.APP_ID);
    const requestsApp = requestsAppOf(config);
    if (requestsApp) yield* examineRequestsApp(requestsApp);
    const outbox = config.EVENTS_URL === undefined ? null : createOutbox(pool);
    yield* examineWorld({ clock, ledger, repository, policy, providers, targets, outbox });
  } finally {
    await policy.close();
    await targets.close();
    await pool.end();
  }
}

/** What a program would run as in a worker of this user. */
function runsAs(program: string, { account, obstacle }: RunsAs): Finding {
  const about = `user of ${program}`;
  if (obstacle !== null) {
    const todo = `run the worker as a user other than root, or open the folders on the way to that path for others to pass (chmod o+x)`;
    return bad(about, `${program} runs as root like the worker, because ${obstacle}`, todo);
  }
  return account
    ? good(about, `${program} runs as ${account.uid}, apart from the worker's own user`)
    : good(about, `${program} runs as the worker's own user, who may not change users`);
}
