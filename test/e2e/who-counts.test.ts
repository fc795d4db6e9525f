import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { person } from '../../lab/github/people.js';
import type { SeedInput } from '../../lab/github/seed.js';
import { signJwt } from '../../lab/github/testing.js';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { approve, approved, bodies, comment, entries, headOf } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { running } from '../../lab/processes/running.js';

const HELPER = { app_id: 5151, installation: 78 };
const key = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

/** acme with another app that may review, and mallory, who may read and is in no team. */
const withOthers = (plain: SeedInput): SeedInput => ({
  ...plain,
  tokens: { ...plain.tokens, tok_mallory: { login: 'mallory' } },
  users: [...(plain.users ?? []), { login: 'mallory', id: 666 }],
  repos: (plain.repos ?? []).map((repo) => ({ ...repo, collaborators: { mallory: 'read' } })),
  apps: [
    ...(plain.apps ?? []),
    {
      app_id: HELPER.app_id,
      slug: 'helper',
      private_key: key,
      permissions: { pull_requests: 'write', contents: 'read', metadata: 'read' },
      installations: [{ id: HELPER.installation, account: 'acme' }],
    },
  ],
});

describe('whose approval counts', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T11:00:00Z', seed: withOthers }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const ask = (name: string, change: Record<string, unknown> = {}) =>
    acme.ask('alice', name, { [`access-grants/production/${name}.yml`]: grantFile(change) });
  const member = (method: 'PUT' | 'DELETE', team: string, who: string) =>
    acme.people.root.must(method, `/orgs/acme/teams/${team}/memberships/${who}`, {});

  /** The other app, by its own token. */
  const helper = async () => {
    const app = person(acme.github.url, signJwt(key, { iss: HELPER.app_id }));
    const { token } = await app.must<{ token: string }>(
      'POST',
      `/app/installations/${String(HELPER.installation)}/access_tokens`,
    );
    return person(acme.github.url, token);
  };

  test('invariant 4: the approvals of the requester, the subject, people who were not asked, and bots do not count', async () => {
    const pull = await ask('frank-orders', { subject: 'frank' });
    const path = `/repos/${ACCESS_REPOSITORY}/pulls/${String(pull.number)}/reviews`;
    expect((await acme.people.alice.call('POST', path, { event: 'APPROVE' })).status).toBe(422);
    await approve(acme, pull.number, ['frank', 'dave']);
    const mallory = person(acme.github.url, 'tok_mallory');
    await mallory.review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
    await (await helper()).review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
    const check = await acme.check(pull.head.sha, ({ summary }) => summary.includes('Bot'));
    expect(check.title).toContain('0 of 2');
    const uncounted = check.summary
      .split('\n')
      .filter((line) => line.includes('approval does not count'));
    expect(uncounted.map((line) => line.replace(/^- |'s approval does not count/g, ''))).toEqual([
      '`frank`: they would get this access (`approver_is_subject`)',
      '`helper`: it comes from an account of type Bot, not from a person (`approver_not_a_person`)',
      '`dave`: they are not among the people asked (`approver_not_asked`)',
      '`mallory`: they are not among the people asked (`approver_not_asked`)',
    ]);
  }, 400_000);

  test('invariants 4, 5, 7: somebody else gets access without a review only if they agree, to exactly that and until they take it back', async () => {
    const path = (name: string) => `access-grants/development/${name}.yml`;
    const { clock } = acme.github.state;
    const starts_at = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const file = (duration: string) =>
      grantFile({ subject: 'frank', ticket: null, starts_at, duration });
    const unasked = await acme.ask('alice', 'unasked', { [path('unasked')]: file('1h') });
    const waits = await acme.check(unasked.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(waits.title).toBe('Not yet: waiting for the consent of @frank or @acme/payments');
    const { requested_reviewers } = await acme.people.root.pullRequest(
      ACCESS_REPOSITORY,
      unasked.number,
    );
    expect(requested_reviewers?.map(({ login }) => login)).toEqual(['frank']);
    await acme.people.root.merge(ACCESS_REPOSITORY, unasked.number);
    expect(await acme.grant(path('unasked'), 'requested')).toMatchObject({ quarantined: true });
    expect(await comment(acme, unasked.number, /quarantined/)).toContain('others ask for it');

    const files = { [path('agreed')]: file('1h') };
    const pull = await approved(acme, { who: 'alice', branch: 'agreed', files }, ['frank']);
    const longer = { [path('agreed')]: file('2h') };
    await acme.people.alice.push(ACCESS_REPOSITORY, { branch: 'agreed', files: longer });
    const head = await headOf(acme, pull.number);
    const void_now = await acme.check(head, ({ title }) => title.startsWith('Not yet:'));
    expect(void_now.summary).toContain('it was given for something else');
    await approve(acme, pull.number, ['frank']);
    await acme.check(head, ({ title }) => title.startsWith('Approved:'));
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(path('agreed'), 'scheduled');
    await acme.people.frank.review(ACCESS_REPOSITORY, pull.number, 'REQUEST_CHANGES', 'Not now');
    await acme.advance('PT1H');
    const { id } = await acme.grant(path('agreed'), 'refused');
    const [refused] = bodies(await entries(acme, { grant: String(id) }), 'grant.refused');
    // They had agreed twice.
    expect(refused?.reasons?.map(({ code }) => code)).toEqual([
      'consent_missing',
      'approver_asked_for_changes',
      'approver_asked_for_changes',
    ]);
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('invariant 4: nobody can approve what a bot asks for until the settings name the people behind it', async () => {
    const files = { 'access-grants/production/by-bot.yml': grantFile({}) };
    await acme.people.frank.push(ACCESS_REPOSITORY, { branch: 'by-bot', files });
    const pull = await (
      await helper()
    ).openPullRequest(ACCESS_REPOSITORY, { title: 'by-bot', head: 'by-bot' });
    await approve(acme, pull.number, ['bob', 'carol']);
    const check = await acme.check(pull.head.sha, ({ summary }) => summary.includes('`carol`'));
    expect(check.title).toMatch(/^Not yet: no approval counts: helper/);
    expect(check.summary).toContain("`bob`'s approval does not count");
    expect(check.summary).toMatch(/^- helper.* of type Bot and not a person/m);
    expect(check.summary).toContain('have the policy owners say under bots in settings.yaml');
  }, 400_000);

  test('invariant 4: the approval of somebody who pushed to the branch does not count; that of another team member does', async () => {
    const pull = await ask('pushed-to');
    await acme.people.carol.push(ACCESS_REPOSITORY, {
      branch: 'pushed-to',
      files: { 'access-grants/production/pushed-to.yml': grantFile({ reason: 'A better reason' }) },
    });
    await approve(acme, pull.number, ['bob', 'carol']);
    const head = await headOf(acme, pull.number);
    const check = await acme.check(head, ({ title }) => title.includes('1 of 2'));
    expect(check.summary).toContain(
      "`carol`'s approval does not count: they contributed to the branch",
    );
    await approve(acme, pull.number, ['erin']);
    await acme.check(head, ({ title }) => title.startsWith('Approved:'));
  }, 400_000);

  test('invariant 4: dismissing a later verdict does not revive an earlier approval', async () => {
    const pull = await ask('dismissed');
    await approve(acme, pull.number, ['bob', 'erin']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    const { id } = await acme.people.erin.review(
      ACCESS_REPOSITORY,
      pull.number,
      'REQUEST_CHANGES',
      'Not like this',
    );
    await acme.check(pull.head.sha, ({ summary }) =>
      summary.includes('they asked for changes later'),
    );
    await acme.people.root.must(
      'PUT',
      `/repos/${ACCESS_REPOSITORY}/pulls/${String(pull.number)}/reviews/${String(id)}/dismissals`,
      { message: 'No time' },
    );
    const check = await acme.check(pull.head.sha, ({ summary }) =>
      summary.includes('was dismissed'),
    );
    expect(check.title).toContain('1 of 2');
    expect(check.summary).toContain(
      "`erin`'s approval does not count: their later review was dismissed",
    );
  }, 400_000);

  test('invariant 4: one person in both teams meets one requirement, not two', async () => {
    await member('PUT', 'security', 'bob');
    const pull = await ask('both-teams');
    await approve(acme, pull.number, ['bob']);
    await acme.check(pull.head.sha, ({ title }) => title.includes('1 of 2'));
    await approve(acme, pull.number, ['carol']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    await member('DELETE', 'security', 'bob');
  }, 400_000);

  test('invariants 4, 7: the approval of somebody who left the team between approval and merge does not count at the step', async () => {
    const path = 'access-grants/production/left-the-team.yml';
    const files = { [path]: grantFile() };
    const pull = await approved(acme, { who: 'alice', branch: 'left-the-team', files });
    // Daypass gets no delivery, so the check stays green; the step looks for itself.
    acme.github.github.deliveries.setMode({ drop: 1, double: 0, delay_ms: 0, shuffle: false });
    await member('DELETE', 'security', 'carol');
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    acme.github.github.deliveries.setMode({ drop: 0, double: 0, delay_ms: 0, shuffle: false });
    const push = acme.github.github.deliveries.list().findLast(({ event }) => event === 'push');
    await acme.github.github.deliveries.replay(push?.id ?? '');

    expect(await acme.grant(path, 'requested')).toMatchObject({ quarantined: true });
    expect(await comment(acme, pull.number, /quarantined/)).toContain('carol');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
    await member('PUT', 'security', 'carol');
  }, 400_000);
});
