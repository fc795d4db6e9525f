import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readCommit, readCommits, resolveCommit } from './git/read.js';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { APP_KEY, seed, signJwt } from './testing.js';
import type { PullRequestFull, ReviewAnswer } from './views/types.js';

const REPO = 'acme/access';
const PULLS = `/repos/${REPO}/pulls`;

let github: RunningGitHub;
let people: Record<'root' | 'alice' | 'bob' | 'carol' | 'erin' | 'mallory' | 'app', Person>;
const dir = () => github.state.repos.get(7000)?.dir ?? '';
const main = async () => (await resolveCommit(dir(), 'refs/heads/main')) ?? '';

beforeAll(async () => {
  github = await startGitHub(seed());
  const jwt = person(github.url, signJwt(APP_KEY));
  const { token } = await jwt.must<{ token: string }>(
    'POST',
    '/app/installations/77/access_tokens',
  );
  const one = (login: string) => person(github.url, `tok_${login}`);
  people = {
    root: one('root'),
    alice: one('alice'),
    bob: one('bob'),
    carol: one('carol'),
    erin: one('erin'),
    mallory: one('mallory'),
    app: person(github.url, token),
  };
}, 60_000);
afterAll(async () => {
  for (const one of Object.values(people)) await one.close();
  await github.close();
});

/** One more commit of alice's on a branch, as the browser makes it. */
const write = (branch: string, path: string, content: string, who = people.alice) =>
  who.must('PUT', `/repos/${REPO}/contents/${path}`, {
    message: `Add ${path}`,
    content: Buffer.from(content).toString('base64'),
    branch,
  });

let serial = 0;
/** A pull request of alice's that adds one file. */
async function open(
  path = `files/${serial}.yml`,
  content = `n: ${serial}\n`,
): Promise<PullRequestFull> {
  serial += 1;
  const head = `topic-${serial}`;
  const ref = { ref: `refs/heads/${head}`, sha: await main() };
  await people.alice.must('POST', `/repos/${REPO}/git/refs`, ref);
  await write(head, path, content);
  return people.alice.openPullRequest(REPO, { title: `Topic ${serial}`, head });
}

const pass = (sha: string, conclusion = 'success') =>
  people.app.must('POST', `/repos/${REPO}/check-runs`, {
    name: 'daypass',
    head_sha: sha,
    status: 'completed',
    conclusion,
    output: { title: 'title', summary: 'summary' },
  });

