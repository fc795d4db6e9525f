import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { bodies, entries, merged } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

const development = (name: string) => `access-grants/development/${name}.yml`;
const [ALICE, ERIN, FRANK] = ['alice', 'erin', 'frank'].map(development) as [
  string,
  string,
  string,
];
const plain = { ticket: null, duration: '8h' };

describe('invariant 10: the default branch is rewritten', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T09:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const git = async (...args: string[]) =>
    (await acme.people.root.clone(ACCESS_REPOSITORY)).git(...args);
  const stopped = async () => bodies(await entries(acme), 'source.differs');
  const started = async () => bodies(await entries(acme), 'ledger.started');

  test('activation is paused, access still ends, and daypass trust resumes activation', async () => {
    const later = grantFile({ ...plain, subject: 'erin', starts_at: '2026-11-24T11:00:00Z' });
    await merged(acme, { who: 'erin', branch: 'erin', files: { [ERIN]: later } }, []);
    await acme.grant(ERIN, 'scheduled');
    await git('push', '--quiet', 'origin', 'origin/main:refs/heads/kept');
    const file = grantFile({ ...plain, subject: 'alice' });
    await merged(acme, { who: 'alice', branch: 'alice', files: { [ALICE]: file } }, []);
    await acme.grant(ALICE, 'active');

    // The branch is rewritten without alice's step, and has a file that nobody was asked about.
    await acme.people.root.push(ACCESS_REPOSITORY, {
      branch: 'other',
      from: 'kept',
      files: { [FRANK]: grantFile({ ...plain, subject: 'frank' }) },
    });
    await git('push', '--quiet', '--force', 'origin', 'other:main');
    const [why] = await until('the stop', async () =>
      (await stopped()).length > 0 ? stopped() : null,
    );
    expect(why?.why).toContain('the default branch was rewritten');
    await acme.advance('PT2H');
    await until('the start that waits', async () =>
      bodies(await entries(acme), 'grant.attempt_failed').some(({ error }) =>
        error.includes('activation is paused'),
      ),
    );
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);

    const wrong = await acme.daypass('trust', '0'.repeat(40), '--yes', '0'.repeat(64));
    expect(wrong.exit).toBe(1);
    expect(wrong.err).toContain('review it again');
    const unasked = await acme.daypass('trust');
    expect(unasked.exit).toBe(1);
    expect(unasked.out).toContain('Activation is paused: the default branch was rewritten');
    expect(unasked.out).toContain(`ended: alice, read-only on orders-db in development`);
    expect(unasked.out).not.toContain('frank');
    expect(await started()).toHaveLength(1);

    // Between what was shown and the word for it, an approver team is made anew under its name (invariant 6).
    const tree = await git('rev-parse', 'origin/main:policies');
    const shown = /--yes ([0-9a-f]{64})/.exec(unasked.err)?.[1] ?? '';
    const { teams } = acme.github.state;
    const team = [...teams.values()].find(({ slug }) => slug === 'payments');
    if (!team) throw new Error('acme has no payments');
    team.slug = 'payments-of-old';
    teams.set(999_999, { ...team, id: 999_999, slug: 'payments' });
    const other = await acme.daypass('trust', tree, '--yes', shown);
    expect([other.exit, other.err]).toEqual([1, expect.stringContaining('not what was shown')]);
    expect(other.out).toContain('approver: team payments, id 999999');
    expect(await started()).toHaveLength(1);
    teams.delete(999_999);
    team.slug = 'payments';

    const trusted = await acme.daypass('trust', tree, '--yes', shown, '--json');
    expect(trusted.err).toBe('');
    expect(trusted.exit).toBe(0);
    const tip = await git('rev-parse', 'origin/main');
    expect(JSON.parse(trusted.out)).toMatchObject({
      recorded: true,
      plan: {
        ...{ tip, policy: { tree } },
        was: { stopped: why?.why, reasons: [{ code: 'branch_rewritten', message: why?.why }] },
        taken: [{ login: 'alice', becomes: 'ended', file: 'gone' }],
      },
    });
    const claimed_by = expect.stringMatching(/^.+@.+$/) as unknown;
    expect((await started())[1]).toMatchObject({ step: tip, policy: { tree }, claimed_by });
    expect((await started())[0]).not.toHaveProperty('claimed_by');

    expect(await acme.grant(ALICE, 'revoked')).toMatchObject({ revoked_by: { claimed_by } });
    await acme.grant(ERIN, 'active');
    expect(await acme.orders.members('orders_reader')).toEqual(['erin']);
    const { rows } = await acme.ledger.query('SELECT id FROM daypass.grants WHERE path = $1', [
      FRANK,
    ]);
    expect(rows).toEqual([]);

    const who = await acme.daypass('grants', '--json');
    expect(JSON.parse(who.out)).toMatchObject({ held: [{ subject: { login: 'erin' } }] });
    expect((await acme.daypass('audit', 'verify')).exit).toBe(0);
    for (const { out, err } of [wrong, unasked, trusted, who]) {
      for (const secret of acme.secrets) expect(out + err).not.toContain(secret);
    }
  }, 400_000);

  test('invariant 7: a commit that lands again gives nothing again, and later steps take effect', async () => {
    const gone = String((await acme.grant(ALICE, 'revoked')).id).split('@')[1] ?? '';
    await git('push', '--quiet', '--force', 'origin', `${gone}^:main`);
    await until('the second stop', async () => (await stopped()).length === 2);
    const tree = await git('rev-parse', `${gone}^:policies`);
    const looked = await acme.daypass('trust', tree, '--json');
    const { shown_as } = JSON.parse(looked.out) as { shown_as: string };
    const trusted = await acme.daypass('trust', tree, '--yes', shown_as);
    expect(trusted).toMatchObject({ exit: 0, err: '' });
    // This is how people repair a branch: what was there before lands again, with the same commits.
    await git('push', '--quiet', 'origin', `${gone}:main`);
    await acme.people.root.push(ACCESS_REPOSITORY, {
      branch: 'main',
      files: { [ERIN]: null },
    });
    await acme.grant(ERIN, 'revoked');
    expect((await acme.grant(ALICE, 'revoked')).id).toContain(gone);
    const ignored = bodies(await entries(acme), 'step.landed').flatMap((step) => step.ignored);
    expect(ignored).toContainEqual(expect.stringContaining('landed with this commit before'));
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);
});
