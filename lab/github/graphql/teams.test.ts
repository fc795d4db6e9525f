import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seed } from '../testing.js';
import type { AskedGitHub } from './asking.js';
import { startAsked } from './asking.js';

const many = Array.from({ length: 130 }, (_, i) => ({ login: `member-${i}`, id: 2000 + i }));
const logins = many.map(({ login }) => login);
const base = seed();

let github: AskedGitHub;
beforeAll(async () => {
  github = await startAsked({
    ...base,
    users: [...(base.users ?? []), ...many],
    teams: [
      ...(base.teams ?? []),
      { org: 'acme', slug: 'many', id: 6100, members: logins.slice(0, 120) },
      { org: 'acme', slug: 'few', id: 6101, parent: 'many', members: logins.slice(115) },
      { org: 'acme', slug: 'fewer', id: 6102, parent: 'few', privacy: 'secret' },
    ],
  });
});
afterAll(() => github.close());

interface Team {
  readonly slug: string;
  readonly members: {
    readonly totalCount: number;
    readonly nodes: readonly { readonly databaseId: number; readonly __typename: string }[] | null;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

const MEMBERS = `query ($slug: String!, $page: Int, $after: String, $membership: TeamMembershipType = ALL) {
  organization(login: "acme") { team(slug: $slug) {
    slug
    members(first: $page, after: $after, membership: $membership) {
      totalCount pageInfo { hasNextPage endCursor } nodes { databaseId login __typename } } } } }`;

async function members(variables: Record<string, unknown>) {
  const { data, errors } = await github.ask(github.daypass, MEMBERS, {
    slug: 'many',
    ...variables,
  });
  return { team: (data?.['organization'] as { team: Team | null } | undefined)?.team, errors };
}

describe('members', () => {
  test('are read page by page, each once, while others leave', async () => {
    const ids: number[] = [];
    let after: string | null = null;
    do {
      const { team } = await members({ page: 50, after });
      ids.push(...(team?.members.nodes ?? []).map(({ databaseId }) => databaseId));
      const page: Team['members']['pageInfo'] | undefined = team?.members.pageInfo;
      after = page?.hasNextPage ? page.endCursor : null;
      // The first of them leaves between two pages, and nobody is skipped because of that.
      github.state.teams.get(6100)?.members.delete(2000);
    } while (after !== null);
    expect(ids).toEqual(many.map(({ id }) => id));
    github.state.teams.get(6100)?.members.set(2000, 'member');
  });

  test.each([
    ['ALL', 130],
    ['IMMEDIATE', 120],
    ['CHILD_TEAM', 15],
  ])('%s counts %i', async (membership, totalCount) => {
    const { team } = await members({ page: 1, membership });
    expect(team?.members).toMatchObject({ totalCount, nodes: [{ __typename: 'User' }] });
  });

  test.each([
    [
      { page: 101 },
      'EXCESSIVE_PAGINATION',
      'Requesting 101 records on the `members` connection exceeds the `first` limit of 100 records.',
    ],
    [
      {},
      'MISSING_PAGINATION_BOUNDARIES',
      'You must provide a `first` or `last` value to properly paginate the `members` connection.',
    ],
    [
      { page: 1, after: 'nope' },
      'INVALID_CURSOR_ARGUMENTS',
      '`nope` does not appear to be a valid cursor.',
    ],
  ])('with the filter %j are %s', async (variables, type, message) => {
    const { team, errors } = await members(variables);
    expect(team).toBeNull();
    const path = ['organization', 'team', 'members'];
    expect(errors).toMatchObject([{ type, message, path }]);
  });

  test('a count needs no page size, and the last page knows what is before it', async () => {
    const { data } = await github.ask(
      github.daypass,
      `{ organization(login: "acme") { team(slug: "many") {
        members { totalCount }
        tail: members(last: 2) { pageInfo { hasPreviousPage hasNextPage } edges { role node { login } } } } } }`,
    );
    expect(data).toMatchObject({
      organization: {
        team: {
          members: { totalCount: 130 },
          tail: {
            pageInfo: { hasPreviousPage: true, hasNextPage: false },
            edges: [
              { role: 'MEMBER', node: { login: 'member-128' } },
              { role: 'MEMBER', node: { login: 'member-129' } },
            ],
          },
        },
      },
    });
  });
});

const TREE = `query ($slug: String!) { organization(login: "acme") { team(slug: $slug) {
  databaseId slug privacy parentTeam { slug databaseId }
  ancestors(first: 10) { nodes { slug } }
  childTeams(first: 10) { nodes { slug } }
  below: childTeams(first: 10, immediateOnly: false) { nodes { slug } } } } }`;

test.each([
  ['many', 'VISIBLE', null, [], ['few'], ['few', 'fewer']],
  ['few', 'VISIBLE', { slug: 'many', databaseId: 6100 }, ['many'], ['fewer'], ['fewer']],
  ['fewer', 'SECRET', { slug: 'few', databaseId: 6101 }, ['few', 'many'], [], []],
])(
  'the team %s knows its parents and children',
  async (slug, privacy, parentTeam, above, children, below) => {
    const slugs = (all: string[]) => ({ nodes: all.map((one) => ({ slug: one })) });
    const { data } = await github.ask(github.daypass, TREE, { slug });
    expect(data).toMatchObject({
      organization: {
        team: {
          ...{ slug, privacy, parentTeam, ancestors: slugs(above) },
          ...{ childTeams: slugs(children), below: slugs(below) },
        },
      },
    });
  },
);

test.each([
  ['tok_root', 'fewer', { slug: 'fewer' }],
  ['tok_alice', 'fewer', null],
  ['tok_alice', 'many', { slug: 'many' }],
  ['tok_alice', 'nope', null],
  ['tok_zed', 'many', null],
])('%s asks for the team %s and gets %j, without an error', async (token, slug, team) => {
  const query = `{ organization(login: "acme") { team(slug: "${slug}") { slug } } }`;
  expect(await github.ask(token, query)).toEqual({ data: { organization: { team } } });
});

test('a user lists the organisations that the caller may know about', async () => {
  const query = `{ user(login: "Alice") { databaseId login __typename
    organization(login: "acme") { databaseId login } } }`;
  const user = { databaseId: 101, login: 'alice', __typename: 'User' };
  const organization = { databaseId: 5000, login: 'acme' };
  const asked = async (token: string) => (await github.ask(token, query)).data?.['user'];
  expect(await asked(github.daypass)).toEqual({ ...user, organization });
  expect(await asked('tok_bob')).toEqual({ ...user, organization });
  expect(await asked(github.other)).toEqual({ ...user, organization: null });
});
