import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readCommit, readCommits } from './git/read.js';
import type { Person } from './people.js';
import type { Scene } from './scene.js';
import { REPO, startScene } from './scene.js';
import type { PullRequestFull } from './views/types.js';

const PULLS = `/repos/${REPO}/pulls`;
let scene: Scene;
let people: Scene['people'];

beforeAll(async () => {
  scene = await startScene();
  people = scene.people;
}, 60_000);
afterAll(() => scene.close());

describe('merging', () => {
  const merge = (who: Person, number: number, body: unknown = {}) =>
    who.call('PUT', `${PULLS}/${number}/merge`, body);

  test('waits for the required check of the app that it is pinned to', async () => {
    const { number, head } = await scene.open();
    expect((await people.alice.pullRequest(REPO, number)).mergeable_state).toBe('blocked');
    const missing = await merge(people.bob, number);
    expect(missing.status).toBe(405);
    expect(missing.body).toMatchObject({ message: 'Required status check "daypass" is expected.' });
    await scene.check(head.sha, 'action_required');
    expect((await merge(people.bob, number)).body).toMatchObject({
      message: 'Required status check "daypass" is failing.',
    });
    await scene.check(head.sha);
    expect((await merge(people.mallory, number)).status).toBe(403);
    expect((await merge(people.bob, number, { sha: '0'.repeat(40) })).status).toBe(409);
    expect((await merge(people.bob, number, { sha: head.sha })).status).toBe(200);
    expect((await merge(people.bob, number)).status).toBe(405);
  });

  test('merge: two parents, by the web committer', async () => {
    const { number, head } = await scene.open();
    const before = await scene.main();
    const { sha } = await people.root.merge(REPO, number);
    const commit = await readCommit(scene.dir, sha);
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

  test('squash: one commit by the author; rebase: each commit again, by the person who merges', async () => {
    const squashed = await scene.open();
    const before = await scene.main();
    const { sha } = await people.root.merge(REPO, squashed.number, { merge_method: 'squash' });
    const commit = await readCommit(scene.dir, sha);
    expect([commit.parents, commit.author.email]).toEqual([[before], 'alice@acme.test']);
    expect(commit.message).toMatch(new RegExp(`^Add files/.* \\(#${squashed.number}\\)$`));

    const rebased = await scene.open();
    await scene.write(rebased.head.ref, 'second.yml', 'b: 2\n');
    const { sha: last } = await people.root.merge(REPO, rebased.number, { merge_method: 'rebase' });
    const pull = scene.github.state.pulls.get(rebased.id);
    expect(pull?.landed).toHaveLength(2);
    expect([pull?.merge_commit_sha, pull?.landed.at(-1)]).toEqual([last, last]);
    const [first, second] = await readCommits(scene.dir, pull?.landed ?? []);
    expect([first?.parents, second?.parents]).toEqual([[sha], [first?.sha]]);
    expect([first?.author.email, first?.committer.email]).toEqual([
      'alice@acme.test',
      'root@acme.test',
    ]);
  });

  test('a conflict is 405, with every method', async () => {
    const first = await scene.open('same.txt', 'one\n');
    const second = await scene.open('same.txt', 'two\n');
    await people.root.merge(REPO, first.number);
    const now = await people.alice.pullRequest(REPO, second.number);
    expect([now.mergeable, now.mergeable_state]).toEqual([false, 'dirty']);
    for (const merge_method of ['merge', 'squash', 'rebase'])
      expect((await merge(people.root, second.number, { merge_method })).status).toBe(405);
  });

  test('a push to the base that holds the head merges the pull request', async () => {
    const { number, head } = await scene.open();
    const { git } = await people.root.clone(REPO);
    await git('checkout', '--quiet', '-B', 'main', 'origin/main');
    await git('merge', '--quiet', '--no-ff', '--no-edit', head.sha);
    await git('push', '--quiet', 'origin', 'main');
    const pull = await people.alice.pullRequest(REPO, number);
    expect([pull.merged, pull.merged_by?.login, pull.merge_commit_sha]).toEqual([
      true,
      'root',
      await scene.main(),
    ]);
  });
});

describe('the life of a pull request', () => {
  test('needs a branch with new commits, and each branch can have one', async () => {
    const { head } = await scene.open();
    const create = (body: unknown) =>
      people.alice.call('POST', PULLS, { title: 't', base: 'main', ...Object(body) });
    expect((await create({ head: head.ref })).status).toBe(422);
    expect((await create({ head: 'main' })).status).toBe(422);
    expect((await create({ head: 'nothing' })).status).toBe(422);
  });

  test('is closed, reopened, renamed, and closed with its branch', async () => {
    const { number, head } = await scene.open();
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
    const { number, base, head } = await scene.open();
    await scene.write('main', 'later.txt', 'later\n', people.root);
    expect((await people.alice.pullRequest(REPO, number)).base.sha).toBe(base.sha);
    await scene.write(head.ref, 'later.yml', 'l: 1\n');
    expect((await people.alice.pullRequest(REPO, number)).base.sha).toBe(await scene.main());
  });
});
