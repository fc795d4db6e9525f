import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HeardClient } from '../../src/clients/postgres.js';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { bodies, denial, entries, mergeStatus, merged, setState } from '../../lab/acme/asking.js';
import type { PullRequestFull } from '../../lab/github/views/types.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

/** In the order of the keys: subject, resource, role, duration, reason, ticket. */
const ROLE_LINE = 3;
const DURATION_LINE = 4;

describe('grants that are denied, approved without review, and withdrawn', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T11:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const denials: [string, string, string, RegExp][] = [
    [
      'production without a ticket',
      'no-ticket',
      grantFile({ ticket: null }),
      /^1: Access to production needs a ticket/,
    ],
    [
      'a high-risk role for three hours',
      'high-risk',
      grantFile({ role: 'read-write', duration: '3h' }),
      new RegExp(`^${String(DURATION_LINE)}: read-write is a high-risk role: at most 2 h`),
    ],
    [
      'a role that the catalog does not have',
      'no-role',
      grantFile({ role: 'owner' }),
      new RegExp(`^${String(ROLE_LINE)}: role: \\S+ has no role "owner"`),
    ],
    [
      'a duration that is none (invariant 11)',
      'no-duration',
      grantFile({ duration: 'for ever' }),
      new RegExp(`^${String(DURATION_LINE)}: duration: .*"for ever"`),
    ],
    [
      'an end that is past (invariant 12)',
      'past-end',
      grantFile({ duration: null, expires_at: '2026-11-24T10:00:00Z' }),
      /^\d: expires_at: the end, 2026-11-24T10:00:00.000Z, is in the past/,
    ],
    [
      'a line that is not YAML',
      'no-yaml',
      grantFile().replace(/^role: .*$/m, 'role: [read-only'),
      new RegExp(`^(${String(ROLE_LINE)}|${String(DURATION_LINE)}): `),
    ],
  ];
  test.each(denials)(
    'invariant 3: %s is denied on its line, and GitHub refuses the merge',
    async (_, slug, file, says) => {
      const path = `access-grants/production/${slug}.yml`;
      const pull = await acme.ask('alice', slug, { [path]: file });
      const { check, lines } = await denial(acme, pull.head.sha);
      expect(check.conclusion).toBe('failure');
      expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(says)]));
      expect(await mergeStatus(acme, 'alice', pull.number)).toBe(405);
    },
    400_000,
  );

  test('invariants 7, 14: development needs no review; the subject withdraws the grant early, and its sessions end', async () => {
    const path = 'access-grants/development/frank.yml';
    const file = grantFile({ subject: 'frank', ticket: null });
    await merged(acme, { who: 'frank', branch: 'frank', files: { [path]: file } }, []);
    await acme.grant(path, 'active');
    const login = Object.assign(new URL(acme.orders.url), { username: 'frank', password: 'frank' });
    const session = new HeardClient({ connectionString: login.href });
    await session.connect();
    session.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => session.once('end', resolve));
    expect((await session.query('SELECT item FROM orders')).rows).toHaveLength(1);

    const back = { who: 'frank', branch: 'frank-is-done', files: { [path]: null } } as const;
    await merged(acme, back, []);
    const grant = await acme.grant(path, 'revoked');
    expect(grant).toMatchObject({ revoked_by: { who: { login: 'frank' } } });
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    await ended;
    const told = await entries(acme, { grant: String(grant.id) });
    expect(told.map(({ kind }) => kind)).toEqual([
      'grant.approved',
      'decision.made',
      'grant.activating',
      'grant.activated',
      'grant.ending',
      'grant.revoked',
    ]);
    expect(bodies(told, 'grant.revoked')).toMatchObject([{ observed: [] }]);
  }, 400_000);

  describe('a head that two open pull requests share', () => {
    const files = {
      'access-grants/development/erin.yml': grantFile({ subject: 'erin', ticket: null }),
    };
    let one: PullRequestFull;
    let other: PullRequestFull;
    const approvedAgain = () =>
      acme.check(one.head.sha, ({ title }) => title.startsWith('Approved:'));
    const failsBoth = async () => {
      const all = `the open pull requests #${one.number}, #${other.number} have the same head`;
      const { conclusion } = await acme.check(one.head.sha, ({ title }) => title.includes(all));
      expect(conclusion).toBe('failure');
      for (const { number } of [one, other])
        expect(await mergeStatus(acme, 'erin', number)).toBe(405);
    };

    test('fails the check of both, even if one was approved before', async () => {
      one = await acme.ask('erin', 'shared', files);
      await approvedAgain();
      const { git } = await acme.people.erin.clone(ACCESS_REPOSITORY);
      await git('push', '--quiet', 'origin', `${one.head.sha}:refs/heads/shared-too`);
      const again = { title: 'The same again', head: 'shared-too' };
      other = await acme.people.erin.openPullRequest(ACCESS_REPOSITORY, again);
      expect(other.head.sha).toBe(one.head.sha);
      await failsBoth();
    }, 400_000);

    test('is judged again when one of them is closed or reopened, or gets another head', async () => {
      await setState(acme, 'erin', other.number, 'closed');
      await approvedAgain();
      // The list was looked at while the other was closed.
      await acme.people.root.push(ACCESS_REPOSITORY, { branch: 'aside', files: { 'a.md': 'a' } });
      await until('a look at the list', async () => {
        const text = 'SELECT FROM daypass.shown WHERE pull_request = $1 AND seen LIKE $2';
        const { rowCount } = await acme.ledger.query(text, [one.number, `% ${one.number}`]);
        return rowCount === 1;
      });
      await setState(acme, 'erin', other.number, 'open');
      await failsBoth();
      const writes = grantFile({ subject: 'erin', role: 'read-write', ticket: null });
      const more = { 'access-grants/development/erin-writes.yml': writes };
      const moved = await acme.people.erin.push(ACCESS_REPOSITORY, {
        branch: 'shared-too',
        files: more,
      });
      await acme.check(moved, ({ title }) => title.startsWith('Approved: 2 changes'));
      await approvedAgain();
    }, 400_000);

    test('invariant 16: keeps nobody from taking access away', async () => {
      const path = 'access-grants/development/dave.yml';
      const files = { [path]: grantFile({ subject: 'dave', ticket: null }) };
      await merged(acme, { who: 'dave', branch: 'dave', files }, []);
      await acme.grant(path, 'active');
      const removal = await acme.ask('dave', 'dave-goes', { [path]: null });
      const { sha } = removal.head;
      await acme.check(sha, ({ title }) => title.startsWith('Approved:'));
      const { git } = await acme.people.frank.clone(ACCESS_REPOSITORY);
      await git('fetch', '--quiet', 'origin', 'dave-goes');
      await git('push', '--quiet', 'origin', `${sha}:refs/heads/no-way`);
      const block = await acme.people.frank.openPullRequest(ACCESS_REPOSITORY, {
        title: 'He stays',
        head: 'no-way',
      });
      expect(block.head.sha).toBe(sha);
      await until('its judgement', async () => {
        const text = 'SELECT FROM daypass.shown WHERE pull_request = $1 AND "check" IS NOT NULL';
        return (await acme.ledger.query(text, [block.number])).rowCount === 1;
      });
      await acme.check(sha, ({ conclusion }) => conclusion === 'success');
      expect(await mergeStatus(acme, 'dave', removal.number)).toBe(200);
      await acme.grant(path, 'revoked');
    }, 400_000);
  });
});
