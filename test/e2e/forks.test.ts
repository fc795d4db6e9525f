import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { approve, comment } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { running } from '../../lab/processes/running.js';

const FORK = 'alice/access';

describe('a pull request from a fork', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T11:00:00Z' }));
    await acme.people.alice.must('POST', `/repos/${ACCESS_REPOSITORY}/forks`, {});
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const path = (environment: string, branch: string) =>
    `access-grants/${environment}/${branch}.yml`;
  const ask = async (environment: string, branch: string, change: Record<string, unknown> = {}) => {
    const { alice } = acme.people;
    await alice.push(FORK, { branch, files: { [path(environment, branch)]: grantFile(change) } });
    return alice.openPullRequest(ACCESS_REPOSITORY, { title: branch, head: `alice:${branch}` });
  };

  test('is read like one from a branch: a grant that needs no approval gives access', async () => {
    const { number, head } = await ask('development', 'reads', { ticket: null });
    await acme.check(head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.alice.merge(ACCESS_REPOSITORY, number);
    await acme.grant(path('development', 'reads'), 'active');
    await comment(acme, number, /\*\*active until/);
  }, 400_000);

  test('invariant 4: nobody can see who pushed to a private fork, so no approval counts; the check says what to do, also when the fork is gone', async () => {
    const { number, head } = await ask('production', 'asks');
    await acme.check(head.sha, ({ title }) => title.startsWith('Not yet:'));
    await approve(acme, number, ['bob', 'carol']);
    const remedy =
      'cannot read who pushed to asks: push the branch to this repository, and open the pull request from there';
    const told = await acme.check(head.sha, ({ summary }) => summary.includes('carol'));
    expect(told).toMatchObject({ conclusion: 'action_required' });
    expect(told.summary).toContain(remedy);

    await acme.people.alice.must('DELETE', `/repos/${FORK}`);
    await approve(acme, number, ['erin']);
    const gone = await acme.check(head.sha, ({ summary }) => summary.includes('erin'));
    expect(gone).toMatchObject({ conclusion: 'action_required' });
    expect(gone.summary).toContain(remedy);

    const { alice } = acme.people;
    const files = { [path('production', 'asks')]: grantFile() };
    await alice.push(ACCESS_REPOSITORY, { branch: 'asks', files });
    const here = await alice.openPullRequest(ACCESS_REPOSITORY, { title: 'asks', head: 'asks' });
    await approve(acme, here.number, ['bob', 'carol']);
    await acme.check(here.head.sha, ({ title }) => title.startsWith('Approved:'));
  }, 400_000);
});
