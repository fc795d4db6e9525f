import { z } from 'zod';
import {
  accessRepository,
  certificate,
  clockUrl,
  eventsSecret,
  githubApiUrl,
  pem,
  personToken,
  port,
  postgresUrl,
  publicUrl,
  safeUrl,
  wholeNumber,
} from '../core/reading/variables.js';

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
  REQUESTS_APP_ID: wholeNumber(
    'must be the ID of the GitHub App for requests, a number',
    1,
  ).optional(),
  REQUESTS_PRIVATE_KEY: pem.optional(),
  ACCESS_REPOSITORY: accessRepository,
  GITHUB_API_URL: githubApiUrl,
  DATABASE_URL: postgresUrl,
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://host:6379' })
    .optional(),
  WORKER_PORT: port.default(3001),
  HOST: z.string().max(255).default('127.0.0.1'),
  DAYPASS_CLOCK: clockUrl.optional(),
  DAYPASS_HOME: z.string().max(1000).default('.daypass'),
  EVENTS_URL: safeUrl.optional(),
  EVENTS_SECRET: eventsSecret.optional(),
  HOLD_SECONDS: z.coerce.number(HOLD).min(2, HOLD).max(300, HOLD).default(15),
});

const pdp = common.extend({
  PDP_DATABASE_URL: postgresUrl,
  ACCESS_REPOSITORY: accessRepository,
  GITHUB_API_URL: githubApiUrl,
  PDP_PORT: port.default(3002),
  PUBLIC_URL: publicUrl.optional(),
  PDP_TLS_CERT: certificate.optional(),
  PDP_TLS_KEY: pem.optional(),
  PDP_TLS_CA: certificate.optional(),
  HOST: z.string().max(255).default('127.0.0.1'),
  DAYPASS_CLOCK: clockUrl.optional(),
});

const most = wholeNumber('must be a number of processes from 1 to 1000', 1, 1000).default(2);
const ledger = { DATABASE_URL: postgresUrl, AUDIT_DATABASE_URL: postgresUrl.optional() };
const owners = {
  RELEASE_DATABASE_URL: postgresUrl,
  WEB_DATABASE_URL: postgresUrl,
  PDP_DATABASE_URL: postgresUrl.optional(),
};
const counts = { WORKER_PROCESSES: most, WEB_PROCESSES: most, PDP_PROCESSES: most };
const release = common.extend({ ...ledger, ...owners, ...counts });
/** Where the access repository is, for links to it. */
const github = { ACCESS_REPOSITORY: accessRepository.optional(), GITHUB_API_URL: githubApiUrl };
const cli = common.extend({ ...ledger, ...github, DAYPASS_CLOCK: clockUrl.optional() });

/** `daypass request` has neither the ledger nor a key: what it does, a person does with their own token. */
const request = z.object({
  ...github,
  GH_TOKEN: personToken.optional(),
  GITHUB_TOKEN: personToken.optional(),
  DAYPASS_CLOCK: clockUrl.optional(),
});

/** What each process reads of its environment. */
export const schemas = { web, worker, pdp, release, cli, request };
