import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { connectGitHub } from '../../../src/adapters/github/github.js';
import type { LandedSteps } from '../../../src/ports.js';
import type { World } from './world.js';
import { ask, GRANT, REPO, startWorld } from './world.js';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const tipNow = async () => (await world.ports.repository.source()).tip;
const path = (name: string) => `access-grants/production/${name}.yml`;
const push = (name: string) =>
  world.as('root').push(REPO, { branch: 'main', files: { [path(name)]: GRANT } });

describe('commits that landed become steps', () => {
  test.each(['merge', 'squash', 'rebase'] as const)('by %s', async (merge_method) => {
    const before = await tipNow();
    const pushed = await push(`pushed-${merge_method}`);
    const { number } = await ask(world, merge_method, { [path(`${merge_method}-1`)]: GRANT });
    const head = await world
      .as('alice')
      .push(REPO, { branch: merge_method, files: { [path(`${merge_method}-2`)]: GRANT } });
    const { sha } = await world.as('root').merge(REPO, number, { merge_method });
    const after = await push(`after-${merge_method}`);

    const tip = await tipNow();
    expect(tip).toBe(after);
    const landed = await world.ports.repository.steps(before, tip);
    const step = { commit: sha, parent: pushed, pull_request: number };
    expect(landed).toEqual({
      steps: [
        { commit: pushed, parent: before, pull_request: null },
        step,
        { commit: after, parent: sha, pull_request: null },
      ],
      untold: null,
    });
    const snapshot = await world.ports.pullRequests.snapshot({
      number,
      tip: pushed,
      step,
      teams: [],
    });
    expect(snapshot.pull_request).toMatchObject({ state: 'merged', head_sha: head });
    expect(snapshot.comparison).toMatchObject({ merge_base: pushed, tip: pushed, head: sha });
    expect(snapshot.comparison.grants.map((change) => [change.path, change.tip])).toEqual([
      [path(`${merge_method}-1`), null],
      [path(`${merge_method}-2`), null],
    ]);
    expect(snapshot.contributors).toMatchObject({ people: [{ login: 'alice' }], unknown: [] });
    expect(snapshot.comparison).toEqual(await world.ports.repository.stepComparison(step));
  });

  test('somebody who deletes or renames the branch after the merge is not a contributor', async () => {
    const before = await tipNow();
    const { number } = await ask(world, 'tidied', { [path('tidied')]: GRANT });
    const { sha } = await world.as('root').merge(REPO, number);
    const bob = await world.as('bob').clone(REPO);
    await bob.git('push', '--quiet', 'origin', ':refs/heads/tidied');
    await world.as('bob').push(REPO, { branch: 'tidied', files: { 'x.md': 'x' }, force: true });
    const step = { commit: sha, parent: before, pull_request: number };
    const { contributors } = await world.ports.pullRequests.snapshot({
      number,
      tip: before,
      step,
      teams: [],
    });
    expect(contributors).toMatchObject({ people: [{ login: 'alice' }], unknown: [] });
  });

  test('invariant 7: pull requests that merged a commit into other branches do not prevent a step from being read', async () => {
    const { number } = await ask(world, 'many', { [path('many')]: GRANT });
    const { sha } = await world.as('root').merge(REPO, number);
    const { state } = world.github;
    const merged = [...state.pulls.values()].find((pull) => pull.number === number);
    if (!merged) throw new Error('it was merged');
    for (let n = 1; n <= 60; n += 1) {
      const other = { id: state.next_id(), number: 1_000 + n, base: { ref: `own-${n}`, sha } };
      state.pulls.set(other.id, { ...merged, ...other });
    }
    const next = await push('after-many');
    expect(await world.ports.repository.steps(sha, next)).toEqual({
      steps: [{ commit: next, parent: sha, pull_request: null }],
      untold: null,
    });
  });

  test('without new commits there is no step', async () => {
    const tip = await tipNow();
    expect(await world.ports.repository.steps(tip, tip)).toEqual({ steps: [], untold: null });
  });

  test('a merge that GitHub has not linked to its pull request yet is waited for; a push is not', async () => {
    const before = await tipNow();
    const pushed = await push('pushed-first');
    const { number } = await ask(world, 'late', { [path('late')]: GRANT });
    const { sha } = await world.as('root').merge(REPO, number);
    const { state } = world.github;
    const { steps } = world.ports.repository;
    const push_step = { commit: pushed, parent: before, pull_request: null };
    try {
      state.ties_late = true;
      const first = await steps(before, await tipNow());
      expect(first).toEqual({
        steps: [push_step],
        untold: { steps: [{ commit: sha, parent: pushed, pull_request: null }], for_ms: 0 },
      });
      const second = await steps(before, sha);
      if (second === 'rewritten') throw new Error('nothing was rewritten');
      expect(second.untold?.for_ms).toBeGreaterThan(0);
    } finally {
      state.ties_late = false;
    }
    expect(await steps(before, sha)).toEqual({
      steps: [push_step, { commit: sha, parent: pushed, pull_request: number }],
      untold: null,
    });
  });
});

