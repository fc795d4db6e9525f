import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { approve, approved, bodies, entries, headOf } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

const SILENT = { drop: 1, double: 0, delay_ms: 0, shuffle: false };
const LOUD = { ...SILENT, drop: 0 };

describe('what was approved', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T11:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const asked = (name: string) => ({
    who: 'alice' as const,
    branch: name,
    path: `access-grants/production/${name}.yml`,
    files: { [`access-grants/production/${name}.yml`]: grantFile() },
  });
  const push = (branch: string, files: Record<string, string>) =>
    acme.people.alice.push(ACCESS_REPOSITORY, { branch, files });
  const reviews = (number: number) =>
    acme.people.root.must<{ commit_id: string }[]>(
      'GET',
      `/repos/${ACCESS_REPOSITORY}/pulls/${String(number)}/reviews`,
    );

  test('invariant 5: another duration voids the approvals, even though GitHub moves their commit_id to it', async () => {
    const { path, ...of } = asked('longer');
    const pull = await approved(acme, of);
    const head = await push('longer', { [path]: grantFile({ duration: '5h' }) });
    for (const review of acme.github.state.reviews.values())
      if (review.commit_id === pull.head.sha) review.commit_id = head;
    expect((await reviews(pull.number)).map(({ commit_id }) => commit_id)).toEqual([head, head]);

    const check = await acme.check(head, ({ title }) => title.startsWith('Not yet:'));
    expect(check.title).toContain('0 of 2');
    for (const name of ['bob', 'carol'])
      expect(check.summary).toContain(
        `\`${name}\`'s approval does not count: it was given for something else`,
      );

    // It is back to what was approved, so the approvals count again, whatever was there in between.
    const back = await push('longer', { [path]: grantFile() });
    await acme.check(back, ({ title }) => title.startsWith('Approved:'));
    const seen = bodies(await entries(acme, { pull_request: pull.number }), 'review.seen');
    expect(seen.map(({ commit }) => commit)).toEqual([pull.head.sha, pull.head.sha]);
  }, 400_000);

  test('invariant 5: what was approved while the base was another branch is not what lands here', async () => {
    const { path } = asked('hidden');
    const { alice } = acme.people;
    await push('hidden', { [path]: grantFile() });
    await alice.push(ACCESS_REPOSITORY, {
      branch: 'typo',
      from: 'hidden',
      files: { 'docs/typo.md': 'A typo\n' },
    });
    // Reviewers only see the typo.
    const pull = await alice.openPullRequest(ACCESS_REPOSITORY, {
      title: 'Mend a typo',
      head: 'typo',
      base: 'hidden',
    });
    await approve(acme, pull.number, ['bob', 'carol']);
    const pulls = `/repos/${ACCESS_REPOSITORY}/pulls/${String(pull.number)}`;
    await alice.must('PATCH', pulls, { base: 'main' });
    const check = await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet:'));
    expect(check.title).toContain('0 of 2');
    expect(check.summary).toContain('open a new pull request');
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    expect(await acme.grant(path, 'requested')).toMatchObject({ quarantined: true });
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('reviewers are asked once for what they have to approve, whoever else approves', async () => {
    const { files, branch } = asked('asked-once');
    const pull = await acme.ask('alice', branch, files);
    await acme.check(pull.head.sha, ({ title }) => title.includes('0 of 2'));
    const { state } = acme.github;
    const requested = () =>
      [...state.pulls.values()]
        .filter(({ number }) => number === pull.number)
        .flatMap((one) => [...one.requested_team_ids]);
    expect(requested()).toHaveLength(2);
    // GitHub drops a team's request once one of its members has reviewed.
    await acme.people.carol.review(ACCESS_REPOSITORY, pull.number, 'COMMENT', 'Looking');
    await approve(acme, pull.number, ['bob']);
    await acme.check(pull.head.sha, ({ title }) => title.includes('1 of 2'));
    expect(requested()).toEqual([]);
  }, 400_000);

  test('invariants 5, 8: another reason voids the approvals before the merge, and is recorded beside them after it', async () => {
    const { path, ...of } = asked('other-words');
    const pull = await approved(acme, of);
    const words = { reason: 'Copy all customers\u200b', ticket: 'INC-1' };
    const head = await push('other-words', { [path]: grantFile(words) });
    const check = await acme.check(head, ({ title }) => title.startsWith('Not yet:'));
    expect(check.title).toContain('0 of 2');
    for (const name of ['bob', 'carol'])
      expect(check.summary).toContain(
        `\`${name}\`'s approval does not count: reworded since: it approved the reason "Slow order queries since the 14:10 deploy", which now is "Copy all customers‹U+200B›"; it approved the ticket "INC-4821", and now there is the ticket "INC-1"`,
      );
    expect(check.summary).not.toContain('customers\u200b');

    // Back to the words that were approved, and merged.
    const back = await push('other-words', { [path]: grantFile() });
    await acme.check(back, ({ title }) => title.startsWith('Approved:'));
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    const grant = await acme.grant(path, 'active');

    // Other words for what she has: nobody has to approve them, and they do not take the place of those that were.
    const later = await acme.ask('alice', 'other-words-again', { [path]: grantFile(words) });
    const approvedAgain = await acme.check(later.head.sha, ({ title }) =>
      title.startsWith('Approved:'),
    );
    expect(approvedAgain.title).toContain("other words for alice's read-only");
    await acme.people.alice.merge(ACCESS_REPOSITORY, later.number);
    const told = await until('the new words on record', async () => {
      const found = bodies(await entries(acme, { grant: String(grant.id) }), 'grant.reworded');
      return found.length > 0 && found;
    });
    expect(told).toMatchObject([{ ...words, who: { login: 'alice' } }]);
    expect(await acme.grant(path, 'active')).toMatchObject({
      declared: { reason: 'Slow order queries since the 14:10 deploy', ticket: 'INC-4821' },
      reworded: words,
      window: grant.window,
    });
  }, 400_000);

  test('invariant 5: another file, another comment and an update from the base keep the approvals', async () => {
    const { path, ...of } = asked('reworded');
    const pull = await approved(acme, of);
    const commented = await push('reworded', { [path]: `# Why not\n${grantFile()}` });
    await acme.check(commented, ({ title }) => title.startsWith('Approved:'));
    const beside = await push('reworded', { 'docs/why.md': '# Why\n' });
    await acme.check(beside, ({ title }) => title.startsWith('Approved:'));

    await acme.people.root.must('PUT', `/repos/${ACCESS_REPOSITORY}/contents/docs/news.md`, {
      message: 'Tell the news',
      content: Buffer.from('# News\n').toString('base64'),
    });
    const number = String(pull.number);
    await acme.people.alice.must(
      'PUT',
      `/repos/${ACCESS_REPOSITORY}/pulls/${number}/update-branch`,
      {},
    );
    const head = await headOf(acme, pull.number);
    expect(head).not.toBe(beside);
    await acme.check(head, ({ title }) => title.startsWith('Approved:'));

    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(path, 'active');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
  }, 400_000);

  test('invariant 5: an approval that is seen late is bound to the commit that it was given for', async () => {
    const { path, ...of } = asked('seen-late');
    const pull = await acme.ask(of.who, of.branch, of.files);
    await acme.check(pull.head.sha, ({ title }) => title.includes('0 of 2'));
    acme.github.github.deliveries.setMode(SILENT);
    await approve(acme, pull.number, ['bob', 'carol']);
    const head = await push('seen-late', { [path]: grantFile({ duration: '6h' }) });
    acme.github.github.deliveries.setMode(LOUD);
    await acme.people.alice.must(
      'PATCH',
      `/repos/${ACCESS_REPOSITORY}/pulls/${String(pull.number)}`,
      {
        title: 'Six hours',
      },
    );

    const check = await acme.check(head, ({ title }) => title.startsWith('Not yet:'));
    expect(check.title).toContain('0 of 2');
    expect(check.summary).toContain(
      "`carol`'s approval does not count: it was given for something else",
    );
    const seen = await until('both reviews on record', async () => {
      const found = bodies(await entries(acme, { pull_request: pull.number }), 'review.seen');
      return found.length === 2 && found;
    });
    expect(seen.map(({ commit }) => commit)).toEqual([pull.head.sha, pull.head.sha]);
  }, 400_000);
});
