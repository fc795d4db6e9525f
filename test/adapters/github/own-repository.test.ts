import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { connectGitHub } from '../../../src/adapters/github/github.js';
import type { SeedInput } from '../../../lab/github/seed.js';
import type { World } from './world.js';
import { GRANT, startWorld } from './world.js';

jest.setTimeout(120_000);

const OWN = 'alice/access';
let world: World;
beforeAll(async () => {
  world = await startWorld((seed): SeedInput => ({
    ...seed,
    repos: [
      { owner: 'alice', name: 'access', private: true, collaborators: { bob: 'write' } },
      ...(seed.repos ?? []),
    ],
    apps: (seed.apps ?? []).map((app) =>
      app.slug === 'daypass' ? { ...app, installations: [{ id: 80, account: 'alice' }] } : app,
    ),
  }));
});
afterAll(() => world.close());

test("in a person's own repository, only its owner is a member and there are no teams", async () => {
  const { repository, pullRequests } = connectGitHub({
    ...world.config,
    repository: OWN,
    mirror: `${world.config.mirror}-own`,
  });
  const bob = world.as('bob');
  await bob.push(OWN, { branch: 'ask', files: { 'access-grants/production/a.yml': GRANT } });
  const { number } = await bob.openPullRequest(OWN, { title: 'Access', head: 'ask' });
  const { tip, source } = await repository.source();
  expect(source).toMatchObject({ installation_id: 80, owner_id: 101 });
  const snapshot = await pullRequests.snapshot({ number, tip, step: null, teams: ['payments'] });
  expect(snapshot.pull_request.author).toMatchObject({ login: 'bob' });
  expect(snapshot.teams).toEqual({ payments: null });
  const { accounts } = await pullRequests.people({ teams: [], logins: ['alice', 'bob'] });
  expect(accounts).toEqual({
    alice: { id: 101, login: 'alice', type: 'User', member: true },
    bob: { id: 102, login: 'bob', type: 'User', member: false },
  });
});
