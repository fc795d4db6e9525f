import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { githubCollaborator } from '../../../src/providers/github-collaborator/collaborator.js';
import { githubTeam } from '../../../src/providers/github-team/team.js';
import type { Connection, Provider, SlotHints } from '../../../src/ports.js';
import { isForAGrant } from '../../../lab/github/calls.js';
import { ACCESS, ORDERS, PAYMENTS, PAYMENTS_EU, startAcme, type Acme } from './acme.js';

const CALL = { deadline_ms: 5000, keep_sessions: true };
const END = { ...CALL, takes_only: true };
/** The calls that say with an id whose a login is. */
const TELLS_WHOSE = /^GET \/(user\/\{account_id\}|orgs\/\{org\}\/memberships\/\{username\})$/;
const repository = { repository: 'acme/orders', repository_id: ORDERS, permission: 'push' };
const team = { team: 'acme/payments', team_id: PAYMENTS, role: 'member' };

let acme: Acme;
beforeAll(async () => {
  acme = await startAcme();
});
afterAll(() => acme.github.close());
beforeEach(() => {
  acme.state.repos.get(ORDERS)?.collaborators.clear();
  acme.state.repos.get(ORDERS)?.invitations.clear();
  for (const one of acme.state.teams.values()) one.members.clear();
  acme.github.github.calls.clear();
});

const asked = () =>
  acme.github.github.calls
    .list()
    .filter(isForAGrant)
    .map(({ method, route }) => `${method} ${route}`);

type Turn = Required<Pick<Connection, 'observe' | 'set'>>;
const turnOn = (connection: Connection, hints: SlotHints): Turn =>
  connection.forTurn?.(hints) ?? connection;

const KINDS: [string, Provider, SlotHints['entitlement'], string, number, number][] = [
  ['repository', githubCollaborator, repository, 'push', 6, 4],
  ['team', githubTeam, team, 'member', 6, 4],
];

const OFFERED = { resource: 'orders', environment: 'staging', role: 'write' };

describe.each(KINDS)(
  'a turn on one slot of a %s',
  (kind, provider, entitlement, level, ...calls) => {
    let connection: Connection;
    const slot = provider.slot(entitlement, '101', OFFERED);
    const hints = { entitlement, login: 'alice' };
    beforeAll(async () => {
      connection = await provider.connect(acme.config);
    });
    afterAll(() => connection.close());

    test('invariant 16: ten calls give access and take it away, and whose the login is is the last before it is given to', async () => {
      const start = turnOn(connection, hints);
      expect(await start.observe([slot], 'other')).toEqual([[]]);
      await start.set(slot, level, { ...CALL, entitlement });
      expect(await start.observe([slot], 'other')).toEqual([[{ level, origin: 'ours' }]]);
      const given = asked();
      acme.github.github.calls.clear();

      const end = turnOn(connection, hints);
      expect(await end.observe([slot])).toEqual([[{ level, origin: 'ours' }]]);
      await end.set(slot, null, END);
      expect(await end.observe([slot])).toEqual([[]]);
      const taken = asked();
      expect([given.length, taken.length]).toEqual(calls);
      const gives = given.findIndex((one) => one.startsWith('PUT '));
      expect(given[gives - 1]).toMatch(TELLS_WHOSE);
    });

    test('invariant 6: a login that changes hands between the look and the call gives nothing to who took it', async () => {
      const [owner, taker] = [101, 102].map((id) => acme.state.users.get(id));
      if (!owner || !taker) throw new Error('acme has no alice or no bob');
      const turn = turnOn(connection, hints);
      expect(await turn.observe([slot], 'other')).toEqual([[]]);
      [owner.login, taker.login] = ['alice-now', 'alice'];
      try {
        await turn.set(slot, level, { ...CALL, entitlement });
        const taken = provider.slot(entitlement, '102', OFFERED);
        expect(await connection.observe([slot, taken])).toEqual([[{ level, origin: 'ours' }], []]);
      } finally {
        [owner.login, taker.login] = ['alice', 'bob'];
      }
    });

    test('invariant 14: names that are somebody else’s, or nobody’s, change nothing', async () => {
      const wrong = { ...entitlement, repository: 'acme/access', team: 'acme/payments-eu' };
      const gone = { ...entitlement, repository: 'acme/gone', team: 'gone/gone' };
      const eu = acme.state.teams.get(PAYMENTS_EU);
      acme.state.repos.get(ACCESS)?.collaborators.set(101, 'admin');
      eu?.members.set(102, 'maintainer');
      for (const names of [wrong, gone]) {
        for (const login of ['bob', 'nobody-of-that-name', 'daypass[bot]']) {
          const turn = turnOn(connection, { entitlement: names, login });
          expect(await turn.observe([slot])).toEqual([[]]);
          await turn.set(slot, level, CALL);
          expect(await turn.observe([slot])).toEqual([[{ level, origin: 'ours' }]]);
          await turn.set(slot, null, END);
          expect(await turn.observe([slot])).toEqual([[]]);
        }
      }
      expect(acme.state.repos.get(ACCESS)?.collaborators.get(101)).toBe('admin');
      acme.state.repos.get(ACCESS)?.collaborators.delete(101);
    });

    test('invariant 14: what others did since the turn’s first look is seen at its last', async () => {
      const turn = turnOn(connection, hints);
      expect(await turn.observe([slot])).toEqual([[]]);
      // Somebody gives it by hand, which the call does not know of.
      const by_hand = turnOn(connection, hints);
      await by_hand.set(slot, level, CALL);
      await turn.set(slot, null, END);
      expect(await turn.observe([slot])).toEqual([[{ level, origin: 'ours' }]]);
      // The next call reads what is there, unless it was just observed.
      await turn.set(slot, null, END);
      expect(await turn.observe([slot])).toEqual([[]]);
    });

    test('invariant 14: whose the organisation’s name is, is asked again once it leads elsewhere', async () => {
      const org = acme.state.orgs.get(5000);
      if (!org) throw new Error('there is no acme');
      const before = await connection.fingerprint();
      org.login = 'acme-of-old';
      const fault = { name: 'TargetFault', lasting: true };
      try {
        await expect(turnOn(connection, hints).observe([slot])).rejects.toMatchObject(fault);
        await expect(connection.fingerprint()).rejects.toMatchObject(fault);
      } finally {
        org.login = 'acme';
      }
      expect(await connection.fingerprint()).toBe(before);
    });
  },
);

