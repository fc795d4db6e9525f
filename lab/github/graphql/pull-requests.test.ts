import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nodeId } from '../node-id.js';
import type { Person } from '../people.js';
import { person } from '../people.js';
import { seed } from '../testing.js';
import type { AskedGitHub } from './asking.js';
import { pullId, startAsked } from './asking.js';

const REPO = 'acme/access';
const base = seed();
const access = base.repos?.[0];

let github: AskedGitHub;
let alice: Person;
let head: string;
beforeAll(async () => {
  const teams = base.teams?.map((team) =>
    team.slug === 'payments' ? { ...team, repos: { access: 'write' as const } } : team,
  );
  const open = { ...access, owner: 'acme', name: 'access', protection: undefined };
  github = await startAsked({ ...base, teams: teams ?? [], repos: [open] });
  alice = person(github.url, 'tok_alice');
  head = await alice.push(REPO, { branch: 'topic', files: { 'a.txt': 'a\n', 'README.md': null } });
  await alice.openPullRequest(REPO, { title: 'Add a', head: 'topic', body: 'Why' });
});
afterAll(async () => {
  await alice.close();
  await github.close();
});

async function pull(fields: string, number = 1): Promise<unknown> {
  const query = `query ($number: Int!) { repository(owner: "acme", name: "access") {
    pullRequest(number: $number) { ${fields} } } }`;
  const { data, errors } = await github.ask(github.daypass, query, { number });
  expect(errors).toBeUndefined();
  return (data?.['repository'] as { pullRequest: unknown }).pullRequest;
}

test('an open pull request', async () => {
  const fields = `number title body state isDraft merged mergeable changedFiles url
    author { __typename login ... on User { databaseId } } mergedBy { login } mergeCommit { oid }
    baseRefName baseRefOid headRefName headRefOid headRepository { databaseId nameWithOwner }
    files(first: 10) { nodes { path changeType additions deletions } }
    commits(first: 10) { totalCount nodes { commit { oid author { user { databaseId } } } } }`;
  const main = github.state.pulls.values().next().value?.base.sha;
  expect(await pull(fields)).toEqual({
    ...{ number: 1, title: 'Add a', body: 'Why', state: 'OPEN', isDraft: false, merged: false },
    ...{ mergeable: 'MERGEABLE', changedFiles: 2, url: `${github.url}/acme/access/pull/1` },
    author: { __typename: 'User', login: 'alice', databaseId: 101 },
    ...{ mergedBy: null, mergeCommit: null },
    ...{ baseRefName: 'main', baseRefOid: main, headRefName: 'topic', headRefOid: head },
    headRepository: { databaseId: 7000, nameWithOwner: REPO },
    files: {
      nodes: [
        { path: 'README.md', changeType: 'DELETED', additions: 0, deletions: 5 },
        { path: 'a.txt', changeType: 'ADDED', additions: 1, deletions: 0 },
      ],
    },
    commits: {
      totalCount: 1,
      nodes: [{ commit: { oid: head, author: { user: { databaseId: 101 } } } }],
    },
  });
});

test('reviews are paged and can be filtered by their state', async () => {
  const bob = person(github.url, 'tok_bob');
  const daypass = person(github.url, github.daypass);
  const asked = await bob.review(REPO, 1, 'REQUEST_CHANGES', 'no');
  const approved = await bob.review(REPO, 1, 'APPROVE');
  await daypass.review(REPO, 1, 'COMMENT', 'hm');
  const view =
    'fullDatabaseId state author { login __typename ... on Bot { databaseId } } commit { oid }';
  const page = (await pull(
    `reviews(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { ${view} } }`,
  )) as { reviews: { pageInfo: { endCursor: string } } };
  const author = { login: 'bob', __typename: 'User' };
  expect(page).toMatchObject({
    reviews: {
      totalCount: 3,
      pageInfo: { hasNextPage: true },
      nodes: [
        { fullDatabaseId: String(asked.id), state: 'CHANGES_REQUESTED', author },
        { fullDatabaseId: String(approved.id), state: 'APPROVED', author, commit: { oid: head } },
      ],
    },
  });
  const { endCursor } = page.reviews.pageInfo;
  const bot = { login: 'daypass', __typename: 'Bot', databaseId: 41_004_242 };
  expect(
    await pull(`reviews(first: 2, after: "${endCursor}") { nodes { ${view} } }
      approvals: reviews(states: [APPROVED]) { totalCount }`),
  ).toMatchObject({
    reviews: { nodes: [{ state: 'COMMENTED', author: bot }] },
    approvals: { totalCount: 1 },
  });
});

const REQUEST = `mutation ($input: RequestReviewsInput!) { requestReviews(input: $input) {
  clientMutationId actor { login }
  pullRequest { reviewRequests(first: 10) { totalCount nodes { requestedReviewer {
    __typename ... on User { login databaseId } ... on Team { slug databaseId } } } } } } }`;

