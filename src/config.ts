import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { counted } from './core/reading/problem.js';
import {
  accessRepository,
  eventsSecret,
  githubApiUrl,
  httpUrl,
  pem,
  port,
  postgresUrl,
  safeUrl,
  wholeNumber,
} from './core/reading/variables.js';

/** The process being configured: each needs, and may hold, different secrets (invariant 25). */
export type Process = 'web' | 'worker' | 'release' | 'cli';
/** The environment of a process. */
export type Env = Readonly<Record<string, string | undefined>>;

/** All mistakes in the environment, each without the value, which may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly mistakes: readonly string[]) {
    super(
      `the environment has ${counted(mistakes.length, 'mistake')}:\n${mistakes.map((m) => `  - ${m}`).join('\n')}`,
    );
  }
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
const common = z.object({
  NODE_ENV: z.string().optional(),
  LOG_LEVEL: z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('info'),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
});

const web = common.extend({
  WEBHOOK_SECRET: z
    .string('is missing: set it to the webhook secret of the GitHub App')
    .min(16, 'must have at least 16 characters'),
  WEB_DATABASE_URL: postgresUrl,
  PORT: port.default(3000),
  HOST: z.string().max(255).default('0.0.0.0'),
});

const HOLD = 'must be a number of seconds from 2 to 300';

const worker = common.extend({
  APP_ID: wholeNumber("must be the GitHub App's ID, a number", 1),
  PRIVATE_KEY: pem,
  TARGETS_APP_ID: wholeNumber(
    'must be the ID of the GitHub App for targets, a number',
    1,
  ).optional(),
  TARGETS_PRIVATE_KEY: pem.optional(),
  ACCESS_REPOSITORY: accessRepository,
  GITHUB_API_URL: githubApiUrl,
  DATABASE_URL: postgresUrl,
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://host:6379' })
    .optional(),
  WORKER_PORT: port.default(3001),
  HOST: z.string().max(255).default('127.0.0.1'),
  DAYPASS_CLOCK: httpUrl.optional(),
  DAYPASS_HOME: z.string().max(1000).default('.daypass'),
  EVENTS_URL: safeUrl.optional(),
  EVENTS_SECRET: eventsSecret.optional(),
  HOLD_SECONDS: z.coerce.number(HOLD).min(2, HOLD).max(300, HOLD).default(15),
});

const most = wholeNumber('must be a number of processes from 1 to 1000', 1, 1000).default(2);
const ledger = { DATABASE_URL: postgresUrl, AUDIT_DATABASE_URL: postgresUrl.optional() };
const owners = { RELEASE_DATABASE_URL: postgresUrl, WEB_DATABASE_URL: postgresUrl };
const counts = { WORKER_PROCESSES: most, WEB_PROCESSES: most };
const release = common.extend({ ...ledger, ...owners, ...counts });
/** Where the access repository is, for links to it. */
const github = { ACCESS_REPOSITORY: accessRepository.optional(), GITHUB_API_URL: githubApiUrl };
const cli = common.extend({ ...ledger, ...github, DAYPASS_CLOCK: httpUrl.optional() });

const schemas = { web, worker, release, cli };

type Values<P extends Process> = z.infer<(typeof schemas)[P]>;

/** The frozen configuration of one process; `targets` has the operator's URL for each target name (worker only). */
export type Config<P extends Process> = Readonly<Values<P>> & {
  readonly targets: Readonly<Record<string, string>>;
};

const TARGET = /^TARGET_([A-Z0-9_]+)_URL$/;

/** The catalog's name for a target: `orders-staging` for `TARGET_ORDERS_STAGING_URL`. Null for other variables. */
export function targetName(variable: string): string | null {
  return TARGET.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-') ?? null;
}

/** Variables that belong to other processes (invariant 25). The command line may run in the worker's environment. */
const OF_OTHERS: Readonly<Record<Process, RegExp | null>> = {
  web: /^((TARGETS_)?(APP_ID|PRIVATE_KEY(_PATH)?)|((RELEASE|AUDIT)_)?DATABASE_URL|REDIS_URL|EVENTS_.*|TARGET_.*_URL)$/,
  worker: /^(WEBHOOK_SECRET|(RELEASE|WEB|AUDIT)_DATABASE_URL)$/,
  release: /^(PRIVATE_KEY(_PATH)?|WEBHOOK_SECRET|EVENTS_.*|TARGETS_.*|TARGET_.*_URL)$/,
  cli: null,
};

/**
 * Whether a process may have a variable. `npm start` passes on nothing else; web, which faces the internet, refuses
 * to start with anything else, whoever starts it.
 */
export function mayHold(kind: Process, variable: string): boolean {
  return !OF_OTHERS[kind]?.test(variable);
}

