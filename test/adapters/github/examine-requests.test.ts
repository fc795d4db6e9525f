import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { examineRequestsApp } from '../../../src/adapters/github/requests-app/examine.js';
import type { SeedInput } from '../../../lab/github/seed.js';
import { OTHER_KEY } from '../../../lab/github/testing.js';
import { REPO, startWorld, type World } from './world.js';

jest.setTimeout(120_000);

const APP = 6161;
let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

type Permissions = NonNullable<NonNullable<SeedInput['apps']>[number]['permissions']>;
const NEEDED: Permissions = { contents: 'write', pull_requests: 'write', metadata: 'read' };

/** What doctor finds of an App with these permissions in a repository that is so confined. */
async function findings(
  permissions: Permissions,
  confined: NonNullable<SeedInput['repos']>[number]['confined'],
  key = OTHER_KEY,
) {
  world = await startWorld((plain) => ({
    ...plain,
    repos: (plain.repos ?? []).map((repo) =>
      repo.name === 'access' && confined ? { ...repo, confined } : repo,
    ),
    apps: [
      ...(plain.apps ?? []),
      {
        ...{ app_id: APP, slug: 'daypass-requests', private_key: OTHER_KEY, permissions },
        installations: [{ id: 79, account: 'acme', repositories: ['access'] }],
      },
    ],
  }));
  const found: string[] = [];
  const { apiUrl, deadline_ms, retries_ms } = world.config;
  const config = { apiUrl, deadline_ms, retries_ms, repository: REPO };
  for await (const one of examineRequestsApp({ ...config, appId: APP, privateKey: key }))
    found.push(`${one.is}: ${one.found}`);
  return found;
}

describe('doctor looks at the requests App', () => {
  test('which may do what it needs, and is kept to its branches', async () => {
    expect(await findings(NEEDED, { to: 'daypass/' })).toEqual([
      'good: is installed on acme/access',
      'good: has the 3 permissions that it needs',
      'good: a ruleset keeps it to daypass/',
      'good: cannot bypass the ruleset "requests"',
    ]);
  });

  test.each<[string, Permissions, Parameters<typeof findings>[1], string]>([
    [
      'may do more',
      { ...NEEDED, administration: 'write' },
      { to: 'daypass/' },
      'bad: has more than it needs: administration: write',
    ],
    [
      'may not write',
      { ...NEEDED, contents: 'read' },
      { to: 'daypass/' },
      'bad: lacks contents: write',
    ],
    [
      'is kept to nothing',
      NEEDED,
      undefined,
      'bad: no ruleset restricts creation and update of other branches',
    ],
    [
      'is kept out of its own branches',
      NEEDED,
      { to: 'elsewhere/' },
      'bad: a ruleset keeps it out of daypass/, too',
    ],
    [
      'bypasses the ruleset',
      NEEDED,
      { to: 'daypass/', bypass: [APP] },
      'bad: can bypass the ruleset "requests" (always)',
    ],
  ])('which %s', async (_, permissions, confined, says) => {
    expect(await findings(permissions, confined)).toContain(says);
  });
});
