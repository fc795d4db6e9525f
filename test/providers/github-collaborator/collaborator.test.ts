import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Connection } from '../../../src/ports.js';
import { githubCollaborator } from '../../../src/providers/github-collaborator/collaborator.js';
import type { ContractTarget } from '../../support/provider-contract.js';
import { providerContract } from '../../support/provider-contract.js';
import type { Acme } from '../github/acme.js';
import { ACCESS, ORDERS, startAcme } from '../github/acme.js';

const CALL = { deadline_ms: 5000, keep_sessions: true };
const slot = (id: number, object = ORDERS) => ({ object: String(object), identity: String(id) });
const alice = slot(101);
const zed = slot(106);

providerContract('github-collaborator', githubCollaborator, async (): Promise<ContractTarget> => {
  const acme = await startAcme();
  const collaborators = '/repos/acme/orders/collaborators';
  return {
    connect: () => githubCollaborator.connect(acme.config),
    slots: [alice, slot(102)],
    level: 'push',
    stranger: slot(999),
    giveStanding: () => acme.root.must('PUT', `${collaborators}/bob`, { permission: 'push' }),
    takeStanding: () => acme.root.must('DELETE', `${collaborators}/bob`),
    tellsOursApart: false,
    directIsOurs: true,
    close: () => acme.github.close(),
  };
});

