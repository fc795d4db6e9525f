import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { connectGitHub } from '../../../src/adapters/github/github.js';
import { Unreadable } from '../../../src/ports.js';
import { teamBySlug } from '../../../lab/github/lookup.js';
import type { World } from './world.js';
import { ask, GRANT, REPO, startWorld } from './world.js';

jest.setTimeout(120_000);

describe('a snapshot', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());

  const look = async (number: number, teams: string[] = ['payments']) => {
    const { tip } = await world.ports.repository.source();
    return world.ports.pullRequests.snapshot({ number, tip, step: null, teams });
  };

  test('has every fact of a pull request', async () => {
    const { number, head } = await ask(world);
    const review = await world.as('bob').review(REPO, number, 'APPROVE');
    const { tip } = await world.ports.repository.source();
    const snapshot = await look(number, ['payments', 'nobody']);

    expect(snapshot.pull_request).toEqual({
      number,
      url: `${world.github.url}/${REPO}/pull/${number}`,
      title: 'Access (ask)',
      state: 'open',
      author: { id: 101, login: 'alice', type: 'User' },
      base_ref: 'main',
      base_changed: false,
      head_ref: 'ask',
      head_sha: head,
      head_repository: 7000,
      merge_commit: null,
      merged_at: null,
    });
    expect(snapshot.comparison).toMatchObject({ tip, head, merge_base: tip, policies: [] });
    const [change] = snapshot.comparison.grants;
    expect(change).toMatchObject({
      path: 'access-grants/production/a.yml',
      before: null,
      tip: null,
    });
    expect(change?.after?.mode).toBe('100644');
    expect(new TextDecoder().decode(change?.after?.content ?? undefined)).toBe(GRANT);
    expect(snapshot.comparison.paths_after).toEqual(['access-grants/production/a.yml']);
    expect(snapshot.reviews).toEqual([
      {
        id: review.id,
        author: { id: 102, login: 'bob', type: 'User' },
        verdict: 'APPROVED',
        commit: head,
        submitted_at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown as string,
      },
    ]);
    expect(snapshot.contributors).toEqual({
      people: [{ id: 101, login: 'alice', type: 'User' }],
      unknown: [],
    });
    expect(snapshot.teams).toEqual({
      nobody: null,
      // The members of the child team, which is secret, are included.
      payments: {
        slug: 'payments',
        id: 6000,
        members: [
          { id: 102, login: 'bob', type: 'User' },
          { id: 104, login: 'erin', type: 'User' },
        ],
        below: [teamBySlug(world.github.state, 5000, 'payments-eu')?.id],
      },
    });
    expect(snapshot.accounts).toEqual({
      alice: { id: 101, login: 'alice', type: 'User', member: true },
    });
    expect(snapshot.shares_head_with).toEqual([]);
  });

  test('costs two reads, whatever has happened to the pull request', async () => {
    const { number, head } = await ask(world, 'counted');
    const { tip } = await world.ports.repository.source();
    const query = { number, tip, step: null, teams: ['payments', 'outside'] };
    const two = ['POST /graphql', 'GET /repos/{owner}/{repo}/activity'];
    world.fresh();
    await world.ports.pullRequests.snapshot(query);
    expect(world.calls()).toEqual(two);
    const report = { head_sha: head, title: 'Not yet: 1 of 2', summary: 's', annotations: [] };
    await world.ports.reports.check({ ...report, conclusion: 'action_required' }, null);
    expect(world.calls()).toEqual([...two, 'POST /repos/{owner}/{repo}/check-runs']);
    await world.as('bob').review(REPO, number, 'APPROVE');
    world.fresh();
    expect((await world.ports.pullRequests.snapshot(query)).reviews).toHaveLength(1);
    expect(world.calls().sort()).toEqual(two.toSorted());
    expect(world.fetches()).toBe(0);
  });

  test('a head that has moved is fetched, and its own activity is read', async () => {
    const { number } = await ask(world, 'moves-on');
    await look(number);
    const files = { 'access-grants/production/b.yml': GRANT };
    const head = await world.as('bob').push(REPO, { branch: 'moves-on', from: 'moves-on', files });
    world.fresh();
    const moved = await look(number);
    expect(moved.pull_request.head_sha).toBe(head);
    expect(moved.comparison.head).toBe(head);
    expect(moved.contributors.people.map(({ login }) => login).sort()).toEqual(['alice', 'bob']);
    expect(world.fetches()).toBeGreaterThan(0);
  });

  test('activity that was read in advance counts only for its own branch: a renamed branch is read by its name', async () => {
    const { number } = await ask(world, 'before');
    await look(number);
    const pull = [...world.github.state.pulls.values()].find((one) => one.number === number);
    if (!pull) throw new Error('the world is not as it was made');
    Object.assign(pull.head, { ref: 'after' });
    const { contributors } = await look(number);
    expect(contributors.unknown).toEqual([expect.stringContaining('activity for after')]);
  });

  test('open pull requests are listed, with those that share a head', async () => {
    const { number, head } = await ask(world, 'shared');
    const alice = world.as('alice');
    await (
      await alice.clone(REPO)
    ).git('push', '--quiet', 'origin', 'shared:refs/heads/shared-too');
    const other = await alice.openPullRequest(REPO, { title: 'Too', head: 'shared-too' });
    expect((await look(number)).shares_head_with).toEqual([other.number]);
    expect(await world.ports.pullRequests.open()).toEqual(
      expect.arrayContaining([
        { number, head_sha: head, updated_at: expect.any(String) as unknown },
        { number: other.number, head_sha: head, updated_at: expect.any(String) as unknown },
      ]),
    );
  });

  test('logins are looked up with their membership; an unknown one is null', async () => {
    const { accounts } = await world.ports.pullRequests.people({
      teams: [],
      logins: ['Bob', 'mallory', 'acme', 'nobody-here'],
    });
    expect(accounts).toEqual({
      bob: { id: 102, login: 'bob', type: 'User', member: true },
      mallory: { id: 105, login: 'mallory', type: 'User', member: false },
      acme: null,
      'nobody-here': null,
    });
    const nobody = { teams: [], logins: [] };
    expect(await world.ports.pullRequests.people(nobody)).toEqual({ teams: {}, accounts: {} });
  });

  test('a path that changed on both sides, and one that exists only at the tip', async () => {
    const paths = (name: string) => `access-grants/production/${name}.yml`;
    const root = world.as('root');
    await root.push(REPO, {
      branch: 'main',
      files: { [paths('both')]: 'one\n', [paths('old')]: 'x\n' },
    });
    const { number } = await ask(world, 'both', { [paths('both')]: 'mine\n' });
    await root.push(REPO, {
      branch: 'main',
      files: { [paths('both')]: 'theirs\n', [paths('tip')]: 'y\n', [paths('old')]: null },
    });
    const { comparison } = await look(number);
    const text = (version: { content: Uint8Array | null } | null | undefined) =>
      version?.content ? new TextDecoder().decode(version.content) : null;
    expect(
      comparison.grants.map((c) => [c.path, text(c.before), text(c.tip), text(c.after)]),
    ).toEqual([[paths('both'), 'one\n', 'theirs\n', 'mine\n']]);
    expect(comparison.paths_after).toEqual([paths('both'), paths('tip')]);
  });

  test('a head that moves while it is read is read again', async () => {
    const { number } = await ask(world, 'moving');
    const { tip } = await world.ports.repository.source();
    let moved: string | null = null;
    // The activity is read last; the head moves just before.
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (typeof input === 'string' && input.includes('/activity'))
        moved ??= await world.as('alice').push(REPO, {
          branch: 'moving',
          files: { 'access-grants/production/a.yml': `${GRANT}ticket: INC-1\n` },
        });
      return globalThis.fetch(input, init);
    };
    const mirror = `${world.config.mirror}-moving`;
    const { pullRequests } = connectGitHub({ ...world.config, mirror, fetch });
    const snapshot = await pullRequests.snapshot({ number, tip, step: null, teams: [] });
    expect(moved).not.toBeNull();
    expect(snapshot.pull_request.head_sha).toBe(moved);
    expect(snapshot.comparison.head).toBe(moved);
  });

  test('a merged pull request has the time of its merge', async () => {
    const { number } = await ask(world, 'merges', { 'access-grants/production/m.yml': GRANT });
    const before = world.github.state.clock.now().getTime();
    const { sha } = await world.as('root').merge(REPO, number);
    const { pull_request } = await look(number);
    expect(pull_request).toMatchObject({ state: 'merged', merge_commit: sha });
    // GitHub writes no fractions of a second.
    const merged_at = Date.parse(pull_request.merged_at ?? '');
    expect(merged_at).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000);
    expect(merged_at).toBeLessThanOrEqual(world.github.state.clock.now().getTime());
  });

  test('a pull request that does not exist is unreadable', async () => {
    await expect(look(9999)).rejects.toThrow(Unreadable);
  });
});
