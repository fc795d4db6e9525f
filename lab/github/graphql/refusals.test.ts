import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { person } from '../people.js';
import { seed } from '../testing.js';
import type { AskedGitHub } from './asking.js';
import { startAsked } from './asking.js';

let github: AskedGitHub;
beforeAll(async () => {
  github = await startAsked(seed(), { forgiving: true });
  const alice = person(github.url, 'tok_alice');
  await alice.push('acme/access', { branch: 'topic', files: { 'a.txt': 'a\n' } });
  await alice.openPullRequest('acme/access', { title: 'Add a', head: 'topic' });
  await alice.close();
});
afterAll(() => github.close());

const repository = (inner: string) => `{ repository(owner: "acme", name: "access") { ${inner} } }`;

test.each([
  [
    'a field that is not there',
    repository('nope'),
    "Field 'nope' doesn't exist on type 'Repository'",
  ],
  [
    'a field of another type',
    '{ viewer { ... on User { members(first: 1) { totalCount } } } }',
    "Field 'members' doesn't exist on type 'User'",
  ],
  [
    'a missing argument',
    '{ repository(owner: "acme") { id } }',
    'Field "repository" argument "name" of type "String!" is required, but it was not provided.',
  ],
  [
    'a fragment that cannot be',
    '{ viewer { ... on Bot { databaseId } } }',
    'Fragment cannot be spread here as objects of type "User" can never be of type "Bot".',
  ],
  [
    'a variable of another type',
    `query ($n: String!) ${repository('pullRequest(number: $n) { id }')}`,
    'Variable "$n" of type "String!" used in position expecting type "Int!".',
  ],
  ['no GraphQL', '{ viewer {', 'Syntax Error: Expected Name, found <EOF>.'],
])('%s is an error without data', async (_, query, message) => {
  const { data, errors } = await github.ask('tok_alice', query, { n: 'x' });
  expect(data).toBeUndefined();
  expect(errors?.[0]).toMatchObject({ message });
});

test.each<[string, Record<string, unknown>, (string | number)[], string]>([
  [
    '{ user(login: "nobody") { databaseId } }',
    { user: null },
    ['user'],
    "Could not resolve to a User with the login of 'nobody'.",
  ],
  [
    '{ user(login: "daypass[bot]") { databaseId } }',
    { user: null },
    ['user'],
    "Could not resolve to a User with the login of 'daypass[bot]'.",
  ],
  [
    '{ organization(login: "nobody") { id } }',
    { organization: null },
    ['organization'],
    "Could not resolve to an Organization with the login of 'nobody'.",
  ],
  [
    '{ repository(owner: "acme", name: "nope") { id } }',
    { repository: null },
    ['repository'],
    "Could not resolve to a Repository with the name 'acme/nope'.",
  ],
  [
    repository('pullRequest(number: 99) { id }'),
    { repository: { pullRequest: null } },
    ['repository', 'pullRequest'],
    'Could not resolve to a PullRequest with the number of 99.',
  ],
  [
    '{ nodes(ids: ["nope"]) { id } }',
    { nodes: [null] },
    ['nodes', 0],
    "Could not resolve to a node with the global id of 'nope'",
  ],
])('%s is NOT_FOUND', async (query, data, path, message) => {
  expect(await github.ask('tok_alice', query)).toMatchObject({
    data,
    errors: [{ type: 'NOT_FOUND', path, message }],
  });
});

test('a repository that the caller cannot see is not found', async () => {
  const answer = await github.ask('tok_zed', repository('id'));
  expect(answer).toMatchObject({ data: { repository: null }, errors: [{ type: 'NOT_FOUND' }] });
});

test.each<[string, Record<string, unknown>, string[]]>([
  [
    repository('databaseId pullRequest(number: 1) { title }'),
    { repository: { databaseId: 7000, pullRequest: null } },
    ['repository', 'pullRequest'],
  ],
  [
    '{ organization(login: "acme") { databaseId team(slug: "payments") { slug } } }',
    { organization: { databaseId: 5000, team: null } },
    ['organization', 'team'],
  ],
  [
    repository(
      'object(expression: "main") { ... on Commit { associatedPullRequests(first: 1) { totalCount } } }',
    ),
    { repository: { object: { associatedPullRequests: null } } },
    ['repository', 'object', 'associatedPullRequests'],
  ],
])('an app without the permission is FORBIDDEN to ask %s', async (query, data, path) => {
  expect(await github.ask(github.other, query)).toMatchObject({
    data,
    errors: [{ type: 'FORBIDDEN', path, message: 'Resource not accessible by integration' }],
  });
});

test('a query that the stand-in does not know is 501, and is remembered', async () => {
  await expect(github.ask('tok_alice', repository('forkCount'))).rejects.toThrow(
    'The stand-in does not answer Repository.forkCount',
  );
  const unknown = (await (await fetch(`${github.url}/_stand-in/unknown`)).json()) as unknown[];
  expect(unknown).toMatchObject([{ route: '/graphql', status: 501 }]);
});

test('nobody gets an answer without a token', async () => {
  const answer = await fetch(`${github.url}/graphql`, { method: 'POST', body: '{"query":"{id}"}' });
  expect(answer.status).toBe(401);
});
