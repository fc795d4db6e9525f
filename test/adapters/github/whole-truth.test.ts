import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { connectGitHub } from '../../../src/adapters/github/github.js';
import type { FaultInput } from '../../../lab/github/faults.js';
import type { World } from './world.js';
import { ask, startWorld } from './world.js';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const look = async (number: number, teams: string[] = ['payments']) => {
  const { tip } = await world.ports.repository.source();
  return world.ports.pullRequests.snapshot({ number, tip, step: null, teams });
};

describe('invariant 3: an incomplete answer is an error', () => {
  const graphql = { method: 'POST', route: '/graphql' };
  const activity = { method: 'GET', route: '/repos/{owner}/{repo}/activity' };
  let number: number;
  beforeAll(async () => {
    ({ number } = await ask(world, 'faulty'));
  });

  test.each<[string, FaultInput, RegExp]>([
    [
      'GraphQL that fails again and again',
      { match: graphql, do: { status: 502 }, times: 3 },
      /set to answer like this/,
    ],
    [
      'activity that fails',
      { match: activity, do: { status: 500 }, times: 3 },
      /set to answer like this/,
    ],
    ['no answer', { match: activity, do: { drop: true }, times: 3 }, /./],
    [
      'an error beside the data',
      {
        match: graphql,
        do: {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: {
            data: { repository: null },
            errors: [{ type: 'FORBIDDEN', path: ['x'], message: 'no' }],
          },
        },
      },
      /could not answer: no/,
    ],
    [
      'data of another shape',
      {
        match: graphql,
        do: { status: 200, headers: { 'content-type': 'application/json' }, body: { data: {} } },
      },
      /does not have the expected shape/,
    ],
    ['activity of another shape', { match: activity, do: { status: 200, body: [{}] } }, /./],
  ])('%s', async (_, fault, why) => {
    world.fault(fault);
    await expect(look(number)).rejects.toThrow(why);
    world.github.github.faults.clear();
  });

  test('a read that failed once is retried, without an error', async () => {
    world.fault({ match: graphql, do: { status: 502 } });
    world.fault({ match: activity, do: { drop: true } });
    expect((await look(number)).pull_request.number).toBe(number);
  });

  const message = 'You have exceeded a secondary rate limit.';
  const within = { data: null, errors: [{ type: 'RATE_LIMITED', message }] };
  const json = { 'content-type': 'application/json' };
  test.each<[string, FaultInput, number]>([
    [
      '403',
      { match: graphql, do: { status: 403, headers: { 'retry-after': '7' }, body: { message } } },
      7_000,
    ],
    ['429', { match: activity, do: { status: 429, body: { message } } }, 60_000],
    [
      'GraphQL in an answer that is well',
      {
        match: graphql,
        do: { status: 200, headers: { ...json, 'retry-after': '9' }, body: within },
      },
      9_000,
    ],
  ])(
    'a rate limit by %s says when to try again, and nothing is sent before',
    async (_, fault, wait) => {
      const { pullRequests, repository } = connectGitHub(world.config);
      const { tip } = await repository.source();
      const see = () => pullRequests.snapshot({ number, tip, step: null, teams: ['payments'] });
      world.fault(fault);
      await expect(see()).rejects.toMatchObject({ name: 'RateLimited', retry_after_ms: wait });
      const asked = world.github.github.calls.list().length;
      await expect(pullRequests.open()).rejects.toThrow(/rate limit is reached, wait \d+ s/);
      await expect(see()).rejects.toMatchObject({ name: 'RateLimited' });
      expect(world.github.github.calls.list()).toHaveLength(asked);
    },
  );

  test('lists of more than one page are read to their end', async () => {
    const { state } = world.github;
    const members = [...state.teams.values()].find((team) => team.slug === 'outside')?.members;
    const pull = [...state.pulls.values()].find((one) => one.number === number);
    const repo = [...state.repos.values()][0];
    if (!members || !pull || !repo) throw new Error('the world is not as it was made');
    const at = state.clock.now();
    const [first] = repo.activity;
    for (let i = 0; i < 105; i += 1) {
      const user = {
        id: 20_000 + i,
        login: `m${i}`,
        type: 'User' as const,
        name: null,
        email: null,
      };
      state.users.set(user.id, { ...user, created_at: at });
      members.set(user.id, 'member');
      const review = {
        id: 30_000 + i,
        pull_id: pull.id,
        user_id: user.id,
        body: '',
        submitted_at: at,
      };
      state.reviews.set(review.id, { ...review, state: 'APPROVED', commit_id: pull.head.sha });
      if (first)
        repo.activity.push({
          ...first,
          id: 40_000 + i,
          ref: 'refs/heads/faulty',
          actor_id: user.id,
          before: pull.head.sha,
          after: pull.head.sha,
          activity_type: 'push',
        });
    }
    const snapshot = await look(number, ['outside']);
    expect(snapshot.teams['outside']?.members).toHaveLength(106);
    expect(snapshot.reviews.map(({ id }) => id)).toEqual(
      Array.from({ length: 105 }, (_, i) => 30_000 + i),
    );
    expect(snapshot.contributors.people).toHaveLength(106);
  });
});
