import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY, starter } from '../support/acme.js';
import { astray, bodies, denial, entries, mergeStatus, merged } from '../support/asking.js';
import { grantFile } from '../support/grant-file.js';
import { install } from '../support/installation.js';
import type { Installation } from '../support/installation.js';
import { until } from '../support/process.js';

const SETTINGS = 'policies/settings.yaml';
/** The starter's settings with a day allowed in place of eight hours. */
const generous = (starter()[SETTINGS] ?? '').replaceAll('max_duration: 8h', 'max_duration: 24h');

describe('policy in force', () => {
  let acme: Installation;
  beforeAll(async () => {
    acme = await install({ now: '2026-11-24T10:00:00Z' });
    await acme.start('web');
    await acme.start('worker');
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const landed = (number: number) =>
    until(`the step of #${String(number)}`, async () => {
      const [step] = bodies(await entries(acme, { pull_request: number }), 'step.landed');
      return step;
    });

  test('invariant 1: a change of policies/ fails; where it lands all the same, it stays out of force', async () => {
    expect(generous).toContain('max_duration: 24h');
    const pull = await acme.ask('alice', 'generous', { [SETTINGS]: generous });
    const { check } = await denial(acme, pull.head.sha);
    expect(check.conclusion).toBe('failure');
    expect(check.title).toContain('policies/');
    expect(await mergeStatus(acme, 'alice', pull.number)).toBe(405);
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    expect((await landed(pull.number)).ignored).toEqual([
      expect.stringContaining('stays out of force'),
    ]);

    const long = 'access-grants/development/a-day.yml';
    const asked = await acme.ask('alice', 'a-day', { [long]: grantFile({ duration: '20h' }) });
    const { lines } = await denial(acme, asked.head.sha);
    expect(lines).toEqual([expect.stringMatching(/^4: 20 h is longer than the 8 h/)]);

    const path = 'access-grants/development/eight.yml';
    const files = { [path]: grantFile({ duration: '8h', ticket: null }) };
    await merged(acme, { who: 'alice', branch: 'eight', files }, []);
    await acme.grant(path, 'active');
    const decided = bodies(await entries(acme), 'decision.made');
    const [started] = bodies(await entries(acme), 'ledger.started');
    const trees = new Set(decided.map(({ replay }) => replay?.policy.tree));
    expect([...trees]).toEqual([started?.policy.tree]);
  }, 400_000);

  test('invariant 2: what changes policy and grants together is denied, and gives nothing where it lands', async () => {
    const path = 'access-grants/development/both.yml';
    const pull = await acme.ask('frank', 'both', {
      [SETTINGS]: generous.replace('count: 2', 'count: 1'),
      [path]: grantFile({ subject: 'frank', ticket: null }),
    });
    const { check } = await denial(acme, pull.head.sha);
    expect(check.title).toMatch(/policies and grants together/);
    expect(await mergeStatus(acme, 'frank', pull.number)).toBe(405);
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    expect(await acme.grant(path, 'requested')).toMatchObject({ quarantined: true });
    expect(await acme.orders.members('orders_reader')).not.toContain('frank');
  }, 400_000);

  test('GitHub was asked nothing that it does not know', async () => {
    expect(await astray(acme)).toEqual([]);
  });
});