test('invariant 14: an invitation that a call made is known to the next look, and read anew by the one after', async () => {
  const connection = await githubCollaborator.connect(acme.config);
  const slot = githubCollaborator.slot(repository, '106', OFFERED);
  const turn = turnOn(connection, { entitlement: repository, login: 'zed' });
  expect(await turn.observe([slot], 'other')).toEqual([[]]);
  await turn.set(slot, 'push', CALL);
  const pending = [[{ level: 'push', origin: 'pending' }]];
  expect(await turn.observe([slot], 'other')).toEqual(pending);
  acme.state.repos.get(ORDERS)?.invitations.clear();
  expect(await turn.observe([slot])).toEqual([[]]);
  await connection.close();
});

test('invariant 14: who is invited is read anew at an end of somebody who also had an invitation', async () => {
  const connection = await githubCollaborator.connect(acme.config);
  const slot = githubCollaborator.slot(repository, '106', OFFERED);
  await connection.set(slot, 'push', CALL);
  const orders = acme.state.repos.get(ORDERS);
  orders?.collaborators.set(106, 'write');
  const turn = turnOn(connection, { entitlement: repository, login: 'zed' });
  expect(await turn.observe([slot])).toHaveLength(1);
  await turn.set(slot, null, END);
  await acme.root.must('PUT', '/repos/acme/orders/collaborators/zed', { permission: 'pull' });
  expect(await turn.observe([slot])).toEqual([[{ level: 'pull', origin: 'pending' }]]);
  await connection.close();
});

describe.each([
  ['repository', githubCollaborator, repository, ['pull', 'push']],
  ['team', githubTeam, { ...team, role: 'maintainer' }, ['member', 'maintainer']],
] as const)(
  'a person who had a lesser role on a %s before',
  (kind, provider, entitlement, levels) => {
    const [lesser, level] = levels;
    const hints = { entitlement, login: 'alice' };
    const slot = provider.slot(entitlement, '101', OFFERED);
    let connection: Connection;
    beforeAll(async () => {
      connection = await provider.connect(acme.config);
    });
    afterAll(() => connection.close());
    const hadBefore = () => {
      if (kind === 'team') acme.state.teams.get(PAYMENTS)?.members.set(101, 'member');
      else acme.state.repos.get(ORDERS)?.collaborators.set(101, 'read');
    };

    test('invariant 16: ten calls give more and take it away again', async () => {
      hadBefore();
      const start = turnOn(connection, hints);
      expect(await start.observe([slot], 'other')).toEqual([[{ level: lesser, origin: 'ours' }]]);
      await start.set(slot, level, { ...CALL, entitlement });
      expect(await start.observe([slot], 'other')).toEqual([[{ level, origin: 'ours' }]]);
      const end = turnOn(connection, hints);
      await end.observe([slot]);
      await end.set(slot, lesser, END);
      expect(await end.observe([slot])).toEqual([[{ level: lesser, origin: 'ours' }]]);
      expect(asked()).toHaveLength(10);
    });

    test('invariant 6: two seconds after the look whose the login is, is asked again, and who took it gets nothing', async () => {
      hadBefore();
      const [owner, taker] = [101, 102].map((id) => acme.state.users.get(id));
      if (!owner || !taker) throw new Error('acme has no alice or no bob');
      const start = turnOn(connection, hints);
      await start.set(slot, level, { ...CALL, entitlement });
      const end = turnOn(connection, hints);
      await end.observe([slot]);
      const later = performance.now() + 2_000;
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => later);
      [owner.login, taker.login] = ['alice-now', 'alice'];
      try {
        await end.set(slot, lesser, END);
        expect(asked().some((one) => TELLS_WHOSE.test(one))).toBe(true);
        const taken = provider.slot(entitlement, '102', OFFERED);
        const all = [[{ level: lesser, origin: 'ours' }], []];
        expect(await connection.observe([slot, taken])).toEqual(all);
      } finally {
        clock.mockRestore();
        [owner.login, taker.login] = ['alice', 'bob'];
      }
    });
  },
);

test('invariant 6: a login that changes hands while it is looked up gives nothing yet', async () => {
  const connection = await githubTeam.connect(acme.config);
  const slot = githubTeam.slot(team, '101', OFFERED);
  const body = { state: 'active', role: 'member', user: { id: 102, login: 'alice', type: 'User' } };
  const match = { method: 'GET', route: '/orgs/{org}/memberships/{username}' };
  await acme.fault(match, { status: 200, body });
  await expect(connection.set(slot, 'member', CALL)).rejects.toMatchObject({ lasting: false });
  expect(await connection.observe([slot])).toEqual([[]]);
  await connection.close();
});
