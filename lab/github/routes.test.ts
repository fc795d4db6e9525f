import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readCommit } from './git/read.js';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { APP_KEY, seed, signJwt } from './testing.js';
import type { CommentAnswer } from './views/types.js';

const REPO = '/repos/acme/access';
let github: RunningGitHub;
let root: Person;
let alice: Person;
let bob: Person;
let app: Person;
let start: string;

beforeAll(async () => {
  github = await startGitHub(seed());
  root = person(github.url, 'tok_root');
  alice = person(github.url, 'tok_alice');
  bob = person(github.url, 'tok_bob');
  const jwt = person(github.url, signJwt(APP_KEY));
  const { token } = await jwt.must<{ token: string }>(
    'POST',
    '/app/installations/77/access_tokens',
  );
  app = person(github.url, token);
  start = (await app.must<{ object: { sha: string } }>('GET', `${REPO}/git/ref/heads/main`)).object
    .sha;
  await alice.must('POST', `${REPO}/git/refs`, { ref: 'refs/heads/a/topic', sha: start });
}, 60_000);
afterAll(() => github.close());

const base64 = (text: string) => Buffer.from(text).toString('base64');
const put = (who: Person, path: string, body: unknown) =>
  who.call<{ content: { sha: string }; commit: { sha: string } }>(
    'PUT',
    `${REPO}/contents/${path}`,
    body,
  );

describe('contents', () => {
  test('are committed like in the browser', async () => {
    const wish = { message: 'Add x', content: base64('x: 1\n'), branch: 'a/topic' };
    const made = await put(alice, 'dir/x.yml', wish);
    expect(made.status).toBe(201);
    const dir = github.state.repos.get(7000)?.dir ?? '';
    expect(await readCommit(dir, made.body.commit.sha)).toMatchObject({
      parents: [start],
      author: { email: 'alice@acme.test' },
      committer: { name: 'GitHub', email: 'noreply@github.com' },
    });
    expect((await put(alice, 'dir/x.yml', wish)).status).toBe(422);
    expect((await put(alice, 'dir/x.yml', { ...wish, sha: start })).status).toBe(409);
    const { sha } = made.body.content;
    expect(
      (await put(alice, 'dir/x.yml', { ...wish, content: base64('x: 2\n'), sha })).status,
    ).toBe(200);
    const read = await app.must<{ content: string }>(
      'GET',
      `${REPO}/contents/dir/x.yml?ref=a/topic`,
    );
    expect(Buffer.from(read.content, 'base64').toString()).toBe('x: 2\n');
    expect((await app.call('GET', `${REPO}/contents/dir/x.yml`)).status).toBe(404);
  });

  test('of a protected branch can be changed only by admins', async () => {
    const wish = { message: 'm', content: base64('y') };
    expect((await put(alice, 'y', wish)).status).toBe(409);
    expect((await put(root, 'y', wish)).status).toBe(201);
  });
});

test('the rules of a branch can be read with no more than metadata', async () => {
  const repo = github.state.repos.get(7000);
  const rule = repo?.protection.get('main');
  if (!repo || !rule) throw new Error('main is not protected');
  const rules = () => app.must<{ type: string }[]>('GET', `${REPO}/rules/branches/main`);
  const checks = async () =>
    (
      await app.must<{ protection: { required_status_checks: { checks: unknown[] } } }>(
        'GET',
        `${REPO}/branches/main`,
      )
    ).protection.required_status_checks.checks;
  expect([await rules(), await checks()]).toEqual([[], rule.required_checks]);
  repo.protection.set('main', { ...rule, ruleset: true });
  expect((await rules()).map(({ type }) => type)).toEqual(['required_status_checks']);
  expect(await checks()).toEqual([]);
  repo.protection.set('main', rule);
});

