import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readRefs } from './git/read.js';
import { tryGit } from './git/run.js';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { APP_KEY, seed, signJwt } from './testing.js';

const REPO = 'acme/access';
let github: RunningGitHub;
let alice: Person;
let root: Person;
let folder: string;

beforeAll(async () => {
  github = await startGitHub(seed());
  alice = person(github.url, 'tok_alice');
  root = person(github.url, 'tok_root');
  folder = await mkdtemp(join(tmpdir(), 'git-http-'));
}, 60_000);
afterAll(async () => {
  await alice.close();
  await root.close();
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

const remote = (user: string | null, password = '') => {
  const url = new URL(`${github.url}/${REPO}.git`);
  if (user !== null) Object.assign(url, { username: user, password });
  return url.href;
};

const tokenOf = async (id: number) => {
  const key = person(github.url, signJwt(APP_KEY));
  return (await key.must<{ token: string }>('POST', `/app/installations/${id}/access_tokens`))
    .token;
};

test.each<[string, () => Promise<string>, boolean]>([
  ['nobody', async () => remote(null), false],
  ['somebody with a wrong token', async () => remote('alice', 'wrong'), false],
  ['somebody who cannot see it', async () => remote('zed', 'tok_zed'), false],
  ['a reader', async () => remote('whoever', 'tok_mallory'), true],
  ['an installation', async () => remote('x-access-token', await tokenOf(77)), true],
])('fetching as %s', async (_, address, allowed) => {
  expect((await tryGit(['ls-remote', await address()])).code === 0).toBe(allowed);
});

test('readers and installations with contents: read cannot push', async () => {
  const { git } = await alice.clone(REPO);
  for (const address of [remote('m', 'tok_mallory'), remote('x-access-token', await tokenOf(77))])
    await expect(git('push', address, 'HEAD:refs/heads/theirs')).rejects.toThrow(/403/);
});

test('only admins push to a protected branch, and nobody to refs/pull/', async () => {
  await expect(alice.push(REPO, { branch: 'main', files: { a: 'a\n' } })).rejects.toThrow(/GH006/);
  const sha = await root.push(REPO, { branch: 'main', files: { a: 'a\n' } });
  expect(
    (await readRefs(github.state.repos.get(7000)?.dir ?? '', 'refs/heads/')).get('refs/heads/main'),
  ).toBe(sha);
  const { git } = await root.clone(REPO);
  await expect(git('push', 'origin', 'HEAD:refs/pull/9/head')).rejects.toThrow(/hidden ref/);
});

test('the head of a pull request is a ref; any commit can be fetched by its sha, without its files', async () => {
  const first = await alice.push(REPO, { branch: 'topic', files: { 'x.yml': 'x: 1\n' } });
  const { number } = await alice.openPullRequest(REPO, { title: 't', head: 'topic' });
  const second = await alice.push(REPO, {
    branch: 'topic',
    files: { 'x.yml': 'x: 2\n' },
    force: true,
  });
  const listed = await tryGit(['ls-remote', remote('a', 'tok_alice'), `refs/pull/${number}/head`]);
  expect(listed.stdout.toString()).toContain(second);
  await tryGit(['init', '--quiet', folder]);
  const fetch = [
    'fetch',
    '--quiet',
    '--filter=blob:none',
    '--depth=1',
    remote('a', 'tok_alice'),
    first,
  ];
  expect((await tryGit(fetch, { cwd: folder })).code).toBe(0);
  const missing = ['rev-list', '--objects', '--missing=print', first];
  expect((await tryGit(missing, { cwd: folder })).stdout.toString()).toMatch(/^\?/m);
});

test.each(['alice@x', 'alice', ''])(
  'a push by the address "%s", which nobody has, moves the pull request like any other',
  async (address) => {
    const branch = `by-${address.length}`;
    await alice.push(REPO, { branch, files: { 'x.yml': 'x: 1\n' } });
    const { number } = await alice.openPullRequest(REPO, { title: 't', head: branch });
    const { git } = await alice.clone(REPO);
    const as = ['-c', `user.email=${address}`];
    await git('checkout', '--quiet', '--force', '-B', branch, `origin/${branch}`);
    await git(...as, 'commit', '--quiet', '--allow-empty', '--message', 'again');
    await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    const { head } = await alice.pullRequest(REPO, number);
    expect(head.sha).toBe(await git('rev-parse', 'HEAD'));
    const path = `/repos/${REPO}/commits/${head.sha}`;
    const commit = await alice.must<{ commit: object; author: unknown }>('GET', path);
    expect(commit).toMatchObject({ commit: { author: { email: address } }, author: null });
  },
);

test('repository activity says who moved which ref and how, newest first, by cursor', async () => {
  const { git } = await alice.clone(REPO);
  await git('push', '--quiet', 'origin', '--delete', 'topic');
  const path = `/repos/${REPO}/activity?ref=refs/heads/topic&per_page=2`;
  const page = await alice.call<{ activity_type: string; actor: { id: number } }[]>('GET', path);
  expect(page.body.map((one) => one.activity_type)).toEqual(['branch_deletion', 'force_push']);
  const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
  const rest = await alice.call<unknown[]>('GET', next.slice(github.url.length));
  expect(rest.body).toEqual([
    expect.objectContaining({
      activity_type: 'branch_creation',
      ref: 'refs/heads/topic',
      before: '0'.repeat(40),
      actor: expect.objectContaining({ login: 'alice' }),
    }),
  ]);
  expect(rest.headers.get('link')).not.toContain('rel="next"');
  const roots = await alice.must<unknown[]>('GET', `/repos/${REPO}/activity?actor=root&ref=main`);
  expect(roots).toHaveLength(1);
});
