import { describe, expect, test } from '@jest/globals';
import { processEnvironment } from '../src/bin/processes.js';
import { ConfigError, mayHold, readConfig, readStart, targetName } from '../src/config.js';
import type { Process } from '../src/config.js';

const PEM = '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----';
const WORKER = {
  APP_ID: '4242',
  PRIVATE_KEY: PEM,
  ACCESS_REPOSITORY: 'acme/access',
  DATABASE_URL: 'postgresql://worker:secret-w@db/daypass',
};
const WEB = {
  WEBHOOK_SECRET: 'a-secret-that-is-long-enough',
  WEB_DATABASE_URL: 'postgresql://web:secret-v@db/daypass',
};

function mistakes(kind: Process, env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(kind, env, () => {
      throw new Error('no such file');
    });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe('configuration', () => {
  test('defaults', () => {
    expect(readConfig('worker', WORKER)).toMatchObject({
      APP_ID: 4242,
      GITHUB_API_URL: 'https://api.github.com',
      LOG_LEVEL: 'info',
      WORKER_PORT: 3001,
      targets: {},
    });
    expect(readConfig('web', WEB)).toMatchObject({ PORT: 3000 });
  });

  test('targets by name', () => {
    const config = readConfig('worker', { ...WORKER, TARGET_ORDERS_STAGING_URL: 'postgresql://x' });
    expect(config.targets).toEqual({ 'orders-staging': 'postgresql://x' });
    expect(targetName('TARGET_ORDERS_URL')).toBe('orders');
    expect(targetName('TARGETS_APP_ID')).toBeNull();
  });

  test('a key in a file, and a key in one line', () => {
    const { PRIVATE_KEY: _, ...rest } = WORKER;
    const read = readConfig('worker', { ...rest, PRIVATE_KEY_PATH: '/key.pem' }, () => PEM);
    expect(read.PRIVATE_KEY).toBe(PEM);
    const oneLine = readConfig('worker', { ...rest, PRIVATE_KEY: PEM.replaceAll('\n', '\\n') });
    expect(oneLine.PRIVATE_KEY).toBe(PEM);
  });

  test('invariant 25: requests have an App of their own, whose key only the worker holds', () => {
    const app = { REQUESTS_APP_ID: '6161', REQUESTS_PRIVATE_KEY: PEM };
    expect(readConfig('worker', { ...WORKER, ...app })).toMatchObject({ REQUESTS_APP_ID: 6161 });
    const both = 'REQUESTS_APP_ID and REQUESTS_PRIVATE_KEY belong together: set both or neither';
    expect(mistakes('worker', { ...WORKER, REQUESTS_APP_ID: '6161' })).toEqual([both]);
    expect(mistakes('worker', { ...WORKER, REQUESTS_PRIVATE_KEY: PEM })).toEqual([both]);
    const targets = { TARGETS_APP_ID: '5151', TARGETS_PRIVATE_KEY: PEM };
    for (const same of ['4242', '5151'])
      expect(mistakes('worker', { ...WORKER, ...targets, ...app, REQUESTS_APP_ID: same })).toEqual([
        expect.stringContaining('REQUESTS_APP_ID must name another App than APP_ID and TARGETS'),
      ]);
    expect(mistakes('web', { ...WEB, ...app })).toHaveLength(2);
  });

  test('the certificates of pdp belong together, and are tried before it serves', () => {
    const pdp = {
      PDP_DATABASE_URL: 'postgresql://pdp:secret-p@db/daypass',
      ACCESS_REPOSITORY: 'acme/access',
    };
    const cert = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----';
    const pair = { PDP_TLS_CERT: cert, PDP_TLS_KEY: PEM };
    const cases: [Record<string, string>, string][] = [
      [{ PDP_TLS_KEY: PEM }, 'PDP_TLS_CERT and PDP_TLS_KEY belong together: set both or neither'],
      [{ PDP_TLS_CERT: cert }, 'PDP_TLS_CERT and PDP_TLS_KEY belong together: set both or neither'],
      [{ PDP_TLS_CA: cert }, 'PDP_TLS_CA is for the certificates of those who ask: it needs'],
      [pair, 'PDP_TLS_CERT, PDP_TLS_KEY and PDP_TLS_CA cannot be used: they must be PEM'],
      [{ PDP_TLS_CERT_PATH: '/none', PDP_TLS_KEY: PEM }, 'PDP_TLS_CERT_PATH names a file that'],
    ];
    for (const [given, says] of cases)
      expect(mistakes('pdp', { ...pdp, ...given })).toEqual([expect.stringContaining(says)]);
    expect(mistakes('pdp', { ...pdp, ...pair, PDP_TLS_CA: 'x' })).toEqual([
      expect.stringContaining('cannot be used'),
      'PDP_TLS_CA must be a PEM certificate',
    ]);
    expect(mistakes('web', { ...WEB, PDP_TLS_KEY: PEM })).toEqual([
      expect.stringContaining('PDP_TLS_KEY must not be set for web'),
    ]);
  });

  test('invariant 25: targets on GitHub have their own App, and web has none of its variables', () => {
    const { PRIVATE_KEY: _, ...rest } = WORKER;
    const read = readConfig(
      'worker',
      { ...rest, PRIVATE_KEY: PEM, TARGETS_APP_ID: '5151', TARGETS_PRIVATE_KEY_PATH: '/t.pem' },
      () => PEM,
    );
    expect(read).toMatchObject({ TARGETS_APP_ID: 5151, TARGETS_PRIVATE_KEY: PEM });
    const both = 'TARGETS_APP_ID and TARGETS_PRIVATE_KEY belong together: set both or neither';
    expect(mistakes('worker', { ...WORKER, TARGETS_APP_ID: '5151' })).toEqual([both]);
    expect(mistakes('worker', { ...WORKER, TARGETS_PRIVATE_KEY: PEM })).toEqual([both]);
    const same = { TARGETS_APP_ID: '4242', TARGETS_PRIVATE_KEY: PEM };
    expect(mistakes('worker', { ...WORKER, ...same })).toEqual([
      expect.stringContaining('must name another App than APP_ID'),
    ]);
    expect(mistakes('worker', { ...WORKER, TARGETS_PRIVATE_KEY_PATH: '/t.pem' })).toEqual([
      'TARGETS_PRIVATE_KEY_PATH names a file that cannot be read',
      both,
    ]);
    const given = { TARGETS_PRIVATE_KEY: PEM, TARGETS_PRIVATE_KEY_PATH: '/t.pem' };
    expect(mistakes('web', { ...WEB, ...given })).toEqual([
      expect.stringContaining('TARGETS_PRIVATE_KEY must not be set for web'),
      expect.stringContaining('TARGETS_PRIVATE_KEY_PATH must not be set for web'),
    ]);
  });

  const PDP = {
    PDP_DATABASE_URL: 'postgresql://pdp:secret-p@db/daypass',
    ACCESS_REPOSITORY: 'acme/access',
  };
  test.each([
    ['https://pdp.acme.test', 'https://pdp.acme.test'],
    ['https://PDP.acme.test:443/', 'https://pdp.acme.test'],
    ['http://localhost:3002', 'http://localhost:3002'],
  ])('where pdp is found: %s', (PUBLIC_URL, origin) => {
    expect(readConfig('pdp', { ...PDP, PUBLIC_URL }).PUBLIC_URL).toBe(origin);
  });
  test.each([
    ['http://pdp.acme.test', 'must be https, except on localhost'],
    ['https://pdp.acme.test/tenant', 'must have no path'],
    ['https://pdp.acme.test/?a=b', 'must have no path'],
    ['https://pdp.acme.test/#a', 'must have no path'],
    ['https://u:p@pdp.acme.test', 'must not contain a user or password'],
    ['pdp.acme.test', 'must be an http or https URL'],
  ])('where pdp is not found: %s', (PUBLIC_URL, said) => {
    const all = mistakes('pdp', { ...PDP, PUBLIC_URL });
    expect(all).toEqual([expect.stringContaining(`PUBLIC_URL ${said}`)]);
  });

  const SECRET = `whsec_${Buffer.alloc(24, 'e').toString('base64')}`;
  test('events out: off without a receiver, and one or two secrets for it', () => {
    expect(readConfig('worker', WORKER).EVENTS_URL).toBeUndefined();
    const there = { ...WORKER, EVENTS_URL: 'https://hooks.acme.test/daypass' };
    const read = readConfig('worker', { ...there, EVENTS_SECRET: SECRET });
    expect(read.EVENTS_SECRET).toEqual([SECRET]);
    const two = readConfig('worker', { ...there, EVENTS_SECRET: `${SECRET} ${SECRET}` });
    expect(two.EVENTS_SECRET).toEqual([SECRET, SECRET]);
    expect(mistakes('worker', there)).toEqual([
      'EVENTS_URL and EVENTS_SECRET belong together: set both or neither',
    ]);
    for (const host of ['localhost:8080', '127.0.0.1:9', '[::1]:9']) {
      const own = { ...WORKER, EVENTS_URL: `http://${host}/x`, EVENTS_SECRET: SECRET };
      expect(mistakes('worker', own)).toEqual([]);
    }
    expect(mistakes('web', { ...WEB, EVENTS_SECRET: SECRET })).toEqual([
      expect.stringContaining('EVENTS_SECRET must not be set for web'),
    ]);
  });

  test.each([
    ['no https', 'http://hooks.acme.test/x', SECRET, 'EVENTS_URL must be https'],
    [
      'a name that only begins so',
      'http://127.0.0.1.acme.test',
      SECRET,
      'EVENTS_URL must be https',
    ],
    [
      'a password',
      'https://u:hunter2@acme.test',
      SECRET,
      'EVENTS_URL must not contain a user or password',
    ],
    ['no URL', 'hunter2', SECRET, 'EVENTS_URL must be an http or https URL'],
    ['no prefix', 'https://acme.test', SECRET.slice(6), 'EVENTS_SECRET must be whsec_'],
    ['too short a secret', 'https://acme.test', 'whsec_aHVudGVyMg==', 'EVENTS_SECRET must be'],
    [
      'three secrets',
      'https://acme.test',
      `${SECRET} ${SECRET} ${SECRET}`,
      'EVENTS_SECRET must be',
    ],
  ])('invariant 24: events out with %s', (_, EVENTS_URL, EVENTS_SECRET, said) => {
    const all = mistakes('worker', { ...WORKER, EVENTS_URL, EVENTS_SECRET });
    expect(all).toEqual([expect.stringContaining(said)]);
    expect(all.join()).not.toMatch(/hunter2|aHVudGVyMg|ZWVl/);
  });

  test('reports all mistakes at once', () => {
    expect(
      mistakes('worker', { APP_ID: 'x', ACCESS_REPOSITORY: 'acme', LOG_LEVEL: 'loud' }),
    ).toEqual([
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal',
      expect.stringContaining('APP_ID'),
      expect.stringContaining('PRIVATE_KEY is missing'),
      expect.stringContaining('ACCESS_REPOSITORY must be owner/name'),
      'DATABASE_URL is missing: it must be a URL such as postgresql://user:password@host:5432/database',
    ]);
  });

  test('invariant 24: a mistake never quotes a value', () => {
    const said = mistakes('worker', {
      APP_ID: 'hunter2',
      PRIVATE_KEY: 'hunter2',
      ACCESS_REPOSITORY: 'hunter2',
      DATABASE_URL: 'mysql://u:hunter2@db',
      REDIS_URL: 'hunter2',
      GITHUB_API_URL: 'hunter2',
      WORKER_PORT: 'hunter2',
      DAYPASS_CLOCK: 'hunter2',
    });
    expect(said.length).toBeGreaterThanOrEqual(8);
    expect(said.join('\n')).not.toContain('hunter2');
  });

  test('invariant 25: web refuses the variables of other processes, without quoting a value', () => {
    const others = [
      ...[
        'APP_ID',
        'AUDIT_DATABASE_URL',
        'DATABASE_URL',
        'EVENTS_SECRET',
        'EVENTS_URL',
        'PRIVATE_KEY',
      ],
      ...['PRIVATE_KEY_PATH', 'REDIS_URL', 'RELEASE_DATABASE_URL', 'TARGETS_APP_ID'],
      ...['TARGETS_PRIVATE_KEY', 'TARGETS_PRIVATE_KEY_PATH', 'TARGET_ORDERS_URL'],
    ];
    const given = Object.fromEntries(others.map((name) => [name, 'hunter2']));
    expect(mistakes('web', { ...WEB, ...given })).toEqual(
      others.map(
        (name) => `${name} must not be set for web, which faces the internet and does not need it`,
      ),
    );
    expect(others.filter((name) => processEnvironment('web', given)[name] !== undefined)).toEqual(
      [],
    );
  });

  test('invariant 25: each process has only the secrets that it needs', () => {
    const holders = (variable: string) =>
      (['web', 'worker', 'release'] as const).filter((kind) => mayHold(kind, variable));
    expect(holders('WEBHOOK_SECRET')).toEqual(['web']);
    expect(holders('PRIVATE_KEY')).toEqual(['worker']);
    expect(holders('TARGET_ORDERS_URL')).toEqual(['worker']);
    expect(holders('RELEASE_DATABASE_URL')).toEqual(['release']);
    expect(holders('DATABASE_URL')).toEqual(['worker', 'release']);
    expect(holders('WEB_DATABASE_URL')).toEqual(['web', 'release']);
    expect(holders('AUDIT_DATABASE_URL')).toEqual(['release']);
    expect(holders('LOG_LEVEL')).toEqual(['web', 'worker', 'release']);
  });

  test('the command line reads as the auditor if it can, and otherwise as the worker', () => {
    const worker = 'postgresql://worker:w@db/daypass';
    const auditor = 'postgresql://audit:a@db/daypass';
    const reads = (env: Record<string, string>) => readConfig('cli', env).DATABASE_URL;
    expect(reads({ DATABASE_URL: worker })).toBe(worker);
    expect(reads({ AUDIT_DATABASE_URL: auditor })).toBe(auditor);
    expect(reads({ DATABASE_URL: worker, AUDIT_DATABASE_URL: auditor })).toBe(auditor);
    expect(reads({ DATABASE_URL: worker, AUDIT_DATABASE_URL: '' })).toBe(worker);
    expect(mistakes('cli', {})).toEqual([
      'DATABASE_URL is missing: it must be a URL such as postgresql://user:password@host:5432/database',
    ]);
  });

  test('invariant 13: a clock only with NODE_ENV=test', () => {
    const clock = { DAYPASS_CLOCK: 'file:///tmp/clock' };
    expect(mistakes('worker', { ...WORKER, ...clock })).toEqual([
      expect.stringContaining('DAYPASS_CLOCK'),
    ]);
    expect(mistakes('worker', { ...WORKER, ...clock, NODE_ENV: 'test' })).toEqual([]);
  });

  test('each mistake is reported once, those of targets with the others', () => {
    const { PRIVATE_KEY: _, ...rest } = WORKER;
    const given = { ...rest, PRIVATE_KEY_PATH: '/none', APP_ID: 'x', TARGET_ORDERS_URL: 'orders' };
    expect(mistakes('worker', given)).toEqual([
      'PRIVATE_KEY_PATH names a file that cannot be read',
      "APP_ID must be the GitHub App's ID, a number",
      'TARGET_ORDERS_URL must be a URL',
    ]);
  });

  test.each([
    ['web', { ...WEB, WEBHOOK_SECRET: 'short' }, /WEBHOOK_SECRET .*16/],
    ['web', { ...WEB, PORT: '70000' }, /PORT must be a port number from 0 to 65535/],
    ['worker', { ...WORKER, APP_ID: '0' }, /APP_ID must be the GitHub App's ID, a number/],
    ['worker', { ...WORKER, HOLD_SECONDS: '1' }, /HOLD_SECONDS must be a number of seconds from 2/],
    [
      'worker',
      { ...WORKER, PRIVATE_KEY_PATH: '/none', PRIVATE_KEY: undefined },
      /PRIVATE_KEY_PATH names a file/,
    ],
    ['worker', { ...WORKER, ACCESS_REPOSITORY: 'acme/access/more' }, /owner\/name/],
    ...['http://github.acme.test/api/v3', 'http://10.0.0.1', 'http://localhost.acme.test'].map(
      (url) =>
        [
          'worker',
          { ...WORKER, GITHUB_API_URL: url },
          /GITHUB_API_URL must be https, except on localhost/,
        ] as const,
    ),
    [
      'worker',
      { ...WORKER, GITHUB_API_URL: 'https://user:pass@github.acme.test' },
      /GITHUB_API_URL must not contain a user or password/,
    ],
    ['release', { ...WORKER }, /RELEASE_DATABASE_URL is missing/],
  ] as const)('%s: %j', (kind, env, said) => {
    expect(mistakes(kind, env).join('\n')).toMatch(said);
  });
});

describe('what `npm start` runs on', () => {
  const { DATABASE_URL, ...worker } = WORKER;
  const { WEB_DATABASE_URL, ...web } = WEB;
  const RELEASE_DATABASE_URL = 'postgresql://owner:secret-o@db/daypass';
  const databases = { RELEASE_DATABASE_URL, DATABASE_URL, WEB_DATABASE_URL };
  const start = (env: Record<string, string>) =>
    readStart({ ...worker, ...web, ...env }, processEnvironment);

  test('uses the three URLs if they are given, and its own PostgreSQL if none is', () => {
    expect(start(databases).own).toBe(false);
    expect(start({}).own).toBe(true);
    expect(() => start({ AUDIT_DATABASE_URL: DATABASE_URL })).toThrow('DATABASE_URL is missing');
  });

  test('an empty variable counts as missing', () => {
    const empty = Object.fromEntries(Object.keys(databases).map((name) => [name, '']));
    expect(start({ DATABASE_URL: '' }).own).toBe(true);
    expect(start({ ...empty, DAYPASS_HOME: '' })).toEqual({
      ...{ own: true, pdp: false },
      DAYPASS_HOME: undefined,
    });
    expect(start({ DAYPASS_HOME: 'elsewhere' }).DAYPASS_HOME).toBe('elsewhere');
  });

  const names = Object.keys(databases) as (keyof typeof databases)[];
  test.each(names)('without %s alone, that is a mistake and nothing is replaced', (name) => {
    const { [name]: _, ...others } = databases;
    const said = new ConfigError([`${name} is missing`]).message;
    expect(() => start(others)).toThrow(said);
    expect(() => start({ ...others, [name]: '' })).toThrow(said);
  });
});
