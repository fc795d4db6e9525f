import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { z } from 'zod';
import { schemas } from './config/schemas.js';
import { counted } from './core/reading/problem.js';

/** The process being configured: each needs, and may hold, different secrets (invariant 25). */
export type Process = 'web' | 'worker' | 'pdp' | 'release' | 'cli' | 'request';
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

type Values<P extends Process> = z.infer<(typeof schemas)[P]>;

/**
 * The frozen configuration of one process; `targets` has the operator's URL for each target name (worker only),
 * `enforcers` the tokens for each enforcement point, two during a rotation (pdp only).
 */
export type Config<P extends Process> = Readonly<Values<P>> & {
  readonly targets: Readonly<Record<string, string>>;
  readonly enforcers: Readonly<Record<string, readonly string[]>>;
};

const TARGET = /^TARGET_([A-Z0-9_]+)_URL$/;

/** The catalog's name for a target: `orders-staging` for `TARGET_ORDERS_STAGING_URL`. Null for other variables. */
export function targetName(variable: string): string | null {
  return TARGET.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-') ?? null;
}

const ENFORCER = /^ENFORCER_([A-Z0-9_]+)_TOKEN$/;

/** A token is looked up by its digest, so it must be too long to be guessed. */
const TOKEN = /^[\x21-\x7e]{32,512}$/;

/** The tokens of each enforcement point in the environment; the mistakes in them are added to `mistakes`. */
function enforcersIn(given: Env, mistakes: string[]): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  const owners = new Map<string, string>();
  for (const [variable, value = ''] of Object.entries(given)) {
    const name = ENFORCER.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-');
    if (name === undefined) continue;
    const tokens = value.trim().split(/\s+/);
    if (tokens.length > 2 || !tokens.every((token) => TOKEN.test(token)))
      mistakes.push(
        `${variable} must be a token of 32 to 512 visible ASCII characters, or two of those with a space between them during a rotation`,
      );
    for (const token of tokens) {
      const other = owners.get(token);
      if (other !== undefined && other !== variable)
        mistakes.push(
          `${variable} and ${other} are the same token: give each enforcement point its own`,
        );
      owners.set(token, variable);
    }
    found[name] = Object.freeze(tokens);
  }
  return Object.freeze(found);
}

/** What may come as PEM, or as the path of a file with it in the variable with `_PATH`. */
const IN_FILES: Readonly<Partial<Record<Process, readonly string[]>>> = {
  worker: ['PRIVATE_KEY', 'TARGETS_PRIVATE_KEY', 'REQUESTS_PRIVATE_KEY'],
  pdp: ['PDP_TLS_CERT', 'PDP_TLS_KEY', 'PDP_TLS_CA'],
};

/** What is wrong with the certificates of pdp beyond each of them. */
function mistakesInTls(given: Env, unread: ReadonlySet<string>): readonly string[] {
  const { PDP_TLS_CERT: cert, PDP_TLS_KEY: key, PDP_TLS_CA: ca } = given;
  if (['PDP_TLS_CERT', 'PDP_TLS_KEY', 'PDP_TLS_CA'].some((name) => unread.has(name))) return [];
  if (!cert !== !key) return ['PDP_TLS_CERT and PDP_TLS_KEY belong together: set both or neither'];
  if (ca && !cert)
    return [
      'PDP_TLS_CA is for the certificates of those who ask: it needs PDP_TLS_CERT and PDP_TLS_KEY',
    ];
  try {
    createSecureContext({ cert, key, ca });
    return [];
  } catch {
    return [
      'PDP_TLS_CERT, PDP_TLS_KEY and PDP_TLS_CA cannot be used: they must be PEM, and the key that of the certificate',
    ];
  }
}

/** What is wrong with the Apps beside the worker's own: each has an id and a key, and is an App of its own. */
function mistakenApps(given: Env, unread: ReadonlySet<string>): readonly string[] {
  const mistakes: string[] = [];
  for (const kind of ['TARGETS', 'REQUESTS']) {
    const [id, key] = [`${kind}_APP_ID`, `${kind}_PRIVATE_KEY`];
    if (!given[id] !== !(given[key] || unread.has(key)))
      mistakes.push(`${id} and ${key} belong together: set both or neither`);
  }
  const { APP_ID, TARGETS_APP_ID, REQUESTS_APP_ID } = given;
  if (TARGETS_APP_ID && TARGETS_APP_ID === APP_ID)
    mistakes.push(
      'TARGETS_APP_ID must name another App than APP_ID, one that is not installed on the access repository',
    );
  if (REQUESTS_APP_ID && [APP_ID, TARGETS_APP_ID].includes(REQUESTS_APP_ID))
    mistakes.push(
      'REQUESTS_APP_ID must name another App than APP_ID and TARGETS_APP_ID: the one that judges may not write files',
    );
  return mistakes;
}

