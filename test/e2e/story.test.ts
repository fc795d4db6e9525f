import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../support/acme.js';
import { grantFile } from '../support/grant-file.js';
import { install } from '../support/installation.js';
import type { Installation } from '../support/installation.js';
import { until } from '../support/process.js';

const PATH = 'access-grants/production/alice-orders.yml';

describe('the thinnest whole story', () => {
  let acme: Installation;
  beforeAll(async () => {
    // A Tuesday at noon in Berlin: within the hours of the starter.
    acme = await install({ now: '2026-11-24T11:00:00Z' });
    await acme.start('web');
    await acme.start('worker');
  }, 90_000);
  afterAll(() => acme.close(), 60_000);

  test('asked, approved by two, merged, active, expired, seen gone', async () => {
    const pull = await acme.ask('alice', 'alice-orders', { [PATH]: grantFile() });
    const first = await acme.check(pull.head.sha, (c) => c.title.startsWith('Not yet:'));
    expect(first.conclusion).toBe('action_required');
    expect(first.title).toContain('0 of 2');
    expect(first.summary).toContain('read-only');

    await acme.people.bob.review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
    const second = await acme.check(pull.head.sha, (c) => c.title.includes('1 of 2'));
    expect(second.title).toContain('@acme/security');
    await acme.people.carol.review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
    const green = await acme.check(pull.head.sha, (c) => c.title.startsWith('Approved:'));
    expect(green.conclusion).toBe('success');

    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(PATH, 'active');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
    const read = await acme.orders.query('alice', 'SELECT item FROM orders');
    expect(read.rows).toEqual([{ item: 'a lamp' }]);

    await acme.advance('PT3H59M');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
    await acme.advance('PT1M');
    await acme.grant(PATH, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    const comments = await until('the comment that it ended', async () => {
      const all = await acme.people.alice.must<{ body: string }[]>(
        'GET',
        `/repos/${ACCESS_REPOSITORY}/issues/${String(pull.number)}/comments`,
      );
      return all.length > 0 && /expired|ended|over/i.test(all[0]?.body ?? '') ? all : null;
    });
    expect(comments).toHaveLength(1);
  }, 120_000);
});
