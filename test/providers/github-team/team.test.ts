import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { plan } from '../../../src/core/ledger/plan.js';
import type { Connection, TargetFault } from '../../../src/ports.js';
import { githubTeam } from '../../../src/providers/github-team/team.js';
import type { ContractTarget } from '../../support/provider-contract.js';
import { providerContract } from '../../support/provider-contract.js';
import type { Acme } from '../github/acme.js';
import { ACCESS, ORDERS, PAYMENTS, PAYMENTS_EU, startAcme } from '../github/acme.js';

const CALL = { deadline_ms: 5000, keep_sessions: true };
const ENTITLEMENT = { team: 'Acme/payments', team_id: PAYMENTS, role: 'member' };
const INVITE = { ...CALL, entitlement: { ...ENTITLEMENT, invite: true } };
const slot = (id: number, object = PAYMENTS) => ({ object: String(object), identity: String(id) });
const root = slot(1);
const alice = slot(101);
const zed = slot(106);
const OWNER = { level: 'maintainer', origin: 'inherited' };
const TEAM = '/orgs/acme/teams/payments';
const MEMBERSHIP = '/orgs/{org}/teams/{team_slug}/memberships/{username}';

providerContract('github-team', githubTeam, async (): Promise<ContractTarget> => {
  const acme = await startAcme();
  return {
    connect: () => githubTeam.connect(acme.config),
    slots: [alice, slot(102)],
    level: 'maintainer',
    stranger: slot(999),
    giveStanding: () => acme.root.must('PUT', `${TEAM}/memberships/bob`, { role: 'maintainer' }),
    takeStanding: () => acme.root.must('DELETE', `${TEAM}/memberships/bob`),
    tellsOursApart: false,
    directIsOurs: true,
    close: () => acme.github.close(),
  };
});

