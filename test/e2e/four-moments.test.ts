import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { approved, bodies, comment, entries, mergeStatus, merged } from '../../lab/acme/asking.js';
import { openGate } from '../support/gate.js';
import type { Gate } from '../support/gate.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { install } from '../../lab/processes/installation.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';
import type { Window } from '../../src/core/grant/window.js';

const production = (name: string) => `access-grants/production/${name}.yml`;

describe('the moments after the pull request', () => {
  let acme: Installation;
  let gate: Gate;
  let worker: Program;
  const startWorker = () =>
    acme.start('worker', {
      TARGET_ORDERS_URL: gate.through(acme.orders.url),
      TARGET_ORDERS_DEV_URL: gate.through(acme.orders.url),
    });
  beforeAll(async () => {
    acme = await install({ now: '2026-11-24T09:00:00Z' });
    gate = await openGate(acme.orders.url);
    await acme.start('web');
    worker = await startWorker();
  }, 400_000);
  afterAll(async () => {
    await acme.close();
    await gate.close();
  }, 60_000);

  /** root is an admin, whom the required check does not stop, so what they push to main lands. */
  const pushed = (files: Record<string, string | null>) =>
    acme.people.root.push(ACCESS_REPOSITORY, { branch: 'main', files });

  test('invariant 7: what an admin merges past the check is quarantined', async () => {
    const path = production('past-the-check');
    const pull = await acme.ask('alice', 'past-the-check', { [path]: grantFile() });
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(await mergeStatus(acme, 'alice', pull.number)).toBe(405);
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);

    const grant = await acme.grant(path, 'requested');
    expect(grant).toMatchObject({ quarantined: true });
    expect(await comment(acme, pull.number, /quarantined/)).toContain('approvals were missing');
    const told = await entries(acme, { grant: String(grant.id) });
    expect(told.map(({ kind }) => kind)).toEqual(['grant.quarantined']);
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('invariant 7: what an admin pushes is quarantined; what they remove by a push ends', async () => {
    const path = production('pushed');
    await pushed({ [path]: grantFile() });
    expect(await acme.grant(path, 'requested')).toMatchObject({
      quarantined: true,
      why: ['it landed without a pull request'],
    });
    expect(await acme.orders.members('orders_reader')).toEqual([]);

    const given = production('pushed-away');
    await merged(acme, { who: 'alice', branch: 'pushed-away', files: { [given]: grantFile() } });
    await acme.grant(given, 'active');
    await pushed({ [given]: null });
    await acme.grant(given, 'revoked');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('invariants 5, 7: of a merge that no check shows whole only what it takes away takes effect', async () => {
    const at = (name: string | number) => `access-grants/development/whole-${name}.yml`;
    const file = (change: object = {}) => grantFile({ ticket: null, duration: '10m', ...change });
    const before = { [at('before')]: file({ subject: 'frank' }) };
    await merged(acme, { who: 'frank', branch: 'whole', files: before }, []);
    await acme.grant(at('before'), 'active');
    // Each of these characters is written out.
    const reason = `x${'\u00ad'.repeat(499)}`;
    const more = Array.from({ length: 20 }, (_, n) => [at(n), file({ reason })] as const);
    const pull = await acme.ask('alice', 'too-much', {
      ...Object.fromEntries(more),
      [at('before')]: null,
    });
    const large = 'one check cannot show all of it (21 changes)';
    const { conclusion } = await acme.check(pull.head.sha, ({ title }) => title.includes(large));
    expect(conclusion).toBe('failure');
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(at('before'), 'revoked');
    expect(await acme.grant(at(0), 'requested')).toMatchObject({
      quarantined: true,
      why: [expect.stringContaining(large)],
    });
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('invariant 7: if an approval is withdrawn before the start, the activation is refused', async () => {
    const path = production('later');
    const starts_at = new Date(acme.github.state.clock.now().getTime() + 3_600_000).toISOString();
    const files = { [path]: grantFile({ subject: 'frank', starts_at }) };
    const pull = await merged(acme, { who: 'frank', branch: 'later', files });
    await acme.grant(path, 'scheduled');
    await acme.people.carol.review(
      ACCESS_REPOSITORY,
      pull.number,
      'REQUEST_CHANGES',
      'I was wrong about this one',
    );
    await acme.advance('PT1H');
    const grant = await acme.grant(path, 'refused');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    const told = await entries(acme, { grant: String(grant.id) });
    expect(told.map(({ kind }) => kind)).toEqual([
      'grant.approved',
      'decision.made',
      'grant.refused',
    ]);
    expect(bodies(told, 'decision.made')).toMatchObject([
      { moment: 'activation', decision: { outcome: 'awaiting_review' } },
    ]);
    await comment(acme, pull.number, /refused .*asked for changes later/);
  }, 400_000);

  test('invariants 12, 16: a grant that cannot be activated in time lapses without access', async () => {
    const path = production('lapses');
    gate.lead(null);
    const pull = await merged(acme, {
      who: 'alice',
      branch: 'lapses',
      files: { [path]: grantFile({ duration: '6h' }) },
    });
    const grant = await acme.grant(path, 'scheduled');
    await until('a failed try', async () => {
      const told = await entries(acme, { grant: String(grant.id) });
      return bodies(told, 'grant.attempt_failed').some(({ ending }) => !ending);
    });
    await acme.advance('PT1H1M');
    await acme.grant(path, 'lapsed');
    gate.lead(acme.orders.url);
    await comment(acme, pull.number, /lapsed/);
    await acme.advance('PT5M');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  /** A grant of four hours for somebody, and the pull request that added it. */
  const given = async (who: 'alice' | 'erin' | 'dave', branch: string) => {
    const path = production(branch);
    const file = (change: object = {}) => grantFile({ subject: who, ...change });
    const pull = await merged(acme, { who: 'alice', branch, files: { [path]: file() } });
    const { id, window } = await acme.grant(path, 'active');
    return { path, file, pull, id: String(id), window: window as Window };
  };
  const hours = ({ starts_at, ends_at }: Window) =>
    (Date.parse(ends_at) - Date.parse(starts_at)) / 3_600_000;

  test('invariants 7, 12: an earlier end that an admin pushes takes effect, and access ends then', async () => {
    const { path, file, id, window } = await given('alice', 'shortened');
    expect(hours(window)).toBe(4);
    await pushed({ [path]: file({ duration: '2h' }) });
    const ends_at = await until('the earlier end', async () => {
      const { window } = await acme.grant(path, 'active');
      return hours(window as Window) === 2 && (window as Window).ends_at;
    });
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);

    await acme.advance('PT2H');
    const over = await acme.grant(path, 'expired');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    expect(over).toMatchObject({ id, window: { starts_at: window.starts_at, ends_at } });
    expect(Date.parse(String(over['ended_at']))).toBeGreaterThanOrEqual(Date.parse(ends_at));
    const told = await entries(acme, { grant: id });
    expect(told.filter(({ kind }) => kind === 'grant.narrowed')).toMatchObject([
      { pull_request: null },
    ]);
  }, 400_000);

  test('invariants 7, 12: a later end that an admin pushes has no effect: access ends as before', async () => {
    const { path, file, id, window } = await given('erin', 'lengthened');
    const commit = await pushed({ [path]: file({ duration: '8h' }) });
    const step = await until('the step', async () =>
      bodies(await entries(acme), 'step.landed').find((landed) => landed.commit === commit),
    );
    expect(step).toMatchObject({
      pull_request: null,
      ignored: [
        `${path}: the extension was not approved (it landed without a pull request); it ends as before`,
      ],
    });
    expect(await acme.grant(path, 'active')).toMatchObject({ id, window });
    const { out } = await acme.daypass('grants', '--json');
    expect(JSON.parse(out)).toMatchObject({ held: [{ grant: id, ends_at: window.ends_at }] });

    await acme.advance('PT4H');
    expect(await acme.grant(path, 'expired')).toMatchObject({ id, window });
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('invariants 7, 8: another subject that an admin pushes ends the grant, and gives that subject nothing', async () => {
    const { path, file, id } = await given('dave', 'handed-on');
    expect(await acme.orders.members('orders_reader')).toEqual(['dave']);
    const commit = await pushed({ [path]: file({ subject: 'frank' }) });
    expect(await acme.grant(path, 'revoked')).toMatchObject({ id, subject: { login: 'dave' } });
    expect(await acme.grant(path, 'requested')).toMatchObject({
      id: `${path}@${commit}`,
      subject: { login: 'frank' },
      quarantined: true,
      why: ['it landed without a pull request'],
    });
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('invariant 12: a merge that is noticed two days later gives nothing; one from just before starts', async () => {
    const ask = (who: 'alice' | 'erin' | 'frank', branch: string, change: object = {}) => {
      const file = grantFile({ subject: who, duration: '1h', ...change });
      return approved(acme, { who, branch, files: { [production(branch)]: file } });
    };
    const starts_at = new Date(acme.github.state.clock.now().getTime() + 3_600_000).toISOString();
    const missed = [
      await ask('alice', 'missed'),
      await ask('frank', 'missed-start', { starts_at }),
    ];
    const recent = await ask('erin', 'recent');
    const merge = (number: number) => acme.people.root.merge(ACCESS_REPOSITORY, number);
    await worker.end('SIGKILL');
    for (const { number } of missed) await merge(number);
    await acme.advance('P2D');
    await merge(recent.number);
    await acme.advance('PT10M');
    worker = await startWorker();

    await acme.grant(production('recent'), 'active');
    for (const { number, head } of missed) {
      const grant = await acme.grant(production(head.ref), 'lapsed');
      const told = await entries(acme, { grant: String(grant.id) });
      expect(told.map(({ kind }) => kind)).toEqual(['grant.approved', 'grant.lapsed']);
      await comment(acme, number, /lapsed at .*could not be activated in time/);
    }
    expect(await acme.orders.members('orders_reader')).toEqual(['erin']);
  }, 400_000);
});