describe('reviews', () => {
  test('nobody approves their own pull request', async () => {
    const { number } = await open();
    const own = await people.alice.call('POST', `${PULLS}/${number}/reviews`, { event: 'APPROVE' });
    expect(own.status).toBe(422);
    expect(own.body).toMatchObject({ errors: ['Can not approve your own pull request'] });
    expect((await people.alice.review(REPO, number, 'COMMENT', 'mine')).state).toBe('COMMENTED');
    const blank = { event: 'REQUEST_CHANGES' };
    expect((await people.bob.call('POST', `${PULLS}/${number}/reviews`, blank)).status).toBe(422);
  });

  test('a push that leaves the patch alone takes approvals along, another does not', async () => {
    const { number, head } = await open();
    await people.bob.review(REPO, number, 'APPROVE');
    await people.carol.review(REPO, number, 'COMMENT', 'hm');
    await write('main', 'other.txt', 'other\n', people.root);
    await people.alice.must('PUT', `${PULLS}/${number}/update-branch`);
    const moved = await people.alice.pullRequest(REPO, number);
    const reviews = () => people.alice.must<ReviewAnswer[]>('GET', `${PULLS}/${number}/reviews`);
    expect(moved.head.sha).not.toBe(head.sha);
    expect((await reviews()).map((one) => one.commit_id)).toEqual([moved.head.sha, head.sha]);
    const update = await readCommit(dir(), moved.head.sha);
    expect(update.committer).toMatchObject({ name: 'GitHub', email: 'noreply@github.com' });
    expect(update.parents).toHaveLength(2);
    await write(head.ref, 'more.yml', 'x: 1\n');
    expect((await reviews())[0]?.commit_id).toBe(moved.head.sha);
    const again = await people.alice.call('PUT', `${PULLS}/${number}/update-branch`);
    expect(again.status).toBe(422);
  });

  test('a verdict can be dismissed by who may write, a comment cannot', async () => {
    const { number } = await open();
    const { id } = await people.bob.review(REPO, number, 'APPROVE');
    const { id: comment } = await people.bob.review(REPO, number, 'COMMENT', 'hm');
    const dismiss = (who: Person, review: number) =>
      who.call('PUT', `${PULLS}/${number}/reviews/${review}/dismissals`, { message: 'stale' });
    expect((await dismiss(people.mallory, id)).status).toBe(403);
    expect((await dismiss(people.root, comment)).status).toBe(422);
    expect((await dismiss(people.root, id)).body).toMatchObject({ state: 'DISMISSED' });
  });

  test('a team’s request is gone after one of its members has reviewed, a child team’s too', async () => {
    const { number } = await open();
    const requests = `${PULLS}/${number}/requested_reviewers`;
    const wish = { reviewers: ['carol'], team_reviewers: ['payments'] };
    expect((await people.app.call('POST', requests, wish)).status).toBe(201);
    const asked = async () => {
      const { requested_reviewers, requested_teams } = await people.alice.pullRequest(REPO, number);
      return [
        requested_reviewers?.map(({ login }) => login),
        requested_teams?.map(({ slug }) => slug),
      ];
    };
    expect(await asked()).toEqual([['carol'], ['payments']]);
    // erin is in payments only by its child team.
    await people.erin.review(REPO, number, 'COMMENT', 'looking').catch(() => null);
    await people.bob.review(REPO, number, 'COMMENT', 'looking');
    expect(await asked()).toEqual([['carol'], []]);
    await people.alice.must('DELETE', requests, { reviewers: ['carol'] });
    expect(await asked()).toEqual([[], []]);
  });

  test.each([
    ['the author', { reviewers: ['alice'] }],
    ['somebody without access', { reviewers: ['zed'] }],
    ['nobody', { reviewers: ['nobody-at-all'] }],
    ['a team without access', { team_reviewers: ['outside'] }],
  ])('no review is requested from %s', async (_, wish) => {
    const path = `${PULLS}/1/requested_reviewers`;
    expect((await people.app.call('POST', path, wish)).status).toBe(422);
  });
});

describe('merging', () => {
  const merge = (who: Person, number: number, body: unknown = {}) =>
    who.call('PUT', `${PULLS}/${number}/merge`, body);

  test('waits for the required check of the app that it is pinned to', async () => {
    const { number, head } = await open();
    const missing = await merge(people.bob, number);
    expect(missing.status).toBe(405);
    expect(missing.body).toMatchObject({ message: 'Required status check "daypass" is expected.' });
    await pass(head.sha, 'action_required');
    expect((await merge(people.bob, number)).body).toMatchObject({
      message: 'Required status check "daypass" is failing.',
    });
    await pass(head.sha);
    expect((await merge(people.mallory, number)).status).toBe(403);
    expect((await merge(people.bob, number, { sha: '0'.repeat(40) })).status).toBe(409);
    expect((await merge(people.bob, number, { sha: head.sha })).status).toBe(200);
    expect((await merge(people.bob, number)).status).toBe(405);
  });

  test('merge: two parents, by the web committer', async () => {
    const { number, head } = await open();
    const before = await main();
    const { sha } = await people.root.merge(REPO, number);
    const commit = await readCommit(dir(), sha);
    expect(commit.parents).toEqual([before, head.sha]);
    expect(commit.committer.email).toBe('noreply@github.com');
    expect(commit.author.email).toBe('root@acme.test');
    expect(commit.message).toContain(`Merge pull request #${number} from acme/${head.ref}`);
    const pull = await people.alice.pullRequest(REPO, number);
    expect(pull).toMatchObject({ merged: true, state: 'closed', merge_commit_sha: sha });
    expect(pull.merged_by?.login).toBe('root');
    expect([pull.commits, pull.changed_files, pull.base.sha]).toEqual([1, 1, before]);
    for (const landed of [sha, head.sha]) {
      const pulls = await people.app.must<{ number: number }[]>(
        'GET',
        `/repos/${REPO}/commits/${landed}/pulls`,
      );
      expect(pulls.map((one) => one.number)).toEqual([number]);
    }
  });

  test('squash: one commit of the author; rebase: each commit again, by who merges', async () => {
    const squashed = await open();
    const before = await main();
    const { sha } = await people.root.merge(REPO, squashed.number, { merge_method: 'squash' });
    const commit = await readCommit(dir(), sha);
    expect([commit.parents, commit.author.email]).toEqual([[before], 'alice@acme.test']);
    expect(commit.message).toMatch(new RegExp(`^Add files/.* \\(#${squashed.number}\\)$`));

    const rebased = await open();
    await write(rebased.head.ref, 'second.yml', 'b: 2\n');
    const { sha: last } = await people.root.merge(REPO, rebased.number, { merge_method: 'rebase' });
    const pull = github.state.pulls.get(rebased.id);
    expect(pull?.landed).toHaveLength(2);
    expect([pull?.merge_commit_sha, pull?.landed.at(-1)]).toEqual([last, last]);
    const [first, second] = await readCommits(dir(), pull?.landed ?? []);
    expect([first?.parents, second?.parents]).toEqual([[sha], [first?.sha]]);
    expect([first?.author.email, first?.committer.email]).toEqual([
      'alice@acme.test',
      'root@acme.test',
    ]);
  });

  test('a conflict is 405, whatever the method', async () => {
    const first = await open('same.txt', 'one\n');
    const second = await open('same.txt', 'two\n');
    await people.root.merge(REPO, first.number);
    const now = await people.alice.pullRequest(REPO, second.number);
    expect([now.mergeable, now.mergeable_state]).toEqual([false, 'dirty']);
    for (const merge_method of ['merge', 'squash', 'rebase'])
      expect((await merge(people.root, second.number, { merge_method })).status).toBe(405);
  });

  test('a push to the base that holds the head merges the pull request', async () => {
    const { number, head } = await open();
    const { git } = await people.root.clone(REPO);
    await git('checkout', '--quiet', '-B', 'main', 'origin/main');
    await git('merge', '--quiet', '--no-ff', '--no-edit', head.sha);
    await git('push', '--quiet', 'origin', 'main');
    const pull = await people.alice.pullRequest(REPO, number);
    expect([pull.merged, pull.merged_by?.login, pull.merge_commit_sha]).toEqual([
      true,
      'root',
      await main(),
    ]);
  });
});

