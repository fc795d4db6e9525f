import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { person } from '../../lab/github/people.js';
import type { SeedInput } from '../../lab/github/seed.js';
import { PEOPLE } from '../../lab/acme/acme.js';
import type { Name } from '../../lab/acme/acme.js';
import { bodies, comment, entries, merged } from '../../lab/acme/asking.js';
import { ORDERS, targetsEnvironment, withTargets } from '../../lab/acme/github-targets.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

const role = (permission: string) =>
  `{ entitlement: { repository: acme/orders, repository_id: ${ORDERS}, permission: ${permission} } }`;
const CATALOG = `provider: github-collaborator
owners: [payments]
roles:
  read: ${role('pull')}
  write: ${role('push')}
  administer: ${role('admin')}
environments: { development: { target: acme } }
`;

/** Everybody can read orders as a member, the on-call team can write, and nobody has a direct role. */
const withOrders = (plain: SeedInput): SeedInput => {
  const permissions = { administration: 'write', members: 'read' } as const;
  const { teams = [], ...acme } = withTargets({ permissions, by_membership: 'read' })(plain);
  return {
    ...acme,
    teams: teams.map((team) =>
      team.slug === 'on-call' ? { ...team, repos: { ...team.repos, orders: 'write' } } : team,
    ),
  };
};

const path = (name: string) => `access-grants/development/${name}.yml`;
const pull = (origin: string) => ({ level: 'pull', origin });
const push = (origin: string) => ({ level: 'push', origin });
const admin = { level: 'admin', origin: 'ours' };

describe('people who have a repository on GitHub through the organisation or a team', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({
      now: '2026-11-24T09:00:00Z',
      files: { 'policies/catalog/orders.yaml': CATALOG },
      seed: withOrders,
      worker: targetsEnvironment,
    }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const own = () => acme.github.state.repos.get(ORDERS)?.collaborators ?? new Map();
  /** What GitHub lets a person do with orders, in whatever way. */
  const may = async (who: Name) => {
    const as = person(acme.github.url, `tok_${who}`);
    const { status, body } = await as.call<{
      permissions?: { admin: boolean; push: boolean; pull: boolean };
    }>('GET', '/repos/acme/orders');
    if (status === 404) return null;
    const { admin, push, pull } = body.permissions ?? {};
    return admin ? 'admin' : push ? 'write' : pull ? 'read' : null;
  };
  /** Gives a person a role on orders for two hours. */
  const given = async (who: Name, role: string, branch: string) => {
    const file = grantFile({
      subject: who,
      resource: 'orders',
      role,
      duration: '2h',
      ticket: null,
    });
    const { number } = await merged(acme, { who, branch, files: { [path(branch)]: file } }, []);
    const { id } = await acme.grant(path(branch), 'active');
    return { id: String(id), number };
  };
  const told = (grant: string) => entries(acme, { grant });
  const observed = async (grant: string) => {
    const all = await told(grant);
    return {
      before: bodies(all, 'grant.activating').map(({ baseline }) => baseline),
      during: bodies(all, 'grant.activated').map((one) => one.observed),
      after: bodies(all, 'grant.expired').map((one) => one.observed),
    };
  };
  const onCall = (method: 'PUT' | 'DELETE', who: Name) =>
    acme.people.root.must(method, `/orgs/acme/teams/on-call/memberships/${who}`);

  test.each([
    { who: 'alice', by: 'membership', role: 'administer', ours: admin, kept: pull, has: 'read' },
    { who: 'frank', by: 'membership', role: 'read', ours: pull('ours'), kept: pull, has: 'read' },
    { who: 'dave', by: 'a team', role: 'administer', ours: admin, kept: push, has: 'write' },
  ] as const)(
    'invariants 14, 15: $who, who has $has by $by, is given $role: the inherited role is there after the end',
    async ({ who, role, ours, kept, has }) => {
      expect(await may(who)).toBe(has);
      const { id, number } = await given(who, role, `${who}-${role}`);
      expect(await may(who)).toBe(role === 'administer' ? 'admin' : has);
      expect([...own().keys()]).toEqual([PEOPLE[who].id]);
      // Reviewers see it (invariant 15).
      const unlisted = `${kept('inherited').level} (inherited) was there before and is not listed`;
      expect(await comment(acme, number, /Drift/)).toContain(unlisted);
      expect(await acme.grant(path(`${who}-${role}`), 'active')).toMatchObject({
        drift: [expect.stringContaining(unlisted)],
      });

      await acme.advance('PT2H');
      expect(await acme.grant(path(`${who}-${role}`), 'expired')).toMatchObject({
        id,
        overdue: false,
        drift: [],
        error: null,
      });
      expect([...own().keys()]).toEqual([]);
      expect(await may(who)).toBe(has);
      expect(await observed(id)).toEqual({
        before: [[kept('inherited')]],
        during: [[ours, kept('inherited')]],
        after: [[kept('inherited')]],
      });
      const kinds = (await told(id)).map(({ kind }) => kind);
      expect(kinds).not.toContain('grant.overdue');
      const said = await comment(acme, number, /ended at its time/);
      expect(said).toContain(`still there**: ${kept('inherited').level} (inherited)`);
      expect(said).not.toMatch(/OVERDUE|seen gone/);
    },
    400_000,
  );

  test('invariant 15: an inherited role that goes during a grant is not given back at its end', async () => {
    const { id } = await given('dave', 'administer', 'off-call');
    await onCall('DELETE', 'dave');
    expect(await may('dave')).toBe('admin');
    await acme.advance('PT2H');
    expect(await acme.grant(path('off-call'), 'expired')).toMatchObject({ overdue: false });
    expect([await may('dave'), own().size]).toEqual(['read', 0]);
    expect(await observed(id)).toMatchObject({ after: [[pull('inherited')]] });
  }, 400_000);

  test('invariant 14: a role that a team gives during a grant is not ours: it is reported as still there, and not touched', async () => {
    const { id, number } = await given('erin', 'write', 'erin');
    await onCall('PUT', 'erin');
    await acme.advance('PT2H');
    const said = await comment(acme, number, /OVERDUE/);
    expect(said).toContain('still there: push (inherited)');
    // Our role went anyway, and the team was not touched.
    expect([await may('erin'), own().size]).toEqual(['write', 0]);
    expect(await acme.grant(path('erin'), 'active')).toMatchObject({ overdue: true });

    await onCall('DELETE', 'erin');
    await acme.advance('PT1M');
    expect(await acme.grant(path('erin'), 'expired')).toMatchObject({ overdue: false });
    expect(await may('erin')).toBe('read');
    expect(await observed(id)).toMatchObject({ after: [[pull('inherited')]] });
    await until(
      'a comment that has nothing to say of it',
      async () => !(await comment(acme, number, /ended at its time/)).includes('OVERDUE'),
    );
  }, 400_000);
});
