import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Which process is being configured: each needs, and may hold, different secrets (invariant 25). */
export type Process = 'web' | 'worker' | 'release' | 'cli';

type Env = Readonly<Record<string, string | undefined>>;

/** A mistake in the environment, told without its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly mistakes: readonly string[]) {
    super(
      `the environment has ${String(mistakes.length)} mistake(s):\n${mistakes.map((m) => `  - ${m}`).join('\n')}`,
    );
  }
}

const port = z.coerce
  .number('must be a port number')
  .int('must be a port number')
  .min(0, 'must be a port number')
  .max(65535, 'must be a port number');
const postgresUrl = z
  .url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a URL like postgresql://user:password@host:5432/database',
  })
  .max(2000);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(2000);

/** A machine's own addresses, where nobody listens in between (RFC 6761, RFC 1122). */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const eventsUrl = httpUrl.superRefine((text, context) => {
  if (!URL.canParse(text)) return;
  const { protocol, hostname, username, password } = new URL(text);
  const say = (message: string) => context.addIssue({ code: 'custom', message });
  if (protocol !== 'https:' && !LOOPBACK.test(hostname)) say('must be https');
  if (username + password !== '') say('must have no user and no password in it');
});

/** One secret, or two while it is being changed (Standard Webhooks 1.0.0: 24 to 64 bytes). */
const eventsSecret = z
  .string()
  .transform((text) => text.trim().split(/\s+/))
  .refine((all) => all.length <= 2 && all.every(isSecret), {
    error: 'must be whsec_ and base64 of 24 to 64 bytes; two of them while it is being changed',
  });

function isSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const key = Buffer.from(base64, 'base64');
  return key.length >= 24 && key.length <= 64 && key.toString('base64') === base64;
}

const common = z.object({
  NODE_ENV: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
});

const web = common.extend({
  WEBHOOK_SECRET: z
    .string('is missing: the secret that the GitHub App signs with')
    .min(16, 'must have at least 16 characters'),
  WEB_DATABASE_URL: postgresUrl,
  PORT: port.default(3000),
  HOST: z.string().max(255).default('0.0.0.0'),
});

const worker = common.extend({
  APP_ID: z.coerce.number('must be the number of the GitHub App').int().positive(),
  PRIVATE_KEY: z
    .string('is missing: set PRIVATE_KEY or PRIVATE_KEY_PATH')
    .includes('PRIVATE KEY-----', { error: 'must be a PEM private key' }),
  TARGETS_APP_ID: z.coerce
    .number('must be the number of the GitHub App for targets')
    .int()
    .positive()
    .optional(),
  TARGETS_PRIVATE_KEY: z
    .string()
    .includes('PRIVATE KEY-----', { error: 'must be a PEM private key' })
    .optional(),
  ACCESS_REPOSITORY: z
    .string('is missing: owner/name of the access repository')
    .regex(/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/, 'must be owner/name'),
  GITHUB_API_URL: httpUrl.default('https://api.github.com'),
  DATABASE_URL: postgresUrl,
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a URL like redis://host:6379' })
    .optional(),
  WORKER_PORT: port.default(3001),
  HOST: z.string().max(255).default('127.0.0.1'),
  DAYPASS_CLOCK: httpUrl.optional(),
  DAYPASS_HOME: z.string().max(1000).default('.daypass'),
  EVENTS_URL: eventsUrl.optional(),
  EVENTS_SECRET: eventsSecret.optional(),
  HOLD_SECONDS: z.coerce.number().min(2).max(300).default(15),
});

const release = common.extend({
  RELEASE_DATABASE_URL: postgresUrl,
  DATABASE_URL: postgresUrl,
  WEB_DATABASE_URL: postgresUrl,
});

const cli = common.extend({ DATABASE_URL: postgresUrl, DAYPASS_CLOCK: httpUrl.optional() });

const schemas = { web, worker, release, cli };

type Values<P extends Process> = z.infer<(typeof schemas)[P]>;

/** The frozen configuration of one process; `targets` are the operator's URLs by target name (worker only). */
export type Config<P extends Process> = Readonly<Values<P>> & {
  readonly targets: Readonly<Record<string, string>>;
};