test('with union, reviews are requested from more people; without it, only from those named', async () => {
  const pullRequestId = pullId(github, 1);
  const userIds = [nodeId('User', 103)];
  const carol = { requestedReviewer: { __typename: 'User', login: 'carol', databaseId: 103 } };
  const payments = {
    requestedReviewer: { __typename: 'Team', slug: 'payments', databaseId: 6000 },
  };
  const request = async (input: Record<string, unknown>) => {
    const answer = await github.ask(github.daypass, REQUEST, {
      input: { pullRequestId, ...input },
    });
    return answer.data ?? answer.errors;
  };
  expect(await request({ userIds, clientMutationId: 'x' })).toMatchObject({
    requestReviews: {
      clientMutationId: 'x',
      actor: { login: 'daypass' },
      pullRequest: { reviewRequests: { totalCount: 1, nodes: [carol] } },
    },
  });
  const teamIds = [nodeId('Team', 6000)];
  expect(await request({ teamIds, union: true })).toMatchObject({
    requestReviews: { pullRequest: { reviewRequests: { nodes: [carol, payments] } } },
  });
  expect(await request({ teamIds })).toMatchObject({
    requestReviews: { pullRequest: { reviewRequests: { nodes: [payments] } } },
  });
});

test.each([
  [nodeId('User', 101), 'UNPROCESSABLE', 'Review cannot be requested from pull request author.'],
  [nodeId('User', 106), 'UNPROCESSABLE', /not a collaborator of the acme\/access repository/],
  [nodeId('User', 999), 'NOT_FOUND', /Could not resolve to a node with the global id of/],
  [nodeId('Team', 6000), 'NOT_FOUND', /Could not resolve to a node with the global id of/],
])('a review cannot be requested from %s', async (id, type, message) => {
  const input = { pullRequestId: pullId(github, 1), userIds: [id] };
  const { data, errors } = await github.ask(github.daypass, REQUEST, { input });
  expect(data).toEqual({ requestReviews: null });
  expect(errors).toMatchObject([{ type, path: ['requestReviews'] }]);
  expect(errors?.[0]?.message).toMatch(message);
});

test('an app that may not write pull requests cannot request a review', async () => {
  const input = { pullRequestId: pullId(github, 1), userIds: [nodeId('User', 103)] };
  expect(await github.ask(github.other, REQUEST, { input })).toMatchObject({
    data: { requestReviews: null },
    errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }],
  });
});

const RUN = `checkRun { databaseId name status conclusion title summary
  annotations(first: 5) { nodes { path message annotationLevel location { start { line } } } } }`;

test('a check run is created and updated like over REST', async () => {
  const repositoryId = nodeId('Repository', 7000);
  const location = { startLine: 2, endLine: 2 };
  const annotations = [{ path: 'a.txt', annotationLevel: 'FAILURE', message: 'bad', location }];
  const output = { title: 'Denied: bad', summary: 'no', annotations };
  const input = { repositoryId, name: 'daypass', headSha: head, status: 'IN_PROGRESS' };
  const created = await github.ask(
    github.daypass,
    `mutation ($input: CreateCheckRunInput!) { createCheckRun(input: $input) { ${RUN} } }`,
    { input: { ...input, output } },
  );
  expect(created).toMatchObject({
    data: {
      createCheckRun: {
        checkRun: {
          ...{ name: 'daypass', status: 'IN_PROGRESS', conclusion: null, title: 'Denied: bad' },
          annotations: {
            nodes: [
              { path: 'a.txt', annotationLevel: 'FAILURE', location: { start: { line: 2 } } },
            ],
          },
        },
      },
    },
  });
  const [run] = [...github.state.check_runs.values()];
  const update = `mutation ($input: UpdateCheckRunInput!) { updateCheckRun(input: $input) { ${RUN} } }`;
  const change = { repositoryId, checkRunId: nodeId('CheckRun', run?.id ?? 0) };
  expect(
    await github.ask(github.daypass, update, { input: { ...change, conclusion: 'SUCCESS' } }),
  ).toMatchObject({
    data: {
      updateCheckRun: {
        checkRun: { databaseId: run?.id, status: 'COMPLETED', conclusion: 'SUCCESS' },
      },
    },
  });
  expect(await github.ask(github.other, update, { input: change })).toMatchObject({
    data: { updateCheckRun: null },
    errors: [{ type: 'FORBIDDEN' }],
  });
});

test('nodes are found by their ids', async () => {
  const ids = [
    ...[pullId(github, 1), nodeId('User', 101), nodeId('Repository', 7000)],
    ...[nodeId('Team', 6000), nodeId('Commit', `7000:${head}`), nodeId('Organization', 5000)],
  ];
  const { data } = await github.ask(
    github.daypass,
    'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Commit { oid } } }',
    { ids },
  );
  const kinds = ['PullRequest', 'User', 'Repository', 'Team', 'Commit', 'Organization'];
  expect(data).toMatchObject({ nodes: kinds.map((__typename, i) => ({ __typename, id: ids[i] })) });
});
