import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { approve, bodies, entries } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { type Program } from '../../lab/processes/process.js';
import { until } from '../../lab/until.js';
import { redisOfOwn, type OwnRedis } from '../../lab/servers/redis.js';
import { running } from '../../lab/processes/running.js';

const PATH = 'access-grants/production/on-redis.yml';

describe('a whole story on Redis', () => {
  let acme: Installation;
  let redis: OwnRedis;
  let worker: Program;
  beforeAll(async () => {
    redis = await redisOfOwn();
    if (!redis.outage)
      process.stdout.write(
        'Redis is only emptied here, not stopped: there is no redis-server on the PATH.\n',
      );
    ({ acme, worker } = await running({
      now: '2026-11-24T10:00:00Z',
      worker: () => ({ REDIS_URL: redis.url }),
    }));
  }, 400_000);
  afterAll(async () => {
    await acme.close();
    await redis.close();
  }, 60_000);

  test('invariant 17: the queue is emptied and goes down at each point of the story; the same happens, once', async () => {
    const later = grantFile({ starts_at: '2026-11-24T11:00:00Z', duration: '1h' });
    const pull = await acme.ask('alice', 'on-redis', { [PATH]: later });
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    await until('a bell in Redis', async () =>
      (await redis.keys()).some((key) => /bell/.test(key)),
    );
    await redis.flush();
    await approve(acme, pull.number, ['bob', 'carol']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));

    // It lands, and its start is set, while there is no queue.
    await redis.outage?.stop();
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(PATH, 'scheduled');
    await acme.advance('PT1H');
    const { id } = await acme.grant(PATH, 'active');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);

    // A worker that starts while the queue is down works anyway, and uses the queue when it is back.
    expect(await worker.end('SIGTERM')).toBe(0);
    worker = await acme.start('worker', { REDIS_URL: redis.url });
    await redis.outage?.start();
    await redis.flush();
    await until('the queue in Redis again', async () => (await redis.keys()).length > 0);
    // What a killed worker leaves in the queue blocks nobody.
    expect(await worker.end('SIGKILL')).toBeNull();
    worker = await acme.start('worker', { REDIS_URL: redis.url });
    await acme.advance('PT1H');
    await acme.grant(PATH, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    const told = (await entries(acme, { grant: String(id) })).map(({ kind }) => kind);
    expect(told).toEqual([
      'grant.approved',
      'decision.made',
      'grant.activating',
      'grant.activated',
      'grant.expired',
    ]);
    const landed = bodies(await entries(acme, { pull_request: pull.number }), 'step.landed');
    expect(landed).toHaveLength(1);
  }, 400_000);

  test('invariant 17: a review that arrives while its pull request is judged is judged as well', async () => {
    const path = 'access-grants/production/at-once.yml';
    const pull = await acme.ask('frank', 'at-once', { [path]: grantFile({ subject: 'frank' }) });
    // There is no wait in between, so events meet whatever is running.
    await Promise.all([
      acme.people.bob.review(ACCESS_REPOSITORY, pull.number, 'APPROVE'),
      acme.people.carol.review(ACCESS_REPOSITORY, pull.number, 'APPROVE'),
    ]);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
  }, 400_000);
});