/**
 * Reads the environment of one process. Throws `ConfigError` with every mistake at once. It never quotes a value,
 * since any of them may be a secret (invariant 24).
 */
export function readConfig<P extends Process>(
  kind: P,
  env: Env,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config<P> {
  const mistakes: string[] = [];
  const unread = new Set<string>();
  const given: Record<string, string | undefined> = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  for (const name of kind === 'worker' ? ['PRIVATE_KEY', 'TARGETS_PRIVATE_KEY'] : []) {
    const path = given[`${name}_PATH`];
    if (given[name] === undefined && path) {
      try {
        given[name] = readFile(path);
      } catch {
        unread.add(name);
        mistakes.push(`${name}_PATH names a file that cannot be read`);
      }
    }
    // Many hosts store a key on one line, with \n for its line ends.
    if (given[name]) given[name] = given[name].replaceAll('\\n', '\n');
  }
  // The command line only reads the ledger: as the auditor if it can.
  if (kind === 'cli') given.DATABASE_URL = given.AUDIT_DATABASE_URL ?? given.DATABASE_URL;
  const hasTargetsKey = given.TARGETS_PRIVATE_KEY || unread.has('TARGETS_PRIVATE_KEY');
  if (kind === 'worker' && !given.TARGETS_APP_ID !== !hasTargetsKey) {
    mistakes.push('TARGETS_APP_ID and TARGETS_PRIVATE_KEY belong together: set both or neither');
  }
  if (kind === 'worker' && !given.EVENTS_URL !== !given.EVENTS_SECRET) {
    mistakes.push('EVENTS_URL and EVENTS_SECRET belong together: set both or neither');
  }
  if (kind === 'worker' && given.TARGETS_APP_ID && given.TARGETS_APP_ID === given.APP_ID) {
    mistakes.push(
      'TARGETS_APP_ID must name another App than APP_ID, one that is not installed on the access repository',
    );
  }
  if (given.DAYPASS_CLOCK && given.NODE_ENV !== 'test') {
    mistakes.push('DAYPASS_CLOCK moves time and is for tests only: unset it, or set NODE_ENV=test');
  }
  if (kind === 'web') {
    for (const name of Object.keys(given)
      .filter((all) => !mayHold('web', all))
      .sort()) {
      mistakes.push(
        `${name} must not be set for web, which faces the internet and does not need it`,
      );
    }
  }
  const read = schemas[kind].safeParse(given);
  for (const issue of read.error?.issues ?? []) {
    const name = issue.path.join('.');
    if (unread.has(name)) continue;
    const missing = given[name] === undefined && !issue.message.startsWith('is missing');
    mistakes.push(`${name} ${missing ? `is missing: it ${issue.message}` : issue.message}`);
  }
  const targets: Record<string, string> = {};
  if (kind === 'worker') {
    for (const [variable, value] of Object.entries(given)) {
      const name = targetName(variable);
      if (name === null || !value) continue;
      if (!URL.canParse(value)) mistakes.push(`${variable} must be a URL`);
      targets[name] = value;
    }
  }
  if (mistakes.length > 0 || !read.success) throw new ConfigError(mistakes);
  return Object.freeze({ ...(read.data as Values<P>), targets: Object.freeze(targets) });
}

export const DATABASES = ['RELEASE_DATABASE_URL', 'DATABASE_URL', 'WEB_DATABASE_URL'] as const;

/** A placeholder until our own PostgreSQL runs and its URL is known, so that the rest can be checked first. */
const LATER = 'postgresql://later:later@127.0.0.1/later';

/** What `npm start` itself needs to know. */
export interface StartConfig {
  /** Whether to run a PostgreSQL of its own: none of `DATABASES` is set. If only some are, that is a mistake. */
  readonly own: boolean;
  /** Undefined if not set: the database of a checkout then has a folder of its own, apart from any home. */
  readonly DAYPASS_HOME: string | undefined;
}

/**
 * Reads the environment of `npm start`; `seenBy` answers the part that each process gets. Throws `ConfigError`
 * with the mistakes of all processes, before anything is started.
 */
export function readStart(
  env: Env,
  seenBy: (kind: 'web' | 'worker' | 'release', env: Env) => Env,
): StartConfig {
  const own = [...DATABASES, 'AUDIT_DATABASE_URL'].every((name) => !env[name]);
  const given = own ? { ...env, ...Object.fromEntries(DATABASES.map((n) => [n, LATER])) } : env;
  const mistakes = new Set<string>();
  for (const kind of ['web', 'worker', 'release'] as const) {
    try {
      readConfig(kind, seenBy(kind, given));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      error.mistakes.forEach((mistake) => mistakes.add(mistake));
    }
  }
  if (mistakes.size > 0) throw new ConfigError([...mistakes]);
  return Object.freeze({ own, DAYPASS_HOME: env.DAYPASS_HOME || undefined });
}
