import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import type { Fault } from '../../lab/github/faults.js';
import { ask } from './asking.js';
import { SAID, startRequests, type RequestScene } from './request-scene.js';

let scene: RequestScene;
beforeAll(async () => {
  scene = await startRequests();
}, 60_000);
afterAll(() => scene.close());
afterEach(() => scene.github.github.faults.clear());

describe('invariant 24: GitHub does not go along: exit 2, and the token is not shown', () => {
  const fault = (method: string, route: string, how: Fault['do'], times = 1, nth = 1) =>
    scene.github.github.faults.add({ match: { method, route, nth }, do: how, times });
  const REFS = '/repos/{owner}/{repo}/git/refs';
  const PULLS = '/repos/{owner}/{repo}/pulls';

  async function fails(says: RegExp, change: Record<string, string> = {}) {
    const { exit, out, err } = await scene.request(SAID, change);
    expect(err.join('\n')).toMatch(says);
    expect([...out, ...err].join('\n')).not.toMatch(/tok_|wrong_secret/);
    expect(exit).toBe(2);
  }

  test('a wrong token', () =>
    scene.leavesNothing(() =>
      fails(/Bad credentials: sign in again/, { GH_TOKEN: 'wrong_secret' }),
    ));

  test('no token, or one that is none', async () => {
    const { GH_TOKEN: _, ...rest } = scene.env;
    const none = await ask(['request', ...SAID], { ...rest, PATH: '/nonexistent' });
    expect(none.err.join('\n')).toContain('GH_TOKEN is missing');
    expect(none.exit).toBe(2);
    await fails(/GH_TOKEN must be a token, without spaces/, { GH_TOKEN: 'wrong_secret x' });
  });

  test('a repository that the person does not see', () =>
    scene.leavesNothing(() =>
      fails(/Not Found: GitHub does not show acme\/other to alice/, {
        ACCESS_REPOSITORY: 'acme/other',
      }),
    ));

  test('somebody who may only read gets the link', () =>
    scene.leavesNothing(() =>
      fails(
        /mallory may not push to acme\/access: .* http\S+\/acme\/access\/new\/main\?filename=/,
        {
          GH_TOKEN: 'tok_mallory',
        },
      ),
    ));

  test('a token that lacks the permission', () =>
    scene.leavesNothing(async () => {
      const body = { message: 'Resource not accessible by personal access token' };
      fault('POST', REFS, { status: 403, body });
      await fails(/could not be made: Resource not accessible.*: alice may not do this/);
    }));

  test('the network is down', () =>
    fails(/GitHub does not answer/, { GITHUB_API_URL: 'http://127.0.0.1:9' }));

  test.each([
    [
      'PUT',
      '/repos/{owner}/{repo}/contents/{path}',
      /the file could not be committed: .*; nothing was left/,
    ],
    ['POST', PULLS, /the pull request could not be opened: .*; nothing was left behind/],
  ])('%s %s fails: the branch is removed again', (method, path, says) =>
    scene.leavesNothing(async () => {
      fault(method, path, { status: 422, body: { message: 'Validation Failed' } });
      await fails(says);
    }),
  );

  test('the branch cannot be removed: it says which was left behind', async () => {
    fault('POST', PULLS, { status: 500 });
    fault('DELETE', `${REFS}/{ref}`, { status: 500 });
    const before = scene.made();
    await fails(
      /; the branch daypass\/alice-orders-db\S* was left behind in acme\/access: remove it/,
    );
    expect(scene.made()).not.toBe(before);
  });

  test('a pull request whose answer is lost is found, and stays', async () => {
    fault('POST', PULLS, { drop: true, after: true });
    const before = scene.made()[1];
    const { number } = await scene.opened();
    expect(scene.made()[1]).toBe(before + 1);
    expect((await scene.alice.pullRequest(ACCESS_REPOSITORY, number)).state).toBe('open');
  });

  test('a branch of that name exists: another is tried', async () => {
    fault('POST', REFS, { status: 422, body: { message: 'Reference already exists' } });
    expect((await scene.opened()).outcome).toBe('awaiting_review');
    scene.github.github.faults.clear();
    fault('POST', REFS, { status: 422, body: { message: 'Reference already exists' } }, 3);
    await fails(/there is a branch of each name that was tried/);
  });

  test('teams that the token may not read: it is asked for all the same', async () => {
    const errors = [{ type: 'INSUFFICIENT_SCOPES', message: 'needs read:org' }];
    // The second query is about people; the first reads policies/.
    fault('POST', '/graphql', { body: { data: null, errors } }, 1, 2);
    const found = await scene.opened();
    expect(found).toMatchObject({ outcome: 'could_not_tell', requirements: [] });
    expect(JSON.stringify(found)).toContain('needs read:org');
  });

  test('policies/ that are not what git has are not gone by', () =>
    scene.leavesNothing(async () => {
      const blobs = Array.from({ length: 50 }, (_, i) => [
        `b${String(i)}`,
        { text: 'x', isTruncated: false },
      ]);
      fault(
        'POST',
        '/graphql',
        { body: { data: { repository: Object.fromEntries(blobs) as object } } },
        9,
      );
      await fails(/GitHub gave other text for policies\/ than git has/);
    }));
});