describe('github-collaborator', () => {
  let acme: Acme;
  let connection: Connection;
  beforeAll(async () => {
    acme = await startAcme();
    connection = await githubCollaborator.connect(acme.config);
  });
  afterAll(async () => {
    await connection.close();
    await acme.github.close();
  });
  const orders = () => {
    const repo = acme.state.repos.get(ORDERS);
    if (!repo) throw new Error('acme has no orders');
    return repo;
  };
  beforeEach(() => {
    Object.assign(orders(), { name: 'orders', owner_id: 5000, private: true });
    orders().collaborators.clear();
    orders().invitations.clear();
    for (const team of acme.state.teams.values()) team.members.clear();
  });
  const look = async (which = alice) => (await connection.observe([which]))[0];
  const invitation = () => [...orders().invitations.keys()][0] ?? 0;

  test.each(['pull', 'triage', 'push', 'maintain', 'admin'])('gives %s', async (level) => {
    await connection.set(alice, level, CALL);
    expect(await look()).toEqual([{ level, origin: 'ours' }]);
  });

  test('changes one level into another, up and down', async () => {
    for (const level of ['admin', 'pull', 'maintain']) {
      await connection.set(alice, level, CALL);
      expect(await look()).toEqual([{ level, origin: 'ours' }]);
    }
  });

  test.each([
    [['pull', 'admin'], 'admin'],
    [['push', 'triage'], 'push'],
    [['maintain', 'push', 'pull'], 'maintain'],
    [[], null],
  ])('joins %j to %s', (levels, joined) => {
    expect(githubCollaborator.join(levels)).toBe(joined);
    expect(githubCollaborator.join([...levels].reverse())).toBe(joined);
  });

  test('reports what the organisation and its teams give as inherited, beside what is direct', async () => {
    acme.state.teams.get(6003)?.members.set(101, 'member');
    expect(await look()).toEqual([{ level: 'push', origin: 'inherited' }]);
    acme.state.teams.get(6003)?.members.clear();
    expect(await look()).toEqual([]);
    acme.state.teams.get(6000)?.members.set(101, 'member');
    await connection.set(alice, 'pull', CALL);
    expect(await look()).toEqual([
      { level: 'pull', origin: 'ours' },
      { level: 'push', origin: 'inherited' },
    ]);
    await connection.set(alice, null, CALL);
    expect(await look()).toEqual([{ level: 'push', origin: 'inherited' }]);
    expect(await look(slot(1))).toEqual([{ level: 'admin', origin: 'inherited' }]);
  });

  test('invariant 15: an end neither gives nor invites again what others took away, and lowers the rest', async () => {
    const end = { ...CALL, takes_only: true };
    for (const one of [alice, zed]) await connection.set(one, 'admin', CALL);
    orders().collaborators.clear();
    orders().invitations.clear();
    for (const one of [alice, zed]) await connection.set(one, 'pull', end);
    expect([await look(), await look(zed), orders().invitations.size]).toEqual([[], [], 0]);
    await connection.set(zed, 'push', CALL);
    await connection.set(zed, 'admin', end);
    expect(await look(zed)).toEqual([{ level: 'push', origin: 'pending' }]);
    await connection.set(zed, 'pull', end);
    expect(await look(zed)).toEqual([{ level: 'pull', origin: 'pending' }]);
  });

  test('an outsider’s invitation is pending: it is changed, accepted, and ended', async () => {
    await connection.set(zed, 'push', CALL);
    await connection.set(zed, 'push', CALL);
    expect(await look(zed)).toEqual([{ level: 'push', origin: 'pending' }]);
    await connection.set(zed, 'triage', CALL);
    expect(await look(zed)).toEqual([{ level: 'triage', origin: 'pending' }]);
    expect(orders().invitations.size).toBe(1);
    await acme.as('zed').must('PATCH', `/user/repository_invitations/${invitation()}`);
    expect(await look(zed)).toEqual([{ level: 'triage', origin: 'ours' }]);
    await connection.set(zed, null, CALL);
    expect(await look(zed)).toEqual([]);
  });

  test('an open invitation is changed with the names that invitations use', async () => {
    await connection.set(zed, 'push', CALL);
    const first = invitation();
    for (const level of ['pull', 'push', 'triage', 'maintain', 'admin', 'pull']) {
      await connection.set(zed, level, CALL);
      expect(await look(zed)).toEqual([{ level, origin: 'pending' }]);
      expect([...orders().invitations.keys()]).toEqual([first]);
    }
  });

  /** Makes it look as if it was made 8 days ago. */
  const runOut = (id: number) => {
    const open = orders().invitations.get(id);
    if (!open) throw new Error(`there is no invitation ${id}`);
    const created_at = new Date(Date.now() - 8 * 86_400_000);
    orders().invitations.set(id, { ...open, created_at });
  };

  test('an expired invitation counts as nothing, and is cancelled at the end anyway', async () => {
    await connection.set(zed, 'push', CALL);
    runOut(invitation());
    expect([await look(zed), orders().invitations.size]).toEqual([[], 1]);
    await connection.set(zed, null, CALL);
    expect(orders().invitations.size).toBe(0);
  });

  test('a pending invitation is cancelled, and an expired one is made again', async () => {
    await connection.set(zed, 'push', CALL);
    const first = invitation();
    runOut(first);
    expect(await look(zed)).toEqual([]);
    await connection.set(zed, 'push', CALL);
    expect([...orders().invitations.keys()]).toEqual([expect.any(Number)]);
    expect(invitation()).not.toBe(first);
    await connection.set(zed, null, CALL);
    expect([await look(zed), orders().invitations.size]).toEqual([[], 0]);
  });

  test('invariant 14: a renamed repository and a renamed person are the same as before', async () => {
    await connection.set(alice, 'admin', CALL);
    const person = acme.state.users.get(101);
    orders().name = 'orders-of-old';
    if (person) person.login = 'alicia';
    expect(await look()).toEqual([{ level: 'admin', origin: 'ours' }]);
    await connection.set(alice, null, CALL);
    if (person) person.login = 'alice';
    expect([await look(), orders().collaborators.size]).toEqual([[], 0]);
  });

  test('a name in the catalog that is not the repository’s gives nothing', async () => {
    const call = { ...CALL, entitlement: ENTITLEMENT };
    await connection.set(alice, 'pull', call);
    orders().name = 'billing';
    await expect(connection.set(alice, 'push', call)).rejects.toMatchObject({
      lasting: true,
      message: 'the catalog says Acme/Orders, and repository 7001 is acme/billing',
    });
    await connection.set(alice, null, call);
    expect(await look()).toEqual([]);
  });

  test('invariant 14: a repository that does not exist proves nothing', async () => {
    const gone = connection.observe([slot(101, 4040)]);
    await expect(gone).rejects.toMatchObject({ name: 'TargetFault', lasting: true });
  });

  test('invariant 14: a repository that was transferred is noticed, and refused', async () => {
    Object.assign(orders(), { owner_id: 106, private: false });
    const why = `the repository ${ORDERS} does not belong to acme any more`;
    const fault = { name: 'TargetFault', lasting: true, message: why };
    await expect(connection.observe([alice])).rejects.toMatchObject(fault);
    await expect(connection.set(alice, 'push', CALL)).rejects.toMatchObject(fault);
  });

  test.each([
    ['a custom role counts as the one that it is based on', 'release-manager', 'WRITE', 'push'],
    ['a custom role that adds to reading counts as reading', 'auditor', 'READ', 'pull'],
    ['a role without a name counts by its permission', null, 'ADMIN', 'admin'],
    ['a permission that nobody knows counts as the strongest', 'owner-like', 'OWN', 'admin'],
  ])('%s', async (_, roleName, permission, level) => {
    const source = { __typename: 'Repository' };
    const edges = [
      {
        node: { databaseId: 101, login: 'alice' },
        permissionSources: [{ permission, roleName, source }],
      },
    ];
    const pageInfo = { hasNextPage: false, endCursor: null };
    const collaborators = { totalCount: 1, pageInfo, edges };
    const body = { data: { repository: { ...isOrders(), collaborators } } };
    await acme.fault({ method: 'POST', route: '/graphql' }, { status: 200, body });
    expect(await look()).toEqual([{ level, origin: 'ours' }]);
  });

  test.each([
    ['a cut list', { data: { repository: { ...isOrders(), collaborators: CUT() } } }, false],
    ['another shape', { data: { repository: null } }, false],
  ])('invariant 14: %s proves nothing', async (_, body, lasting) => {
    await acme.fault({ method: 'POST', route: '/graphql' }, { status: 200, body });
    await expect(look()).rejects.toMatchObject({ name: 'TargetFault', lasting });
  });

  test.each([
    [502, {}, false],
    [403, { 'retry-after': '60' }, false],
    [403, {}, true],
    [404, {}, true],
  ])('a %s with %j is a fault, lasting %s', async (status, headers, lasting) => {
    const anew = await githubCollaborator.connect(acme.config);
    const match = { method: 'GET', route: '/repos/{owner}/{repo}/invitations' };
    await acme.fault(match, { status, headers, body: { message: 'No' } });
    await expect(anew.observe([alice])).rejects.toMatchObject({ name: 'TargetFault', lasting });
  });

  test('invariant 9: the access repository is refused, and so is the App that is installed on it', async () => {
    const installation = acme.state.installations.get(78);
    if (!installation) throw new Error('the App is not installed');
    const everywhere = new Set([ACCESS, ORDERS]);
    acme.state.installations.set(78, { ...installation, repo_ids: everywhere });
    const anew = await githubCollaborator.connect(acme.config);
    await expect(anew.set(alice, 'push', CALL)).rejects.toThrow('uninstall it there');
    const { app } = acme.config;
    if (!app) throw new Error('acme has an app');
    const protects = async () => ({ ...(await app.protects()), repository: 'acme/elsewhere' });
    const other = await githubCollaborator.connect({ ...acme.config, app: { ...app, protects } });
    await expect(other.set(slot(101, ACCESS), 'pull', CALL)).rejects.toThrow('access repository');
    acme.state.installations.set(78, installation);
  });

  test('a call ends at its deadline', async () => {
    const match = { method: 'PUT', route: '/repos/{owner}/{repo}/collaborators/{username}' };
    await acme.fault(match, { delay_ms: 3000 });
    const giving = connection.set(alice, 'push', { ...CALL, deadline_ms: 1500 });
    await expect(giving).rejects.toMatchObject({ name: 'TargetFault', lasting: false });
  });

  test.each([
    ['https://api.github.com/acme', 'https://api.github.com/orgs/acme'],
    ['postgresql://u:hunter2@db/x', 'https://api.github.com/orgs/acme'],
  ])('invariant 24: the URL %s is refused without being quoted', async (url, like) => {
    const connecting = githubCollaborator.connect({ ...acme.config, url });
    await expect(connecting).rejects.toThrow(`the target's URL must be like ${like}`);
  });

  test('without the App there is no connection', async () => {
    const connecting = githubCollaborator.connect({ ...acme.config, app: undefined });
    await expect(connecting).rejects.toThrow('TARGETS_APP_ID');
  });
});