describe('git', () => {
  test('is read by ref, tree, blob and comparison', async () => {
    const tree = await app.must<{ tree: { path: string; type: string }[] }>(
      'GET',
      `${REPO}/git/trees/a/topic?recursive=1`,
    );
    expect(tree.tree.map(({ path, type }) => `${type} ${path}`)).toEqual([
      'blob README.md',
      'tree dir',
      'blob dir/x.yml',
    ]);
    const compare = await app.must<{
      merge_base_commit: { sha: string };
      status: string;
      ahead_by: number;
    }>('GET', `${REPO}/compare/main...a/topic`);
    expect(compare).toMatchObject({ status: 'diverged', ahead_by: 2, behind_by: 1 });
    expect(compare.merge_base_commit.sha).toBe(start);
    expect(await app.must('GET', `${REPO}/commits/main`)).toMatchObject({
      author: { login: 'root' },
      committer: null,
      files: [{ filename: 'y', status: 'added' }],
    });
    expect((await app.call('GET', `${REPO}/git/ref/heads/a`)).status).toBe(404);
  });

  test('refs only move forward, unless forced', async () => {
    const ref = `${REPO}/git/refs/heads/a/topic`;
    expect((await alice.call('PATCH', ref, { sha: start })).status).toBe(422);
    expect(
      (await alice.call('PATCH', `${REPO}/git/refs/heads/main`, { sha: start, force: true }))
        .status,
    ).toBe(422);
    expect(
      (await bob.call('POST', `${REPO}/git/refs`, { ref: 'refs/heads/a/topic', sha: start }))
        .status,
    ).toBe(422);
  });
});

describe('organisations', () => {
  const MEMBERS = '/orgs/acme/teams/payments/members';
  const logins = async (who: Person, path: string) =>
    (await who.must<{ login: string }[]>('GET', path)).map(({ login }) => login);

  test('a team’s members include those of its child teams', async () => {
    expect(await logins(app, MEMBERS)).toEqual(['bob', 'erin']);
  });

  test('secret teams do not exist for people outside', async () => {
    const slugs = async (who: Person) =>
      (await who.must<{ slug: string }[]>('GET', '/orgs/acme/teams')).map(({ slug }) => slug);
    expect(await slugs(alice)).toEqual(['payments', 'outside']);
    expect(await slugs(root)).toEqual(['payments', 'payments-eu', 'outside']);
    expect((await alice.call('GET', '/orgs/acme/teams/payments-eu')).status).toBe(404);
    expect(await app.must('GET', '/orgs/acme/teams/payments-eu')).toMatchObject({
      parent: { slug: 'payments' },
    });
  });
});

test('comments are written by people and apps, and changed by their authors', async () => {
  await alice.openPullRequest('acme/access', { title: 't', head: 'a/topic' });
  const comments = `${REPO}/issues/1/comments`;
  const { id } = await app.must<CommentAnswer>('POST', comments, { body: 'from the app' });
  const edit = (who: Person, comment: number) =>
    who.call('PATCH', `${REPO}/issues/comments/${comment}`, { body: 'edited' });
  expect((await edit(app, id)).body).toMatchObject({
    body: 'edited',
    user: { login: 'daypass[bot]' },
  });
  const person_comment = await bob.comment('acme/access', 1, 'from bob');
  expect((await edit(app, person_comment.id)).status).toBe(403);
  const list = await alice.must<CommentAnswer[]>('GET', comments);
  expect(list.map(({ body }) => body)).toEqual(['edited', 'from bob']);
  expect((await app.call('POST', comments, { body: '' })).status).toBe(422);
});

test('protection names the required checks and their apps', async () => {
  expect(await root.must('GET', `${REPO}/branches/main/protection`)).toMatchObject({
    required_status_checks: { checks: [{ context: 'daypass', app_id: 4242 }] },
    enforce_admins: { enabled: false },
  });
  expect(await app.must('GET', `${REPO}/branches/a/topic`)).toMatchObject({ protected: false });
});
