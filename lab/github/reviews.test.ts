import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readCommit } from './git/read.js';
import { teamBySlug } from './lookup.js';
import type { Person } from './people.js';
import type { Scene } from './scene.js';
import { REPO, startScene } from './scene.js';
import type { ReviewAnswer } from './views/types.js';

const PULLS = `/repos/${REPO}/pulls`;
let scene: Scene;
let people: Scene['people'];

beforeAll(async () => {
  scene = await startScene();
  people = scene.people;
}, 60_000);
afterAll(() => scene.close());

test('nobody approves their own pull request', async () => {
  const { number } = await scene.open();
  const own = await people.alice.call('POST', `${PULLS}/${number}/reviews`, { event: 'APPROVE' });
  expect(own.status).toBe(422);
  expect(own.body).toMatchObject({ errors: ['Can not approve your own pull request'] });
  expect((await people.alice.review(REPO, number, 'COMMENT', 'mine')).state).toBe('COMMENTED');
  const blank = { event: 'REQUEST_CHANGES' };
  expect((await people.bob.call('POST', `${PULLS}/${number}/reviews`, blank)).status).toBe(422);
});

test('a push that leaves the patch alone keeps approvals, and any other does not', async () => {
  const { number, head } = await scene.open();
  await people.bob.review(REPO, number, 'APPROVE');
  await people.carol.review(REPO, number, 'COMMENT', 'hm');
  await scene.write('main', 'other.txt', 'other\n', people.root);
  await people.alice.must('PUT', `${PULLS}/${number}/update-branch`);
  const moved = await people.alice.pullRequest(REPO, number);
  const reviews = () => people.alice.must<ReviewAnswer[]>('GET', `${PULLS}/${number}/reviews`);
  expect(moved.head.sha).not.toBe(head.sha);
  expect((await reviews()).map((one) => one.commit_id)).toEqual([moved.head.sha, head.sha]);
  const update = await readCommit(scene.dir, moved.head.sha);
  expect(update.committer).toMatchObject({ name: 'GitHub', email: 'noreply@github.com' });
  expect(update.parents).toHaveLength(2);
  await scene.write(head.ref, 'more.yml', 'x: 1\n');
  expect((await reviews())[0]?.commit_id).toBe(moved.head.sha);
  const again = await people.alice.call('PUT', `${PULLS}/${number}/update-branch`);
  expect(again.status).toBe(422);
});

test('people who may write can dismiss a verdict; a comment cannot be dismissed', async () => {
  const { number } = await scene.open();
  const { id } = await people.bob.review(REPO, number, 'APPROVE');
  const { id: comment } = await people.bob.review(REPO, number, 'COMMENT', 'hm');
  const dismiss = (who: Person, review: number) =>
    who.call('PUT', `${PULLS}/${number}/reviews/${review}/dismissals`, { message: 'stale' });
  expect((await dismiss(people.mallory, id)).status).toBe(403);
  expect((await dismiss(people.root, comment)).status).toBe(422);
  expect((await dismiss(people.root, id)).body).toMatchObject({ state: 'DISMISSED' });
});

test('a team’s request is gone after one of its members, or a member of a child team, has reviewed', async () => {
  const { number } = await scene.open();
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
  // erin is in payments only through its child team.
  await people.erin.review(REPO, number, 'COMMENT', 'looking');
  expect(await asked()).toEqual([['carol'], []]);
  expect((await people.app.call('POST', requests, wish)).status).toBe(201);
  expect(await asked()).toEqual([['carol'], ['payments']]);
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
])('no review can be requested from %s', async (_, wish) => {
  const path = `${PULLS}/1/requested_reviewers`;
  expect((await people.app.call('POST', path, wish)).status).toBe(422);
});

test('a review can be requested from a team that has its access from a parent team', async () => {
  const { number } = await scene.open();
  const { state } = scene.github.github;
  teamBySlug(state, 5000, 'payments-eu')?.repos.clear();
  const wish = { team_reviewers: ['payments-eu'] };
  const path = `${PULLS}/${number}/requested_reviewers`;
  expect((await people.app.call('POST', path, wish)).status).toBe(201);
});