const TARGET = /^TARGET_([A-Z0-9_]+)_URL$/;

/** `TARGET_ORDERS_STAGING_URL` is the target that the catalog calls `orders-staging`. */
export function targetName(variable: string): string | null {
  return TARGET.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-') ?? null;
}

/** What belongs to other processes (invariant 25). The command line runs in the worker's place. */
const OF_OTHERS: Readonly<Record<Process, RegExp | null>> = {
  web: /^((TARGETS_)?(APP_ID|PRIVATE_KEY(_PATH)?)|(RELEASE_)?DATABASE_URL|REDIS_URL|EVENTS_.*|TARGET_.*_URL)$/,
  worker: /^(WEBHOOK_SECRET|RELEASE_DATABASE_URL|WEB_DATABASE_URL)$/,
  release: /^(PRIVATE_KEY(_PATH)?|WEBHOOK_SECRET|EVENTS_.*|TARGETS_.*|TARGET_.*_URL)$/,
  cli: null,
};

/**
 * Whether a variable may be in the environment of a process. `npm start` hands out nothing else; web, which faces
 * the internet, refuses it from whoever else starts it.
 */
export function mayHold(kind: Process, variable: string): boolean {
  return !OF_OTHERS[kind]?.test(variable);
}

/**
 * Reads the environment of one process. Throws `ConfigError` with every mistake at once, never quoting a
 * value, since any of them may be a secret (invariant 24).
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
    // A key in one line, as many hosts store it, has its line ends written as \n.
    if (given[name]) given[name] = given[name].replaceAll('\\n', '\n');
  }
  const hasTargetsKey = given.TARGETS_PRIVATE_KEY || unread.has('TARGETS_PRIVATE_KEY');
  if (kind === 'worker' && !given.TARGETS_APP_ID !== !hasTargetsKey) {
    mistakes.push('TARGETS_APP_ID and TARGETS_PRIVATE_KEY go together: set both or neither');
  }
  if (kind === 'worker' && !given.EVENTS_URL !== !given.EVENTS_SECRET) {
    mistakes.push('EVENTS_URL and EVENTS_SECRET go together: set both or neither');
  }
  if (kind === 'worker' && given.TARGETS_APP_ID && given.TARGETS_APP_ID === given.APP_ID) {
    mistakes.push(
      'TARGETS_APP_ID must be another App than APP_ID: one that is not on the access repository',
    );
  }
  if (given.DAYPASS_CLOCK && given.NODE_ENV !== 'test') {
    mistakes.push('DAYPASS_CLOCK moves time and is only for tests: unset it, or set NODE_ENV=test');
  }
  if (kind === 'web') {
    for (const name of Object.keys(given)
      .filter((all) => !mayHold('web', all))
      .sort()) {
      mistakes.push(
        `${name} must not be given to web, which faces the internet and needs none of it`,
      );
    }
  }
  const read = schemas[kind].safeParse(given);
  for (const issue of read.error?.issues ?? []) {
    const name = issue.path.join('.');
    if (unread.has(name)) continue;
    const missing = given[name] === undefined && !issue.message.startsWith('is missing');
    mistakes.push(`${name} ${missing ? 'is missing' : issue.message}`);
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

/** Stands where a URL will be once the own PostgreSQL runs, so that the rest can be checked before. */
const LATER = 'postgresql://later:later@127.0.0.1/later';

/** What `npm start` has to know itself. */
export interface StartConfig {
  /** It runs a PostgreSQL of its own, as none of `DATABASES` is given: with one, the others are missing. */
  readonly own: boolean;
  /** Undefined where none is given: the database of a checkout has a folder apart from that of any home. */
  readonly DAYPASS_HOME: string | undefined;
}

/**
 * Reads the environment of `npm start`, of which `seenBy` gives each process its part. Throws
 * `ConfigError` with every mistake of all of them, before anything is started.
 */
export function readStart(
  env: Env,
  seenBy: (kind: 'web' | 'worker' | 'release', env: Env) => Env,
): StartConfig {
  const own = DATABASES.every((name) => !env[name]);
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
