import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { bodies, entries } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import type { Program } from '../../lab/processes/process.js';
import { until } from '../../lab/until.js';
import { redisOfOwn, type OwnRedis } from '../../lab/servers/redis.js';
import { AT_MOST_MS, waits, waitsForBell } from './waking.js';

const SUBJECTS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const;

/** Like in production: real clocks, the queue on Redis, and two workers. */
describe('a deployment', () => {
  let acme: Installation;
  let redis: OwnRedis;
  const production = { NODE_ENV: 'production', DAYPASS_CLOCK: '' };
  const running: Record<'web' | 'worker-1' | 'worker-2', Program | null> = {
    web: null,
    'worker-1': null,
    'worker-2': null,
  };
  const start = async (name: keyof typeof running) => {
    running[name] =
      name === 'web'
        ? await acme.start('web', production)
        : await acme.start('worker', { ...production, REDIS_URL: redis.url });
  };
  /** SIGTERM, an orderly end, and then the next version. */
  const restart = async (name: keyof typeof running) => {
    expect(await running[name]?.end('SIGTERM')).toBe(0);
    await start(name);
  };

  beforeAll(async () => {
    redis = await redisOfOwn();
    // This runs release first.
    acme = await install();
    for (const name of Object.keys(running)) await start(name as keyof typeof running);
  }, 400_000);
  afterAll(async () => {
    await acme.close();
    await redis.close();
  }, 60_000);

  test('starts what the Procfile names', () => {
    const commands = readFileSync('Procfile', 'utf8').trim().split('\n').sort();
    expect(commands).toEqual(
      ['pdp', 'release', 'web', 'worker'].map((name) => `${name}: node dist/bin/${name}.js`),
    );
  });

  test.each([
    ['the bell', () => waitsForBell(acme, redis.url)],
    [
      'a notification',
      () => waits(acme, () => acme.ledger.query(`SELECT pg_notify('daypass', '')`)),
    ],
  ])(
    'invariant 17: %s wakes a worker long before its own poll',
    async (_, measured) => {
      expect(Math.max(...(await measured()))).toBeLessThan(AT_MOST_MS);
    },
    100_000,
  );

  test('a rolling restart under load loses nothing: every merged grant starts, and ends by itself, never early', async () => {
    const asked: string[] = [];
    const ask = async (subject: (typeof SUBJECTS)[number], role: string) => {
      const name = `${subject}-${role}`;
      const path = `access-grants/development/${name}.yml`;
      const file = grantFile({ subject, role, duration: '20s', ticket: null });
      const pull = await acme.ask(subject, name, { [path]: file });
      await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
      await acme.people[subject].merge(ACCESS_REPOSITORY, pull.number);
      asked.push(path);
    };
    const load = (async () => {
      for (const role of ['read-only', 'read-write']) {
        for (const subject of SUBJECTS) await ask(subject, role);
      }
    })();
    const rolling = (async () => {
      await until('the load is under way', () => Promise.resolve(asked.length >= 2 || null));
      for (const name of ['worker-1', 'worker-2', 'web'] as const) await restart(name);
    })();
    await Promise.all([load, rolling]);

    const all = await until(
      'every grant has ended',
      async () => {
        const found = await entries(acme);
        const ended = bodies(found, 'grant.expired').length;
        if (ended >= asked.length) return found;
        throw new Error(`${String(ended)} of ${String(asked.length)}`);
      },
      150_000,
    );
    expect(bodies(all, 'grant.approved')).toHaveLength(asked.length);
    expect(bodies(all, 'grant.quarantined')).toEqual([]);
    expect(bodies(all, 'grant.expired').filter(({ late_ms }) => late_ms < 0)).toEqual([]);
    for (const role of ['orders_reader', 'orders_writer']) {
      expect(await acme.orders.members(role)).toEqual([]);
    }
    expect((await acme.daypass('audit', 'verify')).exit).toBe(0);
    const troubles = Object.values(running).flatMap(
      (program) => program?.lines.filter((line) => /"level":[56]0/.test(line)) ?? [],
    );
    expect(troubles).toEqual([]);
  }, 400_000);
});
