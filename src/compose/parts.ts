import { join, resolve } from 'node:path';
import type { ClientConfig } from '../clients/github/app.js';
import { connectRequester } from '../adapters/github/requests-app/requester.js';
import { CAPABILITIES, SCHEMAS } from '../adapters/opa/assets.js';
import { createPolicy } from '../adapters/opa/policy.js';
import { createClock, createTestClock } from '../adapters/postgres/clock.js';
import { ownServer } from '../adapters/postgres/own-server.js';
import { accountFor, type RunsAs } from '../clients/account.js';
import type { createPool } from '../clients/postgres.js';
import type { Config } from '../config.js';
import { parsePolicyData } from '../core/policy/data.js';
import { webOf } from '../core/use/new-file.js';
import type {
  AccessRequests,
  Clock,
  Guard,
  Ledger,
  Policy,
  ServedRequests,
  Targets,
  TargetsApp,
} from '../ports.js';
import { providers } from '../providers/list.js';
import { createTargets } from '../providers/targets/targets.js';
import { protects, refusesTeam, type PowerWorld } from '../workflows/judge/power.js';

export { OPA_VERSION } from '../adapters/opa/assets.js';
export { readOpaVersion } from '../adapters/opa/version.js';

type Pool = ReturnType<typeof createPool>;

/** What a worker's git and OPA run as. */
export interface Accounts {
  readonly git: RunsAs;
  readonly opa: RunsAs;
}

/** The folders of a worker, below its home. */
const foldersOf = ({ DAYPASS_HOME }: Config<'worker'>) => {
  const home = resolve(DAYPASS_HOME);
  return { home, mirror: join(home, 'mirror'), policies: join(home, 'policies') };
};

/** Tries which accounts git and OPA can run as here. */
export async function chooseAccounts(
  config: Config<'worker'>,
  opa: string | null,
): Promise<Accounts> {
  const { home, mirror, policies } = foldersOf(config);
  const git = await accountFor('git', {
    folder: mirror,
    through: [home, mirror],
    paths: ['git', mirror],
  });
  const paths = [...(opa === null ? [] : [opa]), CAPABILITIES, SCHEMAS];
  return { git, opa: await accountFor('opa', { folder: policies, paths }) };
}

/** GitHub as the worker's App sees it, and the folder that keeps the mirror of the access repository. */
export function githubOf(
  config: Config<'worker'>,
  { git }: Accounts,
): ClientConfig & { readonly mirror: string } & Pick<RunsAs, 'account'> {
  return {
    account: git.account,
    appId: config.APP_ID,
    privateKey: config.PRIVATE_KEY,
    apiUrl: config.GITHUB_API_URL,
    repository: config.ACCESS_REPOSITORY,
    mirror: foldersOf(config).mirror,
  };
}

/** The policy of the access repository; without `opa` only policies that are already compiled load. */
export function policyOf(
  config: Config<'worker'>,
  opa: string | null,
  accounts?: Accounts,
): Policy {
  return createPolicy({
    parseData: (files) => parsePolicyData(files, providers, config.ACCESS_REPOSITORY),
    folder: foldersOf(config).policies,
    opa,
    account: accounts?.opa.account,
  });
}

/** The database's clock, or a test's. */
export function clockOf({ DAYPASS_CLOCK: url }: Config<'worker' | 'cli'>, pool: Pool): Clock {
  return url ? createTestClock(url) : createClock(pool);
}

/**
 * The targets of the environment; `world` is called when something is given, so it may be made afterwards; `onCall` is
 * called for each call to GitHub.
 */
export function targetsOf(
  config: Config<'worker'>,
  at: { readonly pool: Pool; readonly clock: Clock; readonly ledger: Ledger },
  world: () => PowerWorld,
  onCall?: TargetsApp['onCall'],
): Targets {
  const app = targetsApp(config, world, onCall);
  const { onSlot, decisionProcesses } = at.ledger;
  const guard: Guard = { now: at.clock.now, onSlot, decisionProcesses };
  return createTargets(providers, config.targets, () => ownServer(at.pool), { app, guard });
}

/** The App that opens pull requests for people, on the access repository; undefined where none is configured. */
export function requestsAppOf(config: Config<'worker'>): ClientConfig | undefined {
  const { REQUESTS_APP_ID: appId, REQUESTS_PRIVATE_KEY: privateKey } = config;
  if (appId === undefined || privateKey === undefined) return undefined;
  const { GITHUB_API_URL: apiUrl, ACCESS_REPOSITORY: repository } = config;
  return { appId, privateKey, apiUrl, repository };
}

/** The same with the rows that it answers. */
export function requestsOf(
  config: Config<'worker'>,
  rows: AccessRequests,
  onCall?: ClientConfig['onCall'],
): ServedRequests | undefined {
  const app = requestsAppOf(config);
  return app && { rows, app: connectRequester({ ...app, onCall }), web: webOf(app.apiUrl) };
}

/** The App for targets on GitHub, and what it must give nobody. */
function targetsApp(
  config: Config<'worker'>,
  world: () => PowerWorld,
  onCall: TargetsApp['onCall'],
): TargetsApp | undefined {
  const { TARGETS_APP_ID: id, TARGETS_PRIVATE_KEY: private_key } = config;
  if (id === undefined || private_key === undefined) return undefined;
  return {
    id,
    private_key,
    onCall,
    protects: () => protects(world(), config.ACCESS_REPOSITORY),
    refusesTeam: (team) => refusesTeam(world(), team),
  };
}
