import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { OPA_VERSION } from '../../src/adapters/opa/assets.js';
import { readConfig } from '../../src/config.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
const { services } = parse(read('compose.yaml')) as { services: Record<string, Service> };
const procfile = Object.fromEntries(
  read('Procfile')
    .trim()
    .split('\n')
    .map((line) => line.split(': ') as [string, string]),
);
const OURS = Object.keys(procfile) as ('release' | 'web' | 'worker')[];

/** Those that the starter's catalog names. */
const TARGETS = ['TARGET_ORDERS_URL', 'TARGET_ORDERS_STAGING_URL', 'TARGET_ORDERS_DEV_URL'];

/** What each setting looks like where it is given. */
const DATABASES = ['RELEASE', 'WEB', 'AUDIT']
  .map((of) => `${of}_DATABASE_URL`)
  .concat('DATABASE_URL');
const VALUES: Readonly<Record<string, string>> = {
  APP_ID: '4242',
  TARGETS_APP_ID: '4243',
  TARGETS_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\\nx\\n-----END PRIVATE KEY-----',
  PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\\nx\\n-----END PRIVATE KEY-----',
  ACCESS_REPOSITORY: 'acme/access',
  WEBHOOK_SECRET: 'a-secret-of-some-length',
  METRICS_TOKEN: 'a-token-of-some-length',
  LOG_LEVEL: 'info',
  EVENTS_URL: 'https://hooks.acme.test/daypass',
  EVENTS_SECRET: `whsec_${Buffer.alloc(32, 'e').toString('base64')}`,
  ...Object.fromEntries(
    [...DATABASES, ...TARGETS].map((name) => [
      name,
      `postgresql://${name.toLowerCase()}:x@postgres:5432/daypass`,
    ]),
  ),
};
const environmentOf = (name: string) =>
  Object.fromEntries(
    Object.entries(services[name]?.environment ?? {}).map(([variable, value]) => [
      variable,
      /^\$\{/.test(value) ? VALUES[variable] : value,
    ]),
  );

describe('the compose file', () => {
  test.each(OURS)('%s runs the command of the Procfile', (name) => {
    expect(services[name]?.command?.join(' ')).toBe(procfile[name]);
  });

  test.each(OURS)(
    'invariant 25: %s is given a whole environment, and nothing of another process',
    (name) => {
      expect(() => readConfig(name, environmentOf(name))).not.toThrow();
      const secrets = {
        release: DATABASES,
        web: ['WEBHOOK_SECRET', 'WEB_DATABASE_URL', 'METRICS_TOKEN'],
        worker: [
          'PRIVATE_KEY',
          'DATABASE_URL',
          'EVENTS_SECRET',
          'METRICS_TOKEN',
          ...TARGETS,
          'TARGETS_PRIVATE_KEY',
        ],
      }[name];
      const given = Object.keys(environmentOf(name)).filter((variable) =>
        /SECRET|KEY|TOKEN|DATABASE_URL|TARGET_/.test(variable),
      );
      expect(given.sort()).toEqual([...secrets].sort());
    },
  );

  test('release comes before the others, and Redis evicts nothing', () => {
    for (const name of ['web', 'worker']) {
      expect(services[name]?.depends_on?.['release']?.condition).toBe(
        'service_completed_successfully',
      );
    }
    expect(services['redis']?.command?.join(' ')).toContain(
      '--maxmemory-policy noeviction --hz 100',
    );
  });
});

describe('the Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  test('has the OPA that policies are compiled with, and a Node that Daypass runs on', () => {
    expect(lines).toContain(`FROM openpolicyagent/opa:${OPA_VERSION}-static AS opa`);
    // The set-up script needs no build, so it says the version for itself.
    expect(read('setup/opa.mjs')).toContain(`\nconst version = '${OPA_VERSION}';\n`);
    const nodes = lines.flatMap((line) => /^FROM node:(\d+)-/.exec(line)?.[1] ?? []);
    expect(nodes.map(Number).every((major) => major >= 20)).toBe(true);
    expect(nodes).toHaveLength(2);
  });

  test('copies what is there, and nothing that .dockerignore keeps out', () => {
    const ignored = read('.dockerignore').split('\n');
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(copied.filter((path) => ignored.includes(path))).toEqual([]);
  });

  test('does not run as root', () => {
    expect(lines.indexOf('USER node')).toBeGreaterThan(
      lines.lastIndexOf('FROM node:20-bookworm-slim'),
    );
  });
});
