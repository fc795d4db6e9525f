import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { approved, denial, entries, merged, setState } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { running } from '../../lab/processes/running.js';

const production = (name: string) => `access-grants/production/${name}.yml`;

describe('hours and windows', () => {
  let acme: Installation;
  beforeAll(async () => {
    // It is 17:30 in Berlin, and the hours of the starter end at 18:00.
    ({ acme } = await running({ now: '2026-11-24T16:30:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  test("a day's approval by security still counts at night, and open pull requests say that on-call may approve", async () => {
    const open = await acme.ask('erin', 'open-at-six', {
      [production('open-at-six')]: grantFile({ subject: 'erin' }),
    });
    const day = await acme.check(open.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(day.summary).not.toContain('on-call');
    const path = production('of-the-day');
    const pull = await approved(acme, {
      who: 'alice',
      branch: 'of-the-day',
      files: { [path]: grantFile() },
    });
    await acme.advance('PT1H');
    // No delivery arrived: only the hour has changed.
    await acme.check(open.head.sha, ({ summary }) =>
      summary.includes('someone from on-call can instead'),
    );
    await setState(acme, 'erin', open.number, 'closed');
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(path, 'active');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
  }, 400_000);

  test('at night the on-call team may approve instead of security, and reviewers are warned', async () => {
    const path = production('of-the-night');
    const file = grantFile({ subject: 'frank', role: 'read-write', duration: '1h' });
    const asked = { who: 'frank', branch: 'of-the-night', files: { [path]: file } } as const;
    const pull = await merged(acme, asked, ['bob', 'dave']);
    const { summary } = await acme.check(pull.head.sha, ({ title }) => title.startsWith('App'));
    expect(summary).toContain('It is outside the hours of the security team');
    await acme.grant(path, 'active');
    expect(await acme.orders.members('orders_writer')).toEqual(['frank']);
  }, 400_000);

  test('invariants 11, 12: a time without an offset and an end in the past are denied', async () => {
    const files = {
      [production('no-offset')]: grantFile({ starts_at: '2026-11-24T20:00:00' }),
      [production('past')]: grantFile({ duration: null, expires_at: '2026-11-24T17:00:00+01:00' }),
    };
    const pull = await acme.ask('alice', 'no-such-time', files);
    const { lines } = await denial(acme, pull.head.sha);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^\d: starts_at: .*"2026-11-24T20:00:00"/),
        expect.stringMatching(/^\d: expires_at: the end, 2026-11-24T16:00:00.000Z, is in the past/),
      ]),
    );
  }, 400_000);

  test('invariant 12: access starts at starts_at, lasts to its last millisecond, and ends at its end', async () => {
    const { clock } = acme.github.state;
    const path = 'access-grants/development/window.yml';
    const in_an_hour = new Date(Math.ceil(clock.now().getTime() / 60_000) * 60_000 + 3_600_000);
    const files = {
      [path]: grantFile({
        subject: 'erin',
        ticket: null,
        starts_at: in_an_hour.toISOString().replace(/\.000Z$/, 'Z'),
        duration: '90m',
      }),
    };
    await merged(acme, { who: 'erin', branch: 'window', files }, []);
    await acme.grant(path, 'scheduled');
    expect(await acme.orders.members('orders_reader')).not.toContain('erin');

    clock.set(in_an_hour, true);
    const active = await acme.grant(path, 'active');
    const ends_at = new Date(in_an_hour.getTime() + 90 * 60_000);
    expect(active.window).toEqual({
      starts_at: in_an_hour.toISOString(),
      ends_at: ends_at.toISOString(),
    });
    expect(await acme.orders.members('orders_reader')).toContain('erin');

    clock.set(new Date(ends_at.getTime() - 1), true);
    // Whatever the worker does at this moment, it also does to the grant that is over by then.
    await acme.grant(production('of-the-night'), 'expired');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await acme.orders.members('orders_reader')).toContain('erin');
    await acme.grant(path, 'active');

    clock.set(ends_at, true);
    await acme.grant(path, 'expired');
    expect(await acme.orders.members('orders_reader')).not.toContain('erin');
    const [expired] = (await entries(acme, { grant: String(active.id) })).slice(-1);
    expect(expired).toMatchObject({ kind: 'grant.expired', at: ends_at.toISOString() });
    clock.set(ends_at);
  }, 400_000);
});
