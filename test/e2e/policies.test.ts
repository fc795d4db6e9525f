import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY, starter } from '../../lab/acme/acme.js';
import { approve, bodies, denial, entries, headOf, mergeStatus } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

const SETTINGS = 'policies/settings.yaml';
const ORDERS = 'policies/catalog/orders-db.yaml';
/** The starter's settings with a day allowed instead of eight hours. */
const generous = (starter()[SETTINGS] ?? '').replaceAll('max_duration: 8h', 'max_duration: 24h');

describe('the policy in force', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T10:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const landed = (number: number) =>
    until(`the step of #${String(number)}`, async () => {
      const [step] = bodies(await entries(acme, { pull_request: number }), 'step.landed');
      return step;
    });

  const DAY = 'access-grants/development/a-day.yml';
  let waiting: string;

  test('invariants 1, 2: a policy that lands without its owners stays out of force, and every check says so', async () => {
    expect(generous).toContain('max_duration: 24h');
    const pull = await acme.ask('alice', 'generous', { [SETTINGS]: generous });
    const asked = await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(asked.conclusion).toBe('action_required');
    expect(asked.title).toBe('Not yet: 0 of 2, waiting for @acme/security');
    expect(asked.summary).toContain('+    max_duration: 24h');
    // An owner from payments has no say in policy.
    await approve(acme, pull.number, ['bob', 'carol']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet: 1 of 2'));
    expect(await mergeStatus(acme, 'alice', pull.number)).toBe(405);
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    expect((await landed(pull.number)).ignored).toEqual([
      expect.stringContaining('does not take effect: approvals were missing'),
    ]);

    const pullOfDay = await acme.ask('alice', 'a-day', { [DAY]: grantFile({ duration: '20h' }) });
    waiting = pullOfDay.head.sha;
    const { check, lines } = await denial(acme, waiting);
    expect(lines).toEqual([expect.stringMatching(/^4: 20 h is longer than the 8 h/)]);
    expect(check.summary).toContain('is not in force');
    const decided = bodies(await entries(acme), 'decision.made');
    const [started] = bodies(await entries(acme), 'ledger.started');
    const trees = new Set(decided.map(({ replay }) => replay?.policy.tree));
    expect([...trees]).toEqual([started?.policy.tree]);
  }, 400_000);

  test('invariants 1, 2, 5: a policy that its owners approve comes into force, and all open pull requests are judged again', async () => {
    const noted = `${generous}# A day is allowed: INC-1\n`;
    const pull = await acme.ask('alice', 'a-note', { [SETTINGS]: noted });
    // The difference is to the tree in force, so it includes what landed unapproved.
    const asked = await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(asked.summary).toContain('-    max_duration: 8h\n+    max_duration: 24h');
    // A request that was refused is judged again by the new rules.
    expect(asked.summary).toContain('1 would have another outcome under the new rules');
    expect(asked.summary).toContain(
      'approved by development/members; before: denied by every/duration',
    );
    await approve(acme, pull.number, ['carol']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet: 1 of 2'));
    // Another push makes another tree, so the approval of the one before is void.
    await acme.people.alice.push(ACCESS_REPOSITORY, {
      branch: 'a-note',
      files: { [SETTINGS]: `${noted}# and more\n` },
    });
    const head = await headOf(acme, pull.number);
    await approve(acme, pull.number, ['erin']);
    const again = await acme.check(head, ({ title }) => title.startsWith('Not yet: 1 of 2'));
    expect(again.summary).toContain('it was given for something else');
    await approve(acme, pull.number, ['carol']);
    await acme.check(head, ({ title }) => title === 'Approved: policies/ changes in 1 file');
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    expect((await landed(pull.number)).ignored).toEqual([]);
    const [inForce] = bodies(await entries(acme, { pull_request: pull.number }), 'policy.in_force');

    const { title, summary } = await acme.check(waiting, (check) =>
      check.title.startsWith('Approved:'),
    );
    expect(title).toBe('Approved: alice gets read-only on orders-db in development');
    expect(summary).not.toContain('is not in force');
    const last = bodies(await entries(acme), 'decision.made').at(-1);
    expect(last?.replay?.policy).toEqual(inForce?.policy);
    expect((await acme.daypass('audit', 'verify')).exit).toBe(0);
  }, 400_000);

  test('invariants 2, 5: for one resource a policy owner and an owner are enough, and only for that pair of trees', async () => {
    const file = starter()[ORDERS] ?? '';
    const pull = await acme.ask('alice', 'orders', { [ORDERS]: `${file}# Kept by payments.\n` });
    await approve(acme, pull.number, ['bob']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    await approve(acme, pull.number, ['carol']);
    await acme.check(
      pull.head.sha,
      ({ title }) => title === 'Approved: policies/ changes in 1 file',
    );

    // Another tree comes into force before it lands, so nobody approved what it is now.
    const settings = `${generous}# Other words.\n`;
    const other = await acme.ask('frank', 'other-words', { [SETTINGS]: settings });
    await approve(acme, other.number, ['carol', 'erin']);
    await acme.check(
      other.head.sha,
      ({ title }) => title === 'Approved: policies/ changes in 1 file',
    );
    await acme.people.root.merge(ACCESS_REPOSITORY, other.number);
    expect((await landed(other.number)).ignored).toEqual([]);
    const again = await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(again.summary).toContain('it was given for something else');
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    expect((await landed(pull.number)).ignored).toEqual([
      expect.stringContaining('does not take effect: approvals were missing'),
    ]);
    const mine = await entries(acme, { pull_request: pull.number });
    expect(bodies(mine, 'policy.in_force')).toEqual([]);
  }, 400_000);

  test('invariants 5, 7: a grant that would start as something else than was approved is refused', async () => {
    const path = 'access-grants/development/ahead.yml';
    const starts_at = '2026-11-24T14:00:00Z';
    const file = grantFile({ subject: 'frank', ticket: null, starts_at, duration: '1h' });
    const asked = await acme.ask('frank', 'ahead', { [path]: file });
    await acme.check(asked.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.frank.merge(ACCESS_REPOSITORY, asked.number);
    await acme.grant(path, 'scheduled');
    const stronger = (starter()[ORDERS] ?? '').replace('orders_reader', 'orders_writer');
    const pull = await acme.ask('alice', 'stronger', { [ORDERS]: stronger });
    // A policy owner and an owner are not enough for what gives something new.
    await approve(acme, pull.number, ['bob', 'carol']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet: 2 of 3'));
    await approve(acme, pull.number, ['erin']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    expect((await landed(pull.number)).ignored).toEqual([]);
    await acme.advance('PT4H');
    const { id } = await acme.grant(path, 'refused');
    const [refused] = bodies(await entries(acme, { grant: String(id) }), 'grant.refused');
    expect(refused?.why).toEqual([expect.stringContaining('no longer what was approved')]);
    for (const role of ['orders_reader', 'orders_writer']) {
      expect(await acme.orders.members(role)).not.toContain('frank');
    }
  }, 400_000);

  test('invariants 2, 6: whoever takes a name that the policy names anew was not approved', async () => {
    const named = generous.replace('teams: [security,', 'teams: [night-watch, security,');
    expect(named).toContain('night-watch');
    const pull = await acme.ask('alice', 'named', { [SETTINGS]: named });
    const asked = await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(asked.summary).toContain('- `night-watch` (no team has this name)');
    await approve(acme, pull.number, ['carol', 'erin']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    const { teams } = acme.github.state;
    const security = [...teams.values()].find(({ slug }) => slug === 'security');
    if (!security) throw new Error('acme has a team security');
    teams.set(6900, { ...security, id: 6900, slug: 'night-watch', name: 'night-watch' });
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    expect((await landed(pull.number)).ignored).toEqual([
      expect.stringContaining(
        'the team night-watch was nobody and is now the one with the id 6900',
      ),
    ]);
  }, 400_000);

  test('invariant 2: a change of both policy and grants is denied, and gives nothing if it lands', async () => {
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
});
