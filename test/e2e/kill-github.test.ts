import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { person } from '../../lab/github/people.js';
import { PEOPLE } from '../../lab/acme/acme.js';
import { bodies, comment, entries, merged } from '../../lab/acme/asking.js';
import {
  ORDERS,
  OUTSIDE,
  TARGETS_APP,
  targetsEnvironment,
  withTargets,
} from '../../lab/acme/github-targets.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';
import { endHolds } from '../support/holds.js';

/** A person who is not a member of acme. */
const ZED = OUTSIDE.zed;
const TEAM = 8001;

const CATALOGS = {
  'policies/catalog/orders.yaml': `provider: github-collaborator
owners: [payments]
roles:
  write: { entitlement: { repository: acme/orders, repository_id: ${ORDERS}, permission: push } }
environments: { staging: { target: acme } }
`,
  'policies/catalog/guests.yaml': `provider: github-team
owners: [payments]
roles:
  guest: { entitlement: { team: acme/guests, team_id: ${TEAM}, role: member, invite: true } }
environments: { staging: { target: acme } }
`,
};

const withGuests = withTargets({
  permissions: { administration: 'write', members: 'write' },
  by_membership: 'none',
  teams: [{ org: 'acme', slug: 'guests', id: TEAM, repos: {} }],
});

const COLLABORATOR = '/repos/{owner}/{repo}/collaborators/{username}';
const MEMBERSHIP = '/orgs/{org}/teams/{team_slug}/memberships/{username}';
const TOKENS = '/app/installations/{installation_id}/access_tokens';
const INTENDED = ['grant.approved', 'grant.activating'];