describe('github-team', () => {
  let acme: Acme;
  let connection: Connection;
  beforeAll(async () => {
    acme = await startAcme();
    connection = await githubTeam.connect(acme.config);
  });
  afterAll(async () => {
    await connection.close();
    await acme.github.close();
  });
  const team = (id = PAYMENTS) => {
    const found = acme.state.teams.get(id);
    if (!found) throw new Error(`acme has no team ${id}`);
    return found;
  };
  const org = () => {
    const found = acme.state.orgs.get(5000);
    if (!found) throw new Error('there is no acme');
    return found;
  };
  beforeEach(() => {
    acme.refused.clear();
    team().slug = 'payments';
    team().privacy = 'closed';
    org().members.delete(106);
    org().invitations.clear();
    for (const one of acme.state.teams.values()) one.members.clear();
  });
  const look = async (which = alice) => (await connection.observe([which]))[0];
  const calls = (method: string, route: string) =>
    acme.github.github.calls.list().filter((call) => call.method === method && call.route === route)
      .length;

  test('invariant 15: a maintainer ends and a member stays, up and down', async () => {
    await connection.set(alice, 'member', CALL);
    const baseline = (await look()) ?? [];
    for (const level of ['maintainer', 'member', 'maintainer']) {
      await connection.set(alice, level, CALL);
      expect(await look()).toEqual([{ level, origin: 'ours' }]);
    }
    const end = plan(githubTeam.join, { live: ['member'], standing: [] }, [], (await look()) ?? []);
    expect(end.set).toEqual({ level: 'member' });
    await connection.set(alice, end.end?.level ?? null, CALL);
    expect(await look()).toEqual(baseline);
  });

  test.each([
    [['member', 'maintainer'], 'maintainer'],
    [['member'], 'member'],
    [[], null],
  ])('joins %j to %s', (levels, joined) => {
    expect(githubTeam.join(levels)).toBe(joined);
    expect(githubTeam.join([...levels].reverse())).toBe(joined);
  });

  test('invariant 15: membership in a child team is inherited, and is only taken away there', async () => {
    team(PAYMENTS_EU).members.set(101, 'maintainer');
    expect(await look()).toEqual([{ level: 'member', origin: 'inherited' }]);
    await connection.set(alice, 'maintainer', CALL);
    expect(await look()).toEqual([
      { level: 'maintainer', origin: 'ours' },
      { level: 'member', origin: 'inherited' },
    ]);
    expect(await look(slot(101, PAYMENTS_EU))).toEqual([{ level: 'maintainer', origin: 'ours' }]);
    await connection.set(alice, null, CALL);
    expect(await look()).toEqual([{ level: 'member', origin: 'inherited' }]);
  });

  test('an owner of the organisation is at least a maintainer, and is added and removed', async () => {
    const baseline = (await look(root)) ?? [];
    expect(baseline).toEqual([OWNER]);
    const desired = { live: ['member'], standing: [] };
    for (const level of ['member', 'maintainer']) {
      await connection.set(root, level, CALL);
      const seen = (await look(root)) ?? [];
      expect(seen).toEqual([{ level: 'member', origin: 'ours' }, OWNER]);
      expect(plan(githubTeam.join, desired, baseline, seen)).toMatchObject({
        covered: true,
        explained: true,
      });
    }
    await connection.set(root, null, CALL);
    expect(await look(root)).toEqual([OWNER]);
  });

  test('nothing more is asked for an owner who is in the team: GitHub has nothing to give them', async () => {
    await connection.set(root, 'member', CALL);
    const before = calls('PUT', MEMBERSHIP);
    await connection.set(root, 'maintainer', CALL);
    expect(calls('PUT', MEMBERSHIP)).toBe(before);
  });

  test('an outsider gets nothing, because membership of the organisation would outlive the grant', async () => {
    await expect(connection.set(zed, 'member', CALL)).rejects.toMatchObject({
      lasting: true,
      message: expect.stringContaining('zed is not a member of acme'),
    });
    expect(org().invitations.size).toBe(0);
  });

  test.each([
    ['has yet to accept', 'pending', 'member'],
    ['only pays the bills', 'active', 'billing_manager'],
  ])('nor does an outsider who %s', async (_, state, role) => {
    const match = { method: 'GET', route: '/orgs/{org}/memberships/{username}' };
    const user = { id: 106, login: 'zed', type: 'User' };
    await acme.fault(match, { status: 200, body: { state, role, user } });
    await expect(connection.set(zed, 'member', CALL)).rejects.toMatchObject({
      lasting: true,
      message: expect.stringContaining('zed is not a member of acme'),
    });
    expect(org().invitations.size).toBe(0);
  });

  test('if the catalog invites, an invitation is pending: it is changed, accepted, and ended', async () => {
    await connection.set(zed, 'member', INVITE);
    await connection.set(zed, 'member', INVITE);
    expect(await look(zed)).toEqual([{ level: 'member', origin: 'pending' }]);
    await connection.set(zed, 'maintainer', INVITE);
    expect(await look(zed)).toEqual([{ level: 'maintainer', origin: 'pending' }]);
    expect(org().invitations.size).toBe(1);
    await acme.as('zed').must('PATCH', '/user/memberships/orgs/acme', { state: 'active' });
    expect(await look(zed)).toEqual([{ level: 'maintainer', origin: 'ours' }]);
    await connection.set(zed, null, CALL);
    expect(await look(zed)).toEqual([]);
  });

  test('invariant 15: an end neither gives nor invites again what others took away, and lowers the rest', async () => {
    const end = { ...INVITE, takes_only: true };
    await connection.set(zed, 'member', INVITE);
    org().invitations.clear();
    for (const one of [alice, zed]) await connection.set(one, 'member', end);
    expect([await look(), await look(zed), org().invitations.size]).toEqual([[], [], 0]);
    await connection.set(zed, 'maintainer', INVITE);
    await connection.set(zed, 'member', end);
    expect(await look(zed)).toEqual([{ level: 'member', origin: 'pending' }]);
  });

  test('our own pending invitation for this team alone is cancelled', async () => {
    await connection.set(zed, 'member', INVITE);
    await connection.set(zed, null, CALL);
    expect([await look(zed), org().invitations.size]).toEqual([[], 0]);
  });

  const ours = () => connection.set(zed, 'member', INVITE);
  const roots = (at: string) => () => acme.root.must('PUT', `${at}/memberships/zed`);
  test.each<[string, (() => Promise<unknown>)[], number[]]>([
    ['root’s for this team alone', [roots(TEAM)], []],
    ['root’s that we added this team to', [roots(`${TEAM}-eu`), ours], [PAYMENTS_EU]],
    ['ours that root added a team to', [ours, roots(`${TEAM}-eu`)], [PAYMENTS_EU]],
  ])('an invitation to the organisation stays, without this team: %s', async (_, by, left) => {
    for (const invite of by) await invite();
    expect(await look(zed)).toEqual([{ level: 'member', origin: 'pending' }]);
    await connection.set(zed, null, CALL);
    expect(await look(zed)).toEqual([]);
    expect([...org().invitations.values()].map(({ teams }) => [...teams.keys()])).toEqual([left]);
  });

  test('an expired invitation counts as nothing, and is made again', async () => {
    await connection.set(zed, 'member', INVITE);
    const [[id, open] = []] = org().invitations;
    const created_at = new Date(Date.now() - 8 * 86_400_000);
    if (id !== undefined && open) org().invitations.set(id, { ...open, created_at });
    expect(await look(zed)).toEqual([]);
    await connection.set(zed, 'member', INVITE);
    expect(await look(zed)).toEqual([{ level: 'member', origin: 'pending' }]);
  });

  test('invariant 14: a renamed and secret team and a renamed person are the same as before', async () => {
    await connection.set(alice, 'member', CALL);
    const person = acme.state.users.get(101);
    team().slug = 'money';
    team().privacy = 'secret';
    if (person) person.login = 'alicia';
    expect(await look()).toEqual([{ level: 'member', origin: 'ours' }]);
    await connection.set(alice, null, CALL);
    if (person) person.login = 'alice';
    expect([await look(), team().members.size]).toEqual([[], 0]);
  });

  test('invariant 14: a team that was deleted and created again is another, and proves nothing', async () => {
    await connection.set(alice, 'member', CALL);
    const old = team();
    acme.state.teams.delete(PAYMENTS);
    team(PAYMENTS_EU).parent_id = null;
    acme.state.teams.set(6099, { ...old, id: 6099, members: new Map() });
    await expect(look()).rejects.toMatchObject({ name: 'TargetFault', lasting: true });
    await expect(connection.set(alice, null, CALL)).rejects.toMatchObject({ lasting: true });
    acme.state.teams.delete(6099);
    acme.state.teams.set(PAYMENTS, old);
    team(PAYMENTS_EU).parent_id = PAYMENTS;
  });

  test('a name in the catalog that is not the team’s gives nothing, and still takes away', async () => {
    const call = { ...CALL, entitlement: ENTITLEMENT };
    await connection.set(alice, 'member', call);
    team().slug = 'money';
    await expect(connection.set(alice, 'maintainer', call)).rejects.toMatchObject({
      lasting: true,
      message: 'the catalog says Acme/payments, and team 6000 is acme/money',
    });
    await connection.set(alice, null, call);
    expect(await look()).toEqual([]);
  });

  test('a team that an identity provider synchronises is a lasting fault with a plain message', async () => {
    await expect(connection.set(slot(101, 6004), 'member', CALL)).rejects.toMatchObject({
      lasting: true,
      message: expect.stringMatching(/lets nobody change acme\/synced.*identity provider/),
    });
    team(6004).members.set(102, 'member');
    await expect(connection.set(slot(102, 6004), null, CALL)).rejects.toMatchObject({
      lasting: true,
    });
  });

  test('invariant 9: what the core refuses is not given, and can be taken away if it is there', async () => {
    await connection.set(alice, 'member', CALL);
    acme.refused.set(PAYMENTS, 'the team acme/payments approves access');
    await expect(connection.set(alice, 'maintainer', CALL)).rejects.toMatchObject({
      lasting: true,
      message: 'Daypass gives this to nobody: the team acme/payments approves access',
    });
    await connection.set(alice, null, CALL);
    expect(await look()).toEqual([]);
  });

  test('invariant 9: an App for targets that is installed on the access repository gives nothing', async () => {
    const installation = acme.state.installations.get(78);
    if (!installation) throw new Error('the App is not installed');
    const everywhere = new Set([ACCESS, ORDERS]);
    acme.state.installations.set(78, { ...installation, repo_ids: everywhere });
    await expect(connection.set(alice, 'member', CALL)).rejects.toThrow('uninstall it there');
    acme.state.installations.set(78, installation);
  });

  const list = (totalCount = 0) => ({
    ...{ totalCount, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] },
  });
  const answer = (team: object | null, databaseId = 5000) => ({
    data: { organization: { databaseId, login: 'acme', team } },
  });
  const lists = { slug: 'payments', invited: list(), below: list(), direct: list() };
  const payments = { ...lists, databaseId: PAYMENTS };
  test.each([
    ['a cut list of members', answer({ ...payments, direct: list(2) })],
    ['a cut list of invitations', answer({ ...payments, invited: list(1) })],
    ['a cut list of who is below', answer({ ...payments, below: list(1) })],
    ['another team by that name', answer({ ...lists, databaseId: 6099 })],
    ['no team', answer(null)],
    ['another organisation by that name', answer(payments, 5001)],
  ])('invariant 14: %s proves nothing', async (_, body) => {
    await acme.fault({ method: 'POST', route: '/graphql' }, { status: 200, body });
    await expect(look()).rejects.toMatchObject({ name: 'TargetFault', lasting: false });
  });

  const BY_ID = '/organizations/{org_id}/team/{team_id}';
  test.each([
    [502, {}, false, 0],
    [403, { 'retry-after': '90' }, false, 90_000],
    [429, {}, false, 60_000],
    [403, {}, true, 0],
    [404, {}, true, 0],
  ])('a %s with %j is a fault, lasting %s, to wait %s ms', async (status, headers, lasting, ms) => {
    const anew = await githubTeam.connect(acme.config);
    await acme.fault({ method: 'GET', route: BY_ID }, { status, headers, body: { message: 'No' } });
    const fault = { name: 'TargetFault', lasting, retry_after_ms: ms };
    await expect(anew.observe([alice])).rejects.toMatchObject(fault);
  });

  test('while GitHub asks to wait, nothing more is sent to it for anybody', async () => {
    const anew = await githubTeam.connect(acme.config);
    const limit = { status: 403, headers: { 'retry-after': '60' }, body: { message: 'slow down' } };
    await acme.fault({ method: 'GET', route: BY_ID }, limit);
    await expect(anew.observe([alice])).rejects.toMatchObject({ retry_after_ms: 60_000 });
    const asked = acme.github.github.calls.list().length;
    const error: unknown = await anew.observe([slot(102)]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TargetFault', lasting: false });
    expect((error as TargetFault).retry_after_ms).toBeGreaterThan(50_000);
    expect(acme.github.github.calls.list()).toHaveLength(asked);
  });

  test('a call ends at its deadline, and a rate limit on a change is temporary', async () => {
    await acme.fault({ method: 'PUT', route: MEMBERSHIP }, { delay_ms: 3000 });
    const giving = connection.set(alice, 'member', { ...CALL, deadline_ms: 1500 });
    await expect(giving).rejects.toMatchObject({ name: 'TargetFault', lasting: false });
    const limit = { status: 403, headers: { 'retry-after': '1' }, body: { message: 'slow down' } };
    await acme.fault({ method: 'PUT', route: MEMBERSHIP }, limit);
    const anew = await githubTeam.connect(acme.config);
    await expect(anew.set(slot(102), 'member', CALL)).rejects.toMatchObject({
      lasting: false,
    });
  });

  test('more than one page of members is read to its end', async () => {
    for (let id = 2001; id <= 2150; id += 1) {
      const login = `member-${id}`;
      const more = { name: null, email: null, type: 'User' as const, created_at: new Date() };
      acme.state.users.set(id, { id, login, ...more });
      org().members.set(id, 'member');
      team().members.set(id, 'member');
    }
    expect(await look(slot(2150))).toEqual([{ level: 'member', origin: 'ours' }]);
    // GitHub is not asked again for what is there already.
    const before = calls('PUT', MEMBERSHIP);
    await connection.set(slot(2150), 'member', CALL);
    expect(calls('PUT', MEMBERSHIP)).toBe(before);
  });
});
