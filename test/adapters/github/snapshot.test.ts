import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { World } from './world.js';
import { ask, GRANT, REPO, startWorld } from './world.js';

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
      head_ref: 'ask',
      head_sha: head,
      head_repository: 7000,
      merge_commit: null,
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
      // Those of the child team, which is secret, with them.
      payments: {
        slug: 'payments',
        id: 6000,
        members: [
          { id: 102, login: 'bob', type: 'User' },
          { id: 104, login: 'erin', type: 'User' },
        ],
      },
    });
    expect(snapshot.accounts).toEqual({
      alice: { id: 101, login: 'alice', type: 'User', member: true },
    });
    expect(snapshot.shares_head_with).toEqual([]);
  });
});