const OFFERED = { resource: 'orders', environment: 'staging', role: 'write' };
const ENTITLEMENT = { repository: 'Acme/Orders', repository_id: ORDERS, permission: 'push' };

/** How GitHub answers whose repository it is. */
function isOrders() {
  return { databaseId: ORDERS, name: 'orders', owner: { login: 'acme', databaseId: 5000 } };
}

/** It says that there are more people than it lists. */
function CUT() {
  return { totalCount: 2, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };
}

describe('github-collaborator entitlements', () => {
  test('two names and roles for one repository are one slot', () => {
    const of = (repository: string, permission: string) =>
      githubCollaborator.slot({ ...ENTITLEMENT, repository, permission }, '101', OFFERED);
    expect(of('acme/orders', 'pull')).toEqual({ ...alice, level: 'pull', keep_sessions: true });
    expect(of('ACME/orders-of-old', 'admin')).toMatchObject(alice);
  });

  test.each([
    [ENTITLEMENT, []],
    [{ ...ENTITLEMENT, permission: 'write' }, [expect.stringContaining('permission: must be one')]],
    [{ ...ENTITLEMENT, repository: 'orders' }, ['repository: must be owner/name']],
    [{ ...ENTITLEMENT, repository_id: '7001' }, [expect.stringContaining('repository_id: must')]],
    [{ ...ENTITLEMENT, more: 1 }, [expect.stringContaining('more')]],
    ['acme/orders', [expect.any(String)]],
  ])('%j', (entitlement, problems) => {
    expect(githubCollaborator.check(entitlement)).toEqual(problems);
  });

  test.each(['alice', '0', '01', '', '-1', '1e3'])('invariant 6: identity %j is refused', (id) => {
    expect(githubCollaborator.checkIdentity(id)).toEqual(expect.any(String));
    expect(githubCollaborator.checkIdentity('101')).toBeNull();
  });
});