/** Variables that belong to other processes (invariant 25). The command line may run in the worker's environment. */
const OF_OTHERS: Readonly<Record<Process, RegExp | null>> = {
  web: /^(((TARGETS|REQUESTS)_)?(APP_ID|PRIVATE_KEY(_PATH)?)|((RELEASE|AUDIT|PDP)_)?DATABASE_URL|REDIS_URL|EVENTS_.*|TARGET_.*_URL|ENFORCER_.*|PDP_TLS_.*)$/,
  worker: /^(WEBHOOK_SECRET|(RELEASE|WEB|AUDIT|PDP)_DATABASE_URL|ENFORCER_.*|PDP_TLS_.*)$/,
  pdp: /^(((TARGETS|REQUESTS)_)?(APP_ID|PRIVATE_KEY(_PATH)?)|WEBHOOK_SECRET|((RELEASE|WEB|AUDIT)_)?DATABASE_URL|REDIS_URL|EVENTS_.*|TARGET_.*_URL)$/,
  release:
    /^(PRIVATE_KEY(_PATH)?|WEBHOOK_SECRET|EVENTS_.*|(TARGETS|REQUESTS)_.*|TARGET_.*_URL|ENFORCER_.*|PDP_TLS_.*)$/,
  cli: null,
  request: null,
};

/** The processes that others can reach, and whom they face. */
const FACES = { web: 'the internet', pdp: 'whoever enforces' } as const;

/**
 * Whether a process may have a variable. `npm start` passes on nothing else; web, which faces the internet, and pdp, which
 * faces whoever enforces, refuse to start with anything else, whoever starts them.
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
  for (const name of IN_FILES[kind] ?? []) {
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
  if (kind === 'worker' && !given.EVENTS_URL !== !given.EVENTS_SECRET) {
    mistakes.push('EVENTS_URL and EVENTS_SECRET belong together: set both or neither');
  }
  if (kind === 'worker') mistakes.push(...mistakenApps(given, unread));
  if (kind === 'pdp') mistakes.push(...mistakesInTls(given, unread));
  if (given.DAYPASS_CLOCK && given.NODE_ENV !== 'test') {
    mistakes.push('DAYPASS_CLOCK moves time and is for tests only: unset it, or set NODE_ENV=test');
  }
  const faces = kind in FACES ? FACES[kind as keyof typeof FACES] : null;
  for (const name of faces === null ? [] : Object.keys(given).sort()) {
    if (!mayHold(kind, name))
      mistakes.push(
        `${name} must not be set for ${kind}, which faces ${faces} and does not need it`,
      );
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
  const enforcers = kind === 'pdp' ? enforcersIn(given, mistakes) : Object.freeze({});
  if (mistakes.length > 0 || !read.success) throw new ConfigError(mistakes);
  const values = read.data as Values<P>;
  return Object.freeze({ ...values, targets: Object.freeze(targets), enforcers });
}

export const DATABASES = [
  'RELEASE_DATABASE_URL',
  'DATABASE_URL',
  'WEB_DATABASE_URL',
  'PDP_DATABASE_URL',
] as const;

/** A placeholder until our own PostgreSQL runs and its URL is known, so that the rest can be checked first. */
const LATER = 'postgresql://later:later@127.0.0.1/later';

/** What `npm start` itself needs to know. */
export interface StartConfig {
  /** Whether to run a PostgreSQL of its own: none of `DATABASES` is set. If only some are, that is a mistake. */
  readonly own: boolean;
  /** Whether to run a decision process: one has a database, and somebody has a credential to ask with. */
  readonly pdp: boolean;
  /** Undefined if not set: the database of a checkout then has a folder of its own, apart from any home. */
  readonly DAYPASS_HOME: string | undefined;
}

/**
 * Reads the environment of `npm start`; `seenBy` answers the part that each process gets. Throws `ConfigError`
 * with the mistakes of all processes, before anything is started.
 */
export function readStart(
  env: Env,
  seenBy: (kind: Exclude<Process, 'cli' | 'request'>, env: Env) => Env,
): StartConfig {
  const own = [...DATABASES, 'AUDIT_DATABASE_URL'].every((name) => !env[name]);
  const given = own ? { ...env, ...Object.fromEntries(DATABASES.map((n) => [n, LATER])) } : env;
  const asks = (name: string) => ENFORCER.test(name) || /^PDP_TLS_CA(_PATH)?$/.test(name);
  const pdp = Boolean(given.PDP_DATABASE_URL) && Object.keys(env).some(asks);
  const mistakes = new Set<string>();
  for (const kind of ['web', 'worker', 'release', ...(pdp ? (['pdp'] as const) : [])] as const) {
    try {
      readConfig(kind, seenBy(kind, given));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      error.mistakes.forEach((mistake) => mistakes.add(mistake));
    }
  }
  if (mistakes.size > 0) throw new ConfigError([...mistakes]);
  return Object.freeze({ own, pdp, DAYPASS_HOME: env.DAYPASS_HOME || undefined });
}
