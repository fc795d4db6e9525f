import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { APP_KEY, seed, signJwt } from './testing.js';

const REPO = '/repos/acme/access';
let github: RunningGitHub;
let root: Person;
let alice: Person;
let jwt: Person;
let app: Person;

const tokenOf = async (id: number) =>
  (await jwt.must<{ token: string }>('POST', `/app/installations/${id}/access_tokens`)).token;

beforeAll(async () => {
  const plain = seed('http://127.0.0.1:9/hooks');
  github = await startGitHub({
    ...plain,
    orgs: [
      ...(plain.orgs ?? []),
      { login: 'other', id: 5001, members: [{ login: 'root', role: 'admin' }] },
    ],
    apps: (plain.apps ?? []).map((one) => ({
      ...one,
      events: [...(one.events ?? []), 'repository'],
      installations: [
        ...(one.installations ?? []),
        ...(one.app_id === 4242 ? [{ id: 79, account: 'other' }] : []),
      ],
    })),
  });
  root = person(github.url, 'tok_root');
  alice = person(github.url, 'tok_alice');
  jwt = person(github.url, signJwt(APP_KEY));
  app = person(github.url, await tokenOf(77));
}, 60_000);
afterAll(async () => {
  for (const one of [root, alice, jwt, app]) await one.close();
  await github.close();
});

describe('the settings of a repository', () => {
  test('its name: the old one redirects to the id, for reads and writes, until another repository takes it', async () => {
    expect((await alice.call('PATCH', REPO, { name: 'grants' })).status).toBe(403);
    const { git } = await alice.clone('acme/access');
    expect(
      (await root.must<{ full_name: string }>('PATCH', REPO, { name: 'grants' })).full_name,
    ).toBe('acme/grants');
    const answer = await app.call('GET', `${REPO}/activity?ref=main`);
    expect(answer.status).toBe(301);
    const location = answer.headers.get('location') ?? '';
    expect(location).toBe(`${github.url}/repositories/7000/activity?ref=main`);
    expect((await app.call('GET', location.slice(github.url.length))).status).toBe(200);
    expect((await app.call('POST', `${REPO}/check-runs`, {})).status).toBe(307);
    expect((await jwt.call('GET', `${REPO}/installation`)).status).toBe(301);
    expect((await jwt.call('GET', '/repositories/7000/installation')).status).toBe(200);
    expect((await person(github.url, 'tok_zed').call('GET', REPO)).status).toBe(404);
    const named = (name: string) =>
      app.must<{ data: { repository: { name: string } } }>('POST', '/graphql', {
        query: `{ repository(owner: "acme", name: "${name}") { name } }`,
      });
    expect((await named('access')).data.repository.name).toBe('grants');
    await git('fetch', 'origin');
    await root.must('PATCH', '/repos/acme/grants', { name: 'access' });
    expect((await app.call('GET', REPO)).status).toBe(200);
    expect((await app.call('GET', '/repos/acme/grants')).status).toBe(301);
  });

  test('its default branch has to exist', async () => {
    expect((await root.call('PATCH', REPO, { default_branch: 'trunk' })).status).toBe(422);
    const { git } = await root.clone('acme/access');
    await git('push', '--quiet', 'origin', 'origin/main:refs/heads/trunk');
    const changed = await root.must<{ default_branch: string }>('PATCH', REPO, {
      default_branch: 'trunk',
    });
    expect(changed.default_branch).toBe('trunk');
    await root.must('PATCH', REPO, { default_branch: 'main' });
  });

  test('its owner: then another installation sees it, and the old one does not', async () => {
    const other = person(github.url, await tokenOf(79));
    expect((await other.call('GET', REPO)).status).toBe(404);
    const wish = { new_owner: 'other' };
    expect((await alice.call('POST', `${REPO}/transfer`, wish)).status).toBe(403);
    expect((await root.call('POST', `${REPO}/transfer`, wish)).status).toBe(202);
    expect((await other.call('GET', '/repos/other/access')).status).toBe(200);
    expect((await other.call('GET', REPO)).status).toBe(301);
    expect((await app.call('GET', REPO)).status).toBe(404);
    await root.must('POST', '/repos/other/access/transfer', { new_owner: 'acme' });
    await github.github.deliveries.settled();
    const told = github.github.deliveries
      .list()
      .map(({ event, action }) => `${event}.${String(action)}`);
    expect(new Set(told)).toEqual(
      new Set(['repository.renamed', 'repository.edited', 'repository.transferred', 'push.null']),
    );
  });

  test('a fork belongs to its owner: its pull requests are visible, and what is private in it is not', async () => {
    const forked = await alice.must<{ full_name: string; fork: boolean; private: boolean }>(
      'POST',
      `${REPO}/forks`,
      {},
    );
    expect(forked).toMatchObject({ full_name: 'alice/access', fork: true, private: true });
    const sha = await alice.push('alice/access', { branch: 'ask', files: { 'a.md': 'a\n' } });
    const pull = await alice.openPullRequest('acme/access', { title: 'Ask', head: 'alice:ask' });
    expect(pull.head).toMatchObject({ sha, repo: { full_name: 'alice/access', fork: true } });
    const { git } = await root.clone('acme/access');
    expect(await git('ls-remote', 'origin', `refs/pull/${pull.number}/head`)).toContain(sha);
    expect((await app.call('GET', '/repos/alice/access/activity')).status).toBe(404);
    await alice.must('PATCH', '/repos/alice/access', { private: false });
    const activity = await app.must<unknown[]>('GET', '/repos/alice/access/activity?ref=ask');
    expect(activity).toHaveLength(1);

    await alice.must('DELETE', '/repos/alice/access');
    const query = `{ repository(owner: "acme", name: "access") { pullRequest(number: ${pull.number}) {
      state headRefName headRefOid headRepository { name } headRepositoryOwner { login } } } }`;
    expect(await app.must('POST', '/graphql', { query })).toMatchObject({
      data: {
        repository: {
          pullRequest: {
            ...{ state: 'OPEN', headRefName: 'ask', headRefOid: sha },
            ...{ headRepository: null, headRepositoryOwner: null },
          },
        },
      },
    });
    expect(await git('ls-remote', 'origin', `refs/pull/${pull.number}/head`)).toContain(sha);
    expect((await root.call('DELETE', '/repos/acme/access')).status).toBe(422);
  });

  test("all answers have GitHub's shape", () => {
    expect(github.github.violations.list()).toEqual([]);
  });
});
