import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { OTHER_KEY, seed, signJwt } from './testing.js';

const TEAM = '/orgs/acme/teams/payments';
const of = (login: string) => `${TEAM}/memberships/${login}`;
let github: RunningGitHub;
let root: Person;
let alice: Person;
let zed: Person;
beforeAll(async () => {
  const base = seed();
  github = await startGitHub({
    ...base,
    teams: [...(base.teams ?? []), { org: 'acme', slug: 'synced', synchronised: true }],
    apps: (base.apps ?? []).map((app) =>
      app.app_id === 4343 ? { ...app, permissions: { members: 'write' } } : app,
    ),
  });
  [root, alice, zed] = ['root', 'alice', 'zed'].map((n) => person(github.url, `tok_${n}`)) as [
    Person,
    Person,
    Person,
  ];
}, 60_000);
afterAll(() => github.close());

const payments = () => github.state.teams.get(6000);
beforeEach(() => {
  payments()?.members.delete(101);
  payments()?.members.delete(1);
  github.state.orgs.get(5000)?.members.delete(106);
  github.state.orgs.get(5000)?.invitations.clear();
});
const membership = (login: string) =>
  root.call<{ state?: string; role?: string }>('GET', of(login));

describe('members of a team', () => {
  test('can be changed by owners, maintainers and apps that may write members', async () => {
    const jwt = person(github.url, signJwt(OTHER_KEY, { iss: 4343 }));
    const { token } = await jwt.must<{ token: string }>(
      'POST',
      '/app/installations/78/access_tokens',
    );
    const app = person(github.url, token);
    expect((await alice.call('PUT', of('carol'))).status).toBe(403);
    expect((await app.call('PUT', of('alice'), { role: 'maintainer' })).body).toMatchObject({
      state: 'active',
      role: 'maintainer',
    });
    expect((await alice.call('PUT', of('carol'))).status).toBe(200);
    expect((await root.call('PUT', of('alice'), { role: 'member' })).body).toMatchObject({
      role: 'member',
    });
    expect((await alice.call('DELETE', of('carol'))).status).toBe(403);
    expect((await app.call('DELETE', of('carol'))).status).toBe(204);
    expect((await app.call('DELETE', of('carol'))).status).toBe(404);
  });

  test('who own the organisation are maintainers of each team that they are in', async () => {
    expect((await membership('root')).status).toBe(404);
    const put = await root.must('PUT', of('root'), { role: 'member' });
    expect(put).toMatchObject({ role: 'maintainer', state: 'active' });
    expect((await membership('root')).body).toMatchObject({ role: 'maintainer' });
  });

  test('of a child team are members, and are removed there', async () => {
    expect((await membership('erin')).body).toMatchObject({ role: 'member', state: 'active' });
    expect((await root.call('DELETE', of('erin'))).status).toBe(404);
  });

  test('that an identity provider synchronises cannot be changed', async () => {
    const at = '/orgs/acme/teams/synced/memberships/alice';
    expect((await root.call('PUT', at)).status).toBe(403);
    expect((await root.call('DELETE', at)).status).toBe(403);
  });
});

describe('a person outside the organisation', () => {
  const invitations = () =>
    root.must<{ id: number; login: string; team_count: number }[]>('GET', '/orgs/acme/invitations');

  test('is invited, and is in the organisation and the team on accepting', async () => {
    const invited = await root.must('PUT', of('zed'), { role: 'maintainer' });
    expect(invited).toMatchObject({ state: 'pending', role: 'maintainer' });
    expect((await membership('zed')).body).toMatchObject({ state: 'pending' });
    expect(await root.must('GET', `${TEAM}/invitations`)).toMatchObject([{ login: 'zed' }]);
    expect((await root.call('GET', '/orgs/acme/members/zed')).status).toBe(404);
    await zed.must('PATCH', '/user/memberships/orgs/acme', { state: 'active' });
    expect((await membership('zed')).body).toMatchObject({ state: 'active', role: 'maintainer' });
    expect((await root.call('GET', '/orgs/acme/members/zed')).status).toBe(204);
    expect(await invitations()).toEqual([]);
  });

  test('stays invited to the organisation when the team is removed from the invitation', async () => {
    await root.must('PUT', of('zed'));
    await root.must('DELETE', of('zed'));
    const [left] = await invitations();
    expect(left).toMatchObject({ login: 'zed', team_count: 0 });
    expect(await root.must('GET', `${TEAM}/invitations`)).toEqual([]);
    await root.must('DELETE', `/orgs/acme/invitations/${String(left?.id)}`);
    expect((await zed.call('PATCH', '/user/memberships/orgs/acme')).status).toBe(422);
    const accept = await zed.call('PATCH', '/user/memberships/orgs/acme', { state: 'active' });
    expect(accept.status).toBe(404);
  });

  test('GraphQL says who is invited, and what a team may do on a repository', async () => {
    await root.must('PUT', of('zed'));
    const query = `{ organization(login: "acme") { team(slug: "payments") {
      invitations(first: 10) { totalCount nodes { role invitee { databaseId login } } }
      repositories(first: 10, query: "ACC") { edges { permission node { databaseId } } }
      childTeams(first: 1) { nodes { repositories(first: 10) { edges { permission } } } } } } }`;
    payments()?.repos.set(7000, 'maintain');
    const { data } = await root.must<{ data: unknown }>('POST', '/graphql', { query });
    expect(data).toEqual({
      organization: {
        team: {
          invitations: {
            totalCount: 1,
            nodes: [{ role: 'DIRECT_MEMBER', invitee: { databaseId: 106, login: 'zed' } }],
          },
          repositories: { edges: [{ permission: 'MAINTAIN', node: { databaseId: 7000 } }] },
          childTeams: { nodes: [{ repositories: { edges: [{ permission: 'MAINTAIN' }] } }] },
        },
      },
    });
  });
});

describe('membership of an organisation', () => {
  const at = (login: string) => `/orgs/acme/memberships/${login}`;

  test('is seen by members, with who has the login', async () => {
    expect((await alice.call('GET', at('root'))).body).toMatchObject({
      ...{ state: 'active', role: 'admin', organization: { id: 5000 } },
      user: { id: 1, login: 'root', type: 'User' },
    });
    expect((await zed.call('GET', at('root'))).status).toBe(404);
  });

  test('is seen by apps that may read members, and by no others', async () => {
    const tokenOf = async (app: number, key: string, installation: number) => {
      const jwt = person(github.url, signJwt(key, { iss: app }));
      const route = `/app/installations/${installation}/access_tokens`;
      return (await jwt.must<{ token: string }>('POST', route)).token;
    };
    const may = person(github.url, await tokenOf(4343, OTHER_KEY, 78));
    expect((await may.call('GET', at('alice'))).body).toMatchObject({
      state: 'active',
      role: 'member',
    });
    const installation = github.state.installations.get(78);
    if (!installation) throw new Error('the app is not installed');
    github.state.installations.set(78, { ...installation, permissions: {} });
    const not = person(github.url, await tokenOf(4343, OTHER_KEY, 78));
    expect((await not.call('GET', at('alice'))).status).toBe(403);
    github.state.installations.set(78, installation);
  });

  test('of outsiders is pending once they are invited, and nothing before', async () => {
    expect((await root.call('GET', at('zed'))).status).toBe(404);
    await root.must('PUT', of('zed'));
    expect((await root.call('GET', at('zed'))).body).toMatchObject({
      state: 'pending',
      user: { id: 106 },
    });
  });
});