describe('the life of a pull request', () => {
  test('needs a branch that brings something, once', async () => {
    const { head } = await open();
    const create = (body: unknown) =>
      people.alice.call('POST', PULLS, { title: 't', base: 'main', ...Object(body) });
    expect((await create({ head: head.ref })).status).toBe(422);
    expect((await create({ head: 'main' })).status).toBe(422);
    expect((await create({ head: 'nothing' })).status).toBe(422);
  });

  test('is closed, opened again, renamed, and closed with its branch', async () => {
    const { number, head } = await open();
    const patch = (body: unknown) =>
      people.alice.must<PullRequestFull>('PATCH', `${PULLS}/${number}`, body);
    expect((await patch({ state: 'closed', title: 'New' })).state).toBe('closed');
    expect((await patch({ state: 'open' })).state).toBe('open');
    await people.alice.must('DELETE', `/repos/${REPO}/git/refs/heads/${head.ref}`);
    const gone = await people.alice.pullRequest(REPO, number);
    expect([gone.state, gone.merged, gone.title]).toEqual(['closed', false, 'New']);
  });

  test('is listed by state, head and base, page by page', async () => {
    const list = async (query: string) => {
      const answer = await people.alice.call<PullRequestFull[]>('GET', `${PULLS}?${query}`);
      return { numbers: answer.body.map(({ number }) => number), link: answer.headers.get('link') };
    };
    const everything = await list('state=all&per_page=100');
    expect(everything.link).toBeNull();
    const page = await list('state=all&per_page=2&page=2');
    expect(page.numbers).toEqual(everything.numbers.slice(2, 4));
    expect(page.link).toContain('page=3>; rel="next"');
    expect((await list('state=all&head=acme:topic-1')).numbers).toEqual([1]);
    expect((await list('base=elsewhere')).numbers).toEqual([]);
  });

  test('its base stays what it was while others push to the base branch, until its head moves', async () => {
    const { number, base, head } = await open();
    await write('main', 'later.txt', 'later\n', people.root);
    expect((await people.alice.pullRequest(REPO, number)).base.sha).toBe(base.sha);
    await write(head.ref, 'later.yml', 'l: 1\n');
    expect((await people.alice.pullRequest(REPO, number)).base.sha).toBe(await main());
  });
});
