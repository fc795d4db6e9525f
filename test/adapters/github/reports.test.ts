import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { connectGitHub } from '../../../src/adapters/github/github.js';
import { cutText } from '../../../src/adapters/github/reports.js';
import type { World } from './world.js';
import { ask, REPO, startWorld } from './world.js';

jest.setTimeout(120_000);

let world: World;
let number: number;
let head: string;
beforeAll(async () => {
  world = await startWorld();
  ({ number, head } = await ask(world));
  await world.ports.repository.source();
});
afterAll(() => world.close());

test.each<[string, string, number, string]>([
  ['what fits stays', 'abc', 50, 'abc'],
  ['the end of a line', `${'a'.repeat(30)}\n${'b'.repeat(40)}`, 70, 'a'.repeat(30)],
  ['a text without lines', 'a'.repeat(100), 60, 'a'.repeat(24)],
  ['never within a character', `${'a'.repeat(23)}😀${'b'.repeat(90)}`, 60, 'a'.repeat(23)],
])('a text is cut: %s', (_, text, max, kept) => {
  const cut = cutText(text, max);
  expect(cut.length).toBeLessThanOrEqual(max);
  expect(cut).toBe(text.length <= max ? kept : `${kept}\n\n_Cut here: GitHub shows no more._\n`);
});

test('a check run is completed, with its annotations, in one write', async () => {
  const annotation = { path: 'access-grants/production/a.yml', line: 2, message: 'no' };
  world.fresh();
  await world.ports.reports.check(
    {
      head_sha: head,
      conclusion: 'failure',
      title: 'Denied: no',
      summary: 'a line\n'.repeat(20_000),
      annotations: Array.from({ length: 60 }, () => annotation),
    },
    null,
  );
  expect(world.calls()).toEqual(['POST /repos/{owner}/{repo}/check-runs']);
  const [run] = [...world.github.state.check_runs.values()];
  expect(run).toMatchObject({
    name: 'daypass',
    head_sha: head,
    app_id: 4242,
    status: 'completed',
    conclusion: 'failure',
    output: { title: 'Denied: no' },
  });
  expect(run?.annotations).toHaveLength(50);
  expect(run?.annotations[0]).toMatchObject({ start_line: 2, annotation_level: 'failure' });
  expect(run?.output.summary).toMatch(/a line\n\n_Cut here: GitHub shows no more._\n$/);
});

test('a check run is written once, whatever the answer: there is no retry', async () => {
  const route = '/repos/{owner}/{repo}/check-runs';
  world.fault({ match: { method: 'POST', route }, do: { status: 502 } });
  world.fresh();
  const report = { head_sha: head, conclusion: 'success', title: 't', summary: 's' } as const;
  await expect(world.ports.reports.check({ ...report, annotations: [] }, null)).rejects.toThrow();
  expect(world.calls()).toEqual([`POST ${route}`]);
});

describe('a check run and its reviewers', () => {
  const check = () => ({
    ...{ head_sha: head, conclusion: 'action_required' as const, title: 'Not yet', summary: 's' },
    annotations: [{ path: 'access-grants/production/a.yml', line: 3, message: 'careful' }],
  });
  const newest = () => [...world.github.state.check_runs.values()].at(-1);
  const asked = () => {
    const pull = [...world.github.state.pulls.values()].find((one) => one.number === number);
    return [...(pull?.requested_user_ids ?? []), ...(pull?.requested_team_ids ?? [])];
  };

  test('take one write once the ids are known, and two before', async () => {
    const { reports, pullRequests } = connectGitHub({ ...world.config });
    world.fresh();
    expect(await reports.check(check(), { number, teams: [], users: ['bob'] })).toBeNull();
    expect(world.calls().filter((call) => !call.startsWith('GET'))).toEqual([
      'POST /repos/{owner}/{repo}/check-runs',
      'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers',
    ]);
    expect(asked()).toEqual([102]);
    const tip = (await world.ports.repository.source()).tip;
    await pullRequests.snapshot({ number, tip, step: null, teams: ['payments'] });
    await pullRequests.people({ teams: [], logins: ['Carol'] });
    world.fresh();
    const reviewers = { number, teams: ['payments'], users: ['carol'] };
    expect(await reports.check(check(), reviewers)).toBeNull();
    expect(world.calls()).toEqual(['POST /graphql']);
    expect(asked()).toEqual([102, 103, 6000]);
    expect(newest()).toMatchObject({
      head_sha: head,
      conclusion: 'action_required',
      output: { title: 'Not yet' },
      annotations: [{ start_line: 3, message: 'careful' }],
    });
    expect(world.github.github.violations.list()).toEqual([]);
  });

  test('a refusal of the reviewers is reported in words, and the check run is written', async () => {
    const { reports, pullRequests } = world.ports;
    const tip = (await world.ports.repository.source()).tip;
    const outside = { number, teams: ['outside'], users: [] };
    const refusal = /^GitHub refused to request the reviewers: .*not a collaborator/;
    const before = newest()?.id ?? 0;
    expect(await reports.check(check(), outside)).toMatch(refusal);
    await pullRequests.snapshot({ number, tip, step: null, teams: ['outside'] });
    world.fresh();
    expect(await reports.check(check(), outside)).toMatch(refusal);
    expect(world.calls()).toEqual(['POST /graphql']);
    expect(newest()?.id).toBeGreaterThan(before + 1);
  });

  test('a write that GitHub does not answer is not retried', async () => {
    const { reports } = world.ports;
    world.fault({ match: { method: 'POST', route: '/graphql' }, do: { status: 502 } });
    world.fresh();
    const reviewers = { number, teams: ['outside'], users: [] };
    await expect(reports.check(check(), reviewers)).rejects.toThrow();
    expect(world.calls()).toEqual(['POST /graphql']);
    const gone = { ...check(), head_sha: '1'.repeat(40) };
    await expect(reports.check(gone, reviewers)).rejects.toThrow('did not accept the check run');
  });
});

test('there is one comment: created, found again after its id was lost, updated, and created anew after it was deleted', async () => {
  const { reports } = world.ports;
  const bodies = () => [...world.github.state.comments.values()].map(({ body }) => body);
  await world
    .as('mallory')
    .comment(REPO, number, '<!-- daypass -->\nmine')
    .catch(() => null);
  const others = bodies();
  const id = await reports.comment(number, null, 'Active until 21:00');
  expect(await reports.comment(number, null, 'Active until 22:00')).toBe(id);
  world.fresh();
  expect(await reports.comment(number, id, 'Over')).toBe(id);
  expect(world.calls()).toEqual(['PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}']);
  expect(bodies()).toEqual([...others, '<!-- daypass -->\nOver']);
  await world.as('root').must('DELETE', `/repos/${REPO}/issues/comments/${id}`);
  expect(await reports.comment(number, id, 'Again')).not.toBe(id);
  expect(bodies()).toEqual([...others, '<!-- daypass -->\nAgain']);
});
