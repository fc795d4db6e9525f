import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { starter } from '../support/acme.js';
import { approved, denial, merged } from '../support/asking.js';
import { grantFile } from '../support/grant-file.js';
import { install } from '../support/installation.js';
import type { Installation } from '../support/installation.js';

const SETTINGS = 'policies/settings.yaml';

describe('how long, and how much in sum', () => {
  let acme: Installation;
  beforeAll(async () => {
    const few = (starter()[SETTINGS] ?? '').replace('max_in_30_days: 80h', 'max_in_30_days: 10h');
    acme = await install({ now: '2026-11-24T10:00:00Z', files: { [SETTINGS]: few } });
    await acme.start('web');
    await acme.start('worker');
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  test('staging: one of the owners, up to three days', async () => {
    const at = (name: string) => `access-grants/staging/${name}.yml`;
    const files = (name: string, duration: string) => ({
      [at(name)]: grantFile({ duration, ticket: null }),
    });
    const long = await acme.ask('alice', 'long', files('long', '73h'));
    const { lines } = await denial(acme, long.head.sha);
    expect(lines).toEqual([expect.stringMatching(/^4: 73 h is longer than the 72 h that staging/)]);
    await merged(acme, { who: 'alice', branch: 'days', files: files('days', '3d') }, ['bob']);
    await acme.grant(at('days'), 'active');
    expect(await acme.orders.members('orders_reader')).toContain('alice');
  }, 400_000);

  test('what is approved in one pull request counts in the next, and so does what has landed and ended', async () => {
    const at = (name: string) => `access-grants/production/${name}.yml`;
    const of = (branch: string, duration: string, subject = 'alice') => ({
      who: 'alice' as const,
      branch,
      files: { [at(branch)]: grantFile({ duration, subject }) },
    });
    const first = await approved(acme, of('first', '8h'));
    const second = of('second', '4h');
    const pull = await acme.ask('alice', 'second', second.files);
    const { check } = await denial(acme, pull.head.sha);
    expect(check.title).toContain('12 h in thirty days, more than the 10 h that production allows');
    await approved(acme, of('of-frank', '4h', 'frank'));

    await acme.people.alice.merge('acme/access', first.number);
    await acme.grant(at('first'), 'active');
    await acme.advance('PT8H');
    await acme.grant(at('first'), 'expired');
    const third = await acme.ask('alice', 'third', of('third', '3h').files);
    expect((await denial(acme, third.head.sha)).check.title).toContain('11 h');
    await approved(acme, of('fourth', '2h'), ['bob', 'carol', 'dave']);
  }, 400_000);
});
