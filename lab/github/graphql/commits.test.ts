import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Person } from '../people.js';
import { person } from '../people.js';
import { seed } from '../testing.js';
import type { AskedGitHub } from './asking.js';
import { startAsked } from './asking.js';
import { authorsOf } from './commit.js';

const REPO = 'acme/access';
const base = seed();

let github: AskedGitHub;
let alice: Person;
beforeAll(async () => {
  const open = { ...base.repos?.[0], owner: 'acme', name: 'access', protection: undefined };
  github = await startAsked({ ...base, repos: [open] });
  alice = person(github.url, 'tok_alice');
});
afterAll(async () => {
  await alice.close();
  await github.close();
});

async function commit(expression: string, fields: string): Promise<unknown> {
  const query = `query ($expression: String!) { repository(owner: "acme", name: "access") {
    object(expression: $expression) { __typename ... on Commit { ${fields} } } } }`;
  const { data, errors } = await github.ask(github.daypass, query, { expression });
  expect(errors).toBeUndefined();
  return (data?.['repository'] as { object: unknown }).object;
}

const someone = { name: 'a', email: 'A@acme.test', date: new Date(0) };
const message = (...lines: string[]) => lines.join('\n');

test.each([
  [message('Title'), ['A@acme.test']],
  [
    message('Title', '', 'Co-authored-by: B <b@acme.test>', 'CO-AUTHORED-BY:c<c@acme.test>  '),
    ['A@acme.test', 'b@acme.test', 'c@acme.test'],
  ],
  [message('T', '', 'Co-authored-by: A <a@acme.test>'), ['A@acme.test']],
  [message('T', '', 'Co-authored-by: B <b@acme.test>', '', 'The end.'), ['A@acme.test']],
  [message('T', '', 'Co-authored-by: nobody at all'), ['A@acme.test']],
])('the authors of %j are %j', (text, emails) => {
  const about = { sha: '', tree: '', parents: [], author: someone, committer: someone };
  expect(authorsOf({ ...about, message: text }).map(({ email }) => email)).toEqual(emails);
});

test('authors are matched to accounts by their address', async () => {
  const trailers = [
    'Co-authored-by: Bob <BOB@acme.test>',
    'Co-authored-by: Carol <103+carol@users.noreply.github.com>',
    'Co-authored-by: Stranger <stranger@example.org>',
    'Co-authored-by: daypass[bot] <41004242+daypass[bot]@users.noreply.github.com>',
  ];
  const text = message('Work', '', ...trailers);
  await alice.push(REPO, { branch: 'co', files: { 'co.txt': '1\n' }, message: text });
  const account = (login: string, databaseId: number) => ({
    user: { login, databaseId, __typename: 'User' },
  });
  expect(
    await commit(
      'co',
      `committedViaWeb author { user { login } } committer { user { login } } parents(first: 1) { totalCount }
       authors(first: 10) { totalCount nodes { email user { login databaseId __typename } } }`,
    ),
  ).toMatchObject({
    committedViaWeb: false,
    author: { user: { login: 'alice' } },
    committer: { user: { login: 'alice' } },
    parents: { totalCount: 1 },
    authors: {
      totalCount: 5,
      nodes: [
        account('alice', 101),
        account('bob', 102),
        account('carol', 103),
        { email: 'stranger@example.org', user: null },
        account('daypass[bot]', 41_004_242),
      ],
    },
  });
});

test('a commit made in the browser has a committer without an account', async () => {
  await alice.must('PUT', `/repos/${REPO}/contents/web.txt`, {
    message: 'Write in the browser',
    content: Buffer.from('web\n').toString('base64'),
    branch: 'main',
  });
  expect(
    await commit(
      'main',
      'committedViaWeb author { user { login } } committer { email user { id } }',
    ),
  ).toMatchObject({
    committedViaWeb: true,
    author: { user: { login: 'alice' } },
    committer: { email: 'noreply@github.com', user: null },
  });
});

describe('the pull requests of a commit', () => {
  const PULLS = `oid associatedPullRequests(first: 5) { nodes {
    number state merged baseRefName mergeCommit { oid } repository { databaseId } } }`;

  test.each(['merge', 'squash', 'rebase'] as const)('landed by %s', async (merge_method) => {
    const branch = `by-${merge_method}`;
    const first = await alice.push(REPO, { branch, files: { [`${branch}-1`]: '1\n' } });
    const second = await alice.push(REPO, { branch, files: { [`${branch}-2`]: '2\n' } });
    const { number } = await alice.openPullRequest(REPO, { title: branch, head: branch });
    const open = { number, state: 'OPEN', merged: false, mergeCommit: null };
    expect(await commit(first, PULLS)).toMatchObject({ associatedPullRequests: { nodes: [open] } });
    const { sha } = await alice.merge(REPO, number, { merge_method });
    const merged = {
      ...{ number, state: 'MERGED', merged: true, baseRefName: 'main' },
      ...{ mergeCommit: { oid: sha }, repository: { databaseId: 7000 } },
    };
    const landed = merge_method === 'rebase' ? ['main', 'main~1'] : ['main'];
    for (const name of [...landed, first, second])
      expect(await commit(name, PULLS)).toMatchObject({
        associatedPullRequests: { nodes: [merged] },
      });
    expect(await commit('main', 'oid')).toMatchObject({ oid: sha });
  });

  test('a direct push has none', async () => {
    await alice.push(REPO, { branch: 'main', files: { 'direct.txt': 'x\n' } });
    expect(await commit('main', PULLS)).toMatchObject({ associatedPullRequests: { nodes: [] } });
  });
});

test('trees and blobs', async () => {
  await alice.push(REPO, {
    branch: 'tree',
    files: { 'dir/sub/x.yml': 'x: 1\n', 'dir/binary': '\0' },
  });
  const { data } = await github.ask(
    github.daypass,
    `{ repository(owner: "acme", name: "access") {
      dir: object(expression: "tree:dir") { __typename ... on Tree { entries { name path type mode size
        object { __typename ... on Tree { entries { path } } ... on Blob { isBinary text } } } } }
      file: object(expression: "tree:dir/sub/x.yml") { ... on Blob { byteSize isBinary isTruncated text } }
      none: object(expression: "tree:nope") { oid }
      ref(qualifiedName: "refs/heads/tree") { name prefix target { __typename } }
      gone: ref(qualifiedName: "refs/heads/nope") { name } } }`,
  );
  expect(data).toEqual({
    repository: {
      dir: {
        __typename: 'Tree',
        entries: [
          {
            ...{ name: 'binary', path: 'dir/binary', type: 'blob', mode: 0o100644, size: 1 },
            object: { __typename: 'Blob', isBinary: true, text: null },
          },
          {
            ...{ name: 'sub', path: 'dir/sub', type: 'tree', mode: 0o040000, size: 0 },
            object: { __typename: 'Tree', entries: [{ path: 'dir/sub/x.yml' }] },
          },
        ],
      },
      file: { byteSize: 5, isBinary: false, isTruncated: false, text: 'x: 1\n' },
      none: null,
      ref: { name: 'tree', prefix: 'refs/heads/', target: { __typename: 'Commit' } },
      gone: null,
    },
  });
});
