import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Who } from '../../../../src/core/grant/record.js';
import type { World } from '../world.js';
import { startWorld } from '../world.js';

jest.setTimeout(120_000);

describe('invariant 3: who has left the organisation', () => {
  let world: World;
  let organization: number;
  let alice: Who;
  let bob: Who;
  beforeEach(async () => {
    world = await startWorld();
    const { state } = world.github.github;
    const who = (login: string): Who => {
      const user = [...state.users.values()].find((one) => one.login === login);
      if (!user) throw new Error(`no ${login}`);
      return { id: user.id, login };
    };
    alice = who('alice');
    bob = who('bob');
    organization = (await world.ports.repository.source()).source.owner_id;
  });
  afterEach(() => world.close());

  const left = (...people: Who[]) => world.ports.pullRequests.departed(organization, people);
  const org = () => {
    const found = world.github.github.state.orgs.get(organization);
    if (!found) throw new Error('no organisation');
    return found;
  };
  const rename = (person: Who, login: string) => {
    const user = world.github.github.state.users.get(person.id);
    if (user) Object.assign(user, { login });
  };

  test('members cost one query, however many they are', async () => {
    world.fresh();
    expect(await left(alice, bob)).toEqual([]);
    expect(world.calls()).toEqual(['POST /graphql']);
  });

  test('somebody who is not in the whole list, by id', async () => {
    org().members.delete(alice.id);
    expect(await left(alice, bob)).toEqual([alice.id]);
  });

  test('somebody of whom GitHub says that it does not find the organisation', async () => {
    org().members.delete(alice.id);
    const { source, tip } = await world.ports.repository.source();
    const repository = {
      ...{ id: 'R', databaseId: source.repository_id, name: 'access' },
      owner: { login: 'acme', databaseId: organization },
      defaultBranchRef: { name: source.default_branch, target: { oid: tip } },
    };
    const u0 = { databaseId: alice.id, organization: null };
    const errors = [{ type: 'NOT_FOUND', path: ['u0', 'organization'], message: 'not found' }];
    const body = { data: { repository, u0 }, errors };
    world.fault({ match: { route: '/graphql' }, do: { status: 200, body } });
    expect(await left(alice)).toEqual([alice.id]);
  });

  test('not somebody who was renamed, who then costs no second list', async () => {
    rename(alice, 'alice-now');
    expect(await left(alice, bob)).toEqual([]);
    world.fresh();
    expect(await left(alice, bob)).toEqual([]);
    expect(world.calls()).toEqual(['POST /graphql']);
  });

  test('somebody whose login now belongs to another id', async () => {
    org().members.delete(alice.id);
    rename(alice, 'alice-gone');
    rename(bob, 'alice');
    expect(await left(alice)).toEqual([alice.id]);
    expect(await left({ ...bob, login: 'bob' })).toEqual([]);
  });

  test('nobody, where the App may not read members', async () => {
    org().members.delete(alice.id);
    for (const installation of world.github.github.state.installations.values()) {
      const { members: _, ...permissions } = installation.permissions;
      Object.assign(installation, { permissions });
    }
    await expect(left(alice)).rejects.toThrow('the App may not read who is in the organisation');
  });

  test.each([403, 404, 502])('nobody, where the list answers %s', async (status) => {
    org().members.delete(alice.id);
    await left(bob);
    world.fault({ match: { route: '/graphql', nth: 2 }, do: { status }, times: 9 });
    await expect(left(alice)).rejects.toThrow();
  });

  test('nobody, where the list was cut', async () => {
    org().members.delete(alice.id);
    await left(bob);
    const nodes = [{ login: 'bob', databaseId: bob.id }];
    const pageInfo = { hasNextPage: false, endCursor: null };
    const membersWithRole = { totalCount: 3, pageInfo, nodes };
    const body = { data: { organization: { databaseId: organization, membersWithRole } } };
    world.fault({ match: { route: '/graphql', nth: 2 }, do: { status: 200, body } });
    await expect(left(alice)).rejects.toThrow("the list of the organisation's members was cut");
  });

  test('of another organisation nobody can tell', async () => {
    org().members.delete(alice.id);
    expect(await world.ports.pullRequests.departed(organization + 1, [alice])).toBeNull();
  });
});