describe('the worker is killed during a call to a target on GitHub, and GitHub carries the call out', () => {
  let acme: Installation;
  let worker: Program;
  const start = async () => {
    worker = await acme.start('worker', targetsEnvironment(acme));
  };
  beforeAll(async () => {
    ({ acme, worker } = await running({
      now: '2026-11-24T09:00:00Z',
      files: CATALOGS,
      seed: withGuests,
      worker: targetsEnvironment,
    }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  /** What GitHub has about a person on orders and in the team. */
  const there = (id: number) => {
    const orders = acme.github.state.repos.get(ORDERS);
    const org = acme.github.state.orgs.get(7001);
    const open = [...(orders?.invitations.values() ?? []), ...(org?.invitations.values() ?? [])];
    return {
      role: orders?.collaborators.get(id) ?? null,
      team: acme.github.state.teams.get(TEAM)?.members.get(id) ?? null,
      invitations: open.filter((one) => one.invitee_id === id).length,
    };
  };
  const NOTHING = { role: null, team: null, invitations: 0 };
  /** The changes that the targets' App asked GitHub for. */
  const changes = () =>
    acme.github.github.calls
      .list()
      .filter(({ writes, app_id, route }) => writes && app_id === TARGETS_APP && route !== TOKENS)
      .map(({ method, route }) => `${method} ${route}`);
  const path = (branch: string) => `access-grants/staging/${branch}.yml`;
  const told = async (branch: string) => {
    const all = (await entries(acme)).filter(({ grant }) => grant?.startsWith(`${path(branch)}@`));
    const kinds = all.map(({ kind }) => kind).filter((kind) => kind.startsWith('grant.'));
    return kinds.filter((kind) => !['grant.attempt_failed', 'grant.overdue'].includes(kind));
  };
  /** A person is to have something for two hours; the worker dies when GitHub has done it and not answered. */
  const killed = async (branch: string, of: Readonly<Record<string, string>>, route: string) => {
    acme.github.github.faults.add({
      match: { method: 'PUT', route },
      do: { after: true, delay_ms: 600_000, drop: true },
      times: 1,
    });
    const files = { [path(branch)]: grantFile({ duration: '2h', ticket: null, ...of }) };
    return (await merged(acme, { who: 'alice', branch, files }, ['bob'])).number;
  };
  const dies = async (id: number, is: object) => {
    await until('what GitHub did', async () => {
      expect(there(id)).toEqual({ ...NOTHING, ...is });
      return true;
    });
    await worker.end('SIGKILL');
    await endHolds(acme.ledger);
    expect(acme.github.github.faults.list()).toEqual([]);
  };

  test('invariants 14, 18, 21: a role that was given without an answer is found, reported once, and ended at its time', async () => {
    const role = { subject: 'frank', resource: 'orders', role: 'write' };
    await killed('role', role, COLLABORATOR);
    await dies(PEOPLE.frank.id, { role: 'write' });
    expect(await told('role')).toEqual(INTENDED);
    acme.github.github.calls.clear();

    await start();
    await acme.grant(path('role'), 'active');
    expect(changes()).toEqual([]);
    expect(await told('role')).toEqual([...INTENDED, 'grant.activated']);
    expect(there(PEOPLE.frank.id)).toEqual({ ...NOTHING, role: 'write' });
    await acme.advance('PT2H');
    const { id } = await acme.grant(path('role'), 'expired');
    expect(await told('role')).toEqual([...INTENDED, 'grant.activated', 'grant.expired']);
    expect(there(PEOPLE.frank.id)).toEqual(NOTHING);
    expect(changes()).toEqual([`DELETE ${COLLABORATOR}`]);
    const all = await entries(acme, { grant: String(id) });
    // What the lost call gave is not taken for access from before.
    expect(bodies(all, 'grant.activating').map(({ baseline }) => baseline)).toEqual([[]]);
    expect(bodies(all, 'grant.expired').map(({ observed }) => observed)).toEqual([[]]);
  }, 400_000);

  test.each([
    { what: 'to a repository', resource: 'orders', role: 'write', route: COLLABORATOR },
    { what: 'to a team', resource: 'guests', role: 'guest', route: MEMBERSHIP },
  ])(
    'invariants 14, 18, 21: an invitation $what that was made without an answer is found, and not made again',
    async ({ resource, role, route }) => {
      const branch = `invited-${resource}`;
      const number = await killed(branch, { subject: 'zed', resource, role }, route);
      await dies(ZED, { invitations: 1 });
      expect(await told(branch)).toEqual(INTENDED);
      acme.github.github.calls.clear();

      await start();
      await comment(acme, number, /invited, but not accepted yet/);
      expect(there(ZED)).toEqual({ ...NOTHING, invitations: 1 });
      expect(changes()).toEqual([]);
      expect(await told(branch)).toEqual(INTENDED);
      await acme.advance('PT1H');
      await acme.grant(path(branch), 'lapsed');
      expect(await told(branch)).toEqual([...INTENDED, 'grant.lapsed']);
      expect(there(ZED)).toEqual(NOTHING);
    },
    400_000,
  );

  test('invariants 14, 18: a role that was removed without an answer is seen gone, once', async () => {
    const branch = 'taken';
    const of = { subject: 'zed', resource: 'orders', role: 'write', duration: '1h', ticket: null };
    const files = { [path(branch)]: grantFile(of) };
    const { number } = await merged(acme, { who: 'alice', branch, files }, ['bob']);
    await comment(acme, number, /invited, but not accepted yet/);
    const [invitation] = acme.github.state.repos.get(ORDERS)?.invitations.keys() ?? [];
    const zed = person(acme.github.url, 'tok_zed');
    await zed.must('PATCH', `/user/repository_invitations/${String(invitation)}`);
    await acme.advance('PT1M');
    await acme.grant(path(branch), 'active');

    acme.github.github.faults.add({
      match: { method: 'DELETE', route: COLLABORATOR },
      do: { after: true, delay_ms: 600_000, drop: true },
      times: 1,
    });
    await acme.advance('PT59M');
    await dies(ZED, {});
    expect(await told(branch)).not.toContain('grant.expired');
    acme.github.github.calls.clear();
    await start();
    expect(await acme.grant(path(branch), 'expired')).toMatchObject({ overdue: false });
    expect(await told(branch)).toEqual([...INTENDED, 'grant.activated', 'grant.expired']);
    expect(changes()).toEqual([]);
    expect(there(ZED)).toEqual(NOTHING);
  }, 400_000);
});