describe('invariant 10: the source of truth is known by its ids', () => {
  test('it has the ids of installation, owner and repository, and the default branch', async () => {
    expect((await world.ports.repository.source()).source).toEqual({
      installation_id: 77,
      owner_id: 5000,
      repository_id: 7000,
      default_branch: 'main',
    });
  });

  test('a tip that descends, but not by first parents, is one step', async () => {
    const last = await tipNow();
    const { git } = await world.as('root').clone(REPO);
    await git('checkout', '--quiet', '-B', 'crossed', 'origin/main~1');
    await git('commit', '--quiet', '--allow-empty', '-m', 'Aside');
    await git('merge', '--quiet', '--no-ff', '-m', 'Crossed', 'origin/main');
    await git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
    const tip = await tipNow();
    expect(await world.ports.repository.steps(last, tip)).toEqual({
      steps: [{ commit: tip, parent: last, pull_request: null }],
      untold: null,
    } satisfies LandedSteps);
  });

  test('a rewritten branch is reported, and so is a last step that is gone', async () => {
    const last = await tipNow();
    const { git } = await world.as('root').clone(REPO);
    await git('checkout', '--quiet', '-B', 'rewritten', 'origin/main~1');
    await git('commit', '--quiet', '--allow-empty', '-m', 'Rewritten');
    await git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main');
    const tip = await tipNow();
    expect(tip).not.toBe(last);
    expect(await world.ports.repository.steps(last, tip)).toBe('rewritten');
    expect(await world.ports.repository.steps('3'.repeat(40), tip)).toBe('rewritten');
  });

  test("a token that has expired by GitHub's clock is renewed, for git as well", async () => {
    world.github.state.clock.advance(2 * 3_600_000);
    expect(await tipNow()).toMatch(/^[0-9a-f]{40}$/);
    world.github.state.clock.advance(2 * 3_600_000);
    const asked = { teams: [], logins: ['alice'] };
    expect((await world.ports.pullRequests.people(asked)).accounts['alice']?.id).toBe(101);
  });

  test('a renamed repository is followed and has the same ids', async () => {
    const root = world.as('root');
    await root.must('PATCH', `/repos/${REPO}`, { name: 'renamed' });
    const mirror = `${world.config.mirror}-renamed`;
    const { repository, reports } = connectGitHub({ ...world.config, mirror });
    const { source, tip } = await repository.source();
    expect(source).toMatchObject({ installation_id: 77, owner_id: 5000, repository_id: 7000 });
    expect(await repository.steps(tip, tip)).toEqual({ steps: [], untold: null });
    const plain = { title: 'x', summary: 'x', annotations: [], conclusion: 'success' as const };
    await reports.check({ ...plain, head_sha: tip }, null);
    await root.must('PATCH', '/repos/acme/renamed', { name: 'access' });
    expect((await world.ports.repository.source()).source).toEqual(source);
  });

  test('a repository that became another while it was read is an error, and is then reported', async () => {
    const repo = [...world.github.state.repos.values()][0];
    if (!repo) throw new Error('the world is not as it was made');
    await world.as('alice').push(REPO, { branch: 'trunk', files: { 'x.md': 'x' } });
    repo.default_branch = 'trunk';
    await expect(world.ports.pullRequests.open()).rejects.toThrow('was replaced by another one');
    expect((await world.ports.repository.source()).source.default_branch).toBe('trunk');
  });
});
