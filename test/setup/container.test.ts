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
  readonly image?: string;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
const { services, networks } = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
};
/** An image that cannot be moved to other content: a full version and a digest. */
const PINNED = /^[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)*@sha256:[0-9a-f]{64}$/;
const procfile = Object.fromEntries(
  read('Procfile')
    .trim()
    .split('\n')
    .map((line) => line.split(': ') as [string, string]),
);
const OURS = Object.keys(procfile) as ('pdp' | 'release' | 'web' | 'worker')[];

/** The targets that the starter's catalog names. */
const TARGETS = ['TARGET_ORDERS_URL', 'TARGET_ORDERS_STAGING_URL', 'TARGET_ORDERS_DEV_URL'];

/** What each setting looks like if it is given. */
const DATABASES = ['RELEASE', 'WEB', 'AUDIT', 'PDP']
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
  REDIS_PASSWORD: 'a-password',
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
      value.replace(/\$\{(\w+)[^}]*\}/, (_, name: string) => VALUES[name] ?? ''),
    ]),
  );

describe('the compose file', () => {
  test.each(OURS)('%s runs the command of the Procfile', (name) => {
    expect(services[name]?.command?.join(' ')).toBe(procfile[name]);
  });

  test.each(OURS)(
    'invariant 25: %s gets a complete environment, and nothing of another process',
    (name) => {
      expect(() => readConfig(name, environmentOf(name))).not.toThrow();
      const secrets = {
        release: DATABASES,
        web: ['WEBHOOK_SECRET', 'WEB_DATABASE_URL', 'METRICS_TOKEN'],
        // The tokens of enforcement points come from a file of their own.
        pdp: ['PDP_DATABASE_URL', 'METRICS_TOKEN'],
        worker: [
          'PRIVATE_KEY',
          'DATABASE_URL',
          'EVENTS_SECRET',
          'METRICS_TOKEN',
          ...TARGETS,
          'REQUESTS_PRIVATE_KEY',
          'TARGETS_PRIVATE_KEY',
        ],
      }[name];
      const given = Object.keys(environmentOf(name)).filter((variable) =>
        /SECRET|KEY|TOKEN|DATABASE_URL|TARGET_/.test(variable),
      );
      expect(given.sort()).toEqual([...secrets].sort());
    },
  );

  test('release runs before the others, and Redis evicts nothing', () => {
    for (const name of ['web', 'worker', 'pdp']) {
      expect(services[name]?.depends_on?.['release']?.condition).toBe(
        'service_completed_successfully',
      );
    }
    expect(services['redis']?.command?.join(' ')).toContain(
      '--maxmemory-policy noeviction --hz 100',
    );
  });

  test.each(Object.keys(services))('%s is confined', (name) => {
    const service = services[name];
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service?.cap_add).toBeUndefined();
    expect(service?.mem_limit).toMatch(/^\d+[mg]$/);
    if (service?.image !== undefined) expect(service.image).toMatch(PINNED);
  });

  test('each network joins one pair that must talk, and only web and pdp are reached from outside', () => {
    const members = Object.fromEntries(
      Object.keys(networks).map((network) => [
        network,
        Object.keys(services).filter((name) => services[name]?.networks?.includes(network)),
      ]),
    );
    expect(members).toEqual({
      'release-postgres': ['postgres', 'release'],
      'web-postgres': ['postgres', 'web'],
      'worker-postgres': ['postgres', 'worker'],
      'worker-redis': ['redis', 'worker'],
      'pdp-postgres': ['postgres', 'pdp'],
      enforcers: ['pdp'],
      front: ['web'],
      outside: ['worker'],
    });
    const open = Object.keys(networks).filter((network) => networks[network]?.internal !== true);
    expect(open).toEqual(['enforcers', 'front', 'outside']);
    expect(Object.keys(services).filter((name) => services[name]?.ports)).toEqual(['web']);
  });

  test('Redis needs a password, which is in no command line', () => {
    const { command, environment } = services['redis'] ?? {};
    expect(command?.join(' ')).toContain('requirepass %s');
    expect(command?.join(' ')).not.toContain('${');
    expect(environment?.['REDIS_PASSWORD']).toMatch(/^\$\{REDIS_PASSWORD:\?/);
    expect(services['worker']?.environment?.['REDIS_URL']).toMatch(/:\$\{REDIS_PASSWORD:\?\}@/);
  });
});

describe('the Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  test('has the OPA that policies are compiled with, and a Node that Daypass runs on', () => {
    expect(read('Dockerfile')).toContain(
      `go install github.com/open-policy-agent/opa@v${OPA_VERSION}\n`,
    );
    // The set-up script needs no build, so it has its own copy of the version.
    expect(read('setup/opa.mjs')).toContain(`\nconst version = '${OPA_VERSION}';\n`);
    const nodes = lines.flatMap((line) => /^FROM node:(\d+)\./.exec(line)?.[1] ?? []);
    expect(nodes.map(Number).every((major) => major >= 20)).toBe(true);
    expect(nodes).toHaveLength(2);
  });

  test('copies files that exist, and nothing that .dockerignore excludes', () => {
    const ignored = read('.dockerignore').split('\n');
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(copied.filter((path) => ignored.includes(path))).toEqual([]);
  });

  test('names each image by its digest', () => {
    const images = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    expect(images).toHaveLength(3);
    for (const image of images) expect(image).toMatch(PINNED);
  });

  test('does not run as root', () => {
    const last = lines.findLastIndex((line) => line.startsWith('FROM '));
    expect(lines.indexOf('USER node')).toBeGreaterThan(last);
  });
});
