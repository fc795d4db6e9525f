import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Scene } from './scene.js';
import { REPO, startScene } from './scene.js';
import { person } from './people.js';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
}, 60_000);
afterAll(() => scene.close());

const AT = `/repos/${REPO}`;
interface Invitation {
  readonly id: number;
  readonly invitee: { readonly login: string };
  readonly permissions: string;
  readonly expired: boolean;
}
const invitations = () => scene.people.root.must<Invitation[]>('GET', `${AT}/invitations`);
const permission = async (login: string) =>
  (
    await scene.people.root.must<{ role_name: string }>(
      'GET',
      `${AT}/collaborators/${login}/permission`,
    )
  ).role_name;

describe('collaborators', () => {
  test('an outsider is invited, and is a collaborator when they accept', async () => {
    const { root } = scene.people;
    const zed = person(scene.github.url, 'tok_zed');
    const put = () => root.call('PUT', `${AT}/collaborators/zed`, { permission: 'triage' });
    expect((await put()).status).toBe(201);
    expect((await put()).status).toBe(201);
    const [invitation, ...more] = await invitations();
    expect(more).toEqual([]);
    expect(invitation).toMatchObject({ permissions: 'triage', invitee: { login: 'zed' } });
    expect(await permission('zed')).toBe('none');
    const at = `${AT}/invitations/${String(invitation?.id)}`;
    for (const permissions of ['pull', 'push'])
      expect((await root.call('PATCH', at, { permissions })).status).toBe(422);
    for (const permissions of ['read', 'write', 'maintain', 'admin', 'triage'])
      expect(await root.must('PATCH', at, { permissions })).toMatchObject({ permissions });
    const accept = `/user/repository_invitations/${String(invitation?.id)}`;
    expect((await scene.people.alice.call('PATCH', accept)).status).toBe(404);
    expect((await zed.call('PATCH', accept)).status).toBe(204);
    expect([await permission('zed'), await invitations()]).toEqual(['triage', []]);
    await root.must('DELETE', `${AT}/collaborators/zed`);
    expect(await permission('zed')).toBe('none');
  });

  test('a member gets the role at once, and never less than all members have', async () => {
    const { root } = scene.people;
    const put = (role: string) => root.call('PUT', `${AT}/collaborators/bob`, { permission: role });
    expect((await put('admin')).status).toBe(204);
    expect(await permission('bob')).toBe('admin');
    expect(await put('pull')).toMatchObject({ status: 422 });
    await root.must('DELETE', `${AT}/collaborators/bob`);
    expect(await permission('bob')).toBe('write');
  });

  test('can be changed by an administrator, and by an app with administration', async () => {
    const { alice, app } = scene.people;
    expect((await alice.call('PUT', `${AT}/collaborators/zed`)).status).toBe(403);
    expect((await app.call('PUT', `${AT}/collaborators/zed`)).status).toBe(403);
    expect((await app.call('GET', `${AT}/invitations`)).status).toBe(403);
  });

  test('GraphQL says in which ways each person has a role', async () => {
    const query = `{ repository(owner: "acme", name: "access") {
      collaborators(first: 100, affiliation: ALL) { totalCount edges { permission node { login }
        permissionSources { roleName permission source { __typename } } } } } }`;
    const { data } = await scene.people.root.must<{
      data: { repository: { collaborators: { edges: { node: { login: string } }[] } } };
    }>('POST', '/graphql', { query });
    const { edges } = data.repository.collaborators;
    const of = (login: string) => edges.find(({ node }) => node.login === login);
    expect(of('zed')).toBeUndefined();
    expect(of('mallory')).toMatchObject({
      permission: 'READ',
      permissionSources: [{ roleName: 'read', source: { __typename: 'Repository' } }],
    });
    expect(of('bob')).toMatchObject({
      permission: 'WRITE',
      permissionSources: [
        { roleName: 'write', permission: 'WRITE', source: { __typename: 'Organization' } },
        { roleName: 'read', permission: 'READ', source: { __typename: 'Team' } },
      ],
    });
  });
});
