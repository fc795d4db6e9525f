import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { person } from '../../lab/github/people.js';
import { PEOPLE, settingsWithTarget } from '../../lab/acme/acme.js';
import { bodies, comment, entries, merged } from '../../lab/acme/asking.js';
import {
  callsForGrants,
  ORDERS,
  OUTSIDE,
  targetsEnvironment,
  withTargets,
} from '../../lab/acme/github-targets.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

/** A person who is not a member of acme. */
const ZED = OUTSIDE.zed;

const role = (permission: string) =>
  `{ entitlement: { repository: acme/orders, repository_id: ${ORDERS}, permission: ${permission} } }`;
const CATALOG = `provider: github-collaborator
owners: [payments]
roles:
  read: ${role('pull')}
  write: ${role('push')}
  administer: ${role('admin')}
environments: { development: { target: acme }, staging: { target: acme } }
standing:
  - { environment: development, role: read, subjects: [frank, dave], because: they support it }
`;

/** Nobody has anything on orders through membership or teams, and frank has what the catalog lists. */
const withOrders = withTargets({
  permissions: { administration: 'write', members: 'read' },
  by_membership: 'none',
  readers: ['frank'],
});

const grant = (of: Readonly<Record<string, unknown>>) =>
  grantFile({ resource: 'orders', ticket: null, ...of });
const development = (name: string) => `access-grants/development/${name}.yml`;
const staging = (name: string) => `access-grants/staging/${name}.yml`;

describe('roles on a repository on GitHub', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({
      now: '2026-11-24T09:00:00Z',
      files: {
        'policies/catalog/orders.yaml': CATALOG,
        'policies/settings.yaml': settingsWithTarget('acme', ['development', 'staging']),
      },
      seed: withOrders,
      worker: targetsEnvironment,
    }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const orders = () => {
    const found = acme.github.state.repos.get(ORDERS);
    if (!found) throw new Error('acme has no orders');
    return found;
  };
  /** What a person has directly, in GitHub's words. */
  const has = (id: number) => orders().collaborators.get(id);
  const invitations = () =>
    [...orders().invitations.values()].map(({ invitee_id, role }) => ({ invitee_id, role }));
  const of = async (grant: Record<string, unknown>) => entries(acme, { grant: String(grant.id) });

  test('invariant 15: of two roles on one repository the stronger ends, and the other stays until its own end', async () => {
    const [longer, shorter] = [development('read'), development('administer')];
    const files = {
      [longer]: grant({ role: 'read', duration: '4h' }),
      [shorter]: grant({ role: 'administer', duration: '2h' }),
    };
    const pull = await merged(acme, { who: 'alice', branch: 'two-roles', files }, []);
    await acme.grant(longer, 'active');
    await acme.grant(shorter, 'active');
    expect(has(PEOPLE.alice.id)).toBe('admin');
    await acme.advance('PT1H59M');
    // The end of the shorter one is announced before it comes, so its record has been looked at.
    await comment(acme, pull.number, /It ends soon/);
    expect(has(PEOPLE.alice.id)).toBe('admin');

    await acme.advance('PT1M');
    const first = await acme.grant(shorter, 'expired');
    expect(has(PEOPLE.alice.id)).toBe('read');
    const [endedFirst] = bodies(await of(first), 'grant.expired');
    expect(endedFirst?.observed).toEqual([{ level: 'pull', origin: 'ours' }]);
    await acme.grant(longer, 'active');

    await acme.advance('PT2H');
    const last = await acme.grant(longer, 'expired');
    expect(has(PEOPLE.alice.id)).toBeUndefined();
    const [endedLast] = bodies(await of(last), 'grant.expired');
    expect(endedLast?.observed).toEqual([]);
    const said = await comment(acme, pull.number, /still there\*\*: pull[^]*seen gone/);
    expect(said).not.toContain('active');
  }, 400_000);

  describe('a person who is not a member of the organisation', () => {
    /** Asks for zed; returns the grant once GitHub has invited them. */
    const invited = async (name: string, duration: string) => {
      const path = staging(name);
      const files = { [path]: grant({ subject: 'zed', role: 'write', duration }) };
      const pull = await merged(acme, { who: 'alice', branch: name, files }, ['bob']);
      await comment(acme, pull.number, /invited, but not accepted yet/);
      const record = await acme.grant(path, 'activating');
      expect(invitations()).toEqual([{ invitee_id: ZED, role: 'write' }]);
      return { path, record, number: pull.number };
    };
    const tries = async (record: Record<string, unknown>) =>
      bodies(await of(record), 'grant.attempt_failed').length;

    test('invariants 12, 14: an invitation that nobody accepts gives no access, and is gone when the grant has lapsed', async () => {
      const { path, record, number } = await invited('never', '4h');
      const before = await tries(record);
      await acme.advance('PT59M');
      await until('another try', async () => (await tries(record)) > before);
      expect(await acme.grant(path, 'activating')).toMatchObject({ overdue: false });
      // When the start is tried again, they are not invited again.
      expect(invitations()).toEqual([{ invitee_id: ZED, role: 'write' }]);

      await acme.advance('PT1M');
      await acme.grant(path, 'lapsed');
      expect(invitations()).toEqual([]);
      expect(has(ZED)).toBeUndefined();
      const kinds = (await of(record)).map(({ kind }) => kind);
      expect(kinds).not.toContain('grant.activated');
      expect(kinds.at(-1)).toBe('grant.lapsed');
      await comment(acme, number, /lapsed at/);
    }, 400_000);

    test('invariant 14: an invitation that is open at the end of the grant is cancelled, and seen gone', async () => {
      const { path, record } = await invited('too-late', '30m');
      await acme.advance('PT30M');
      await acme.grant(path, 'expired');
      expect(invitations()).toEqual([]);
      expect(has(ZED)).toBeUndefined();
      const all = await of(record);
      expect(bodies(all, 'grant.expired').map(({ observed }) => observed)).toEqual([[]]);
      expect(bodies(all, 'grant.activated')).toEqual([]);
    }, 400_000);

    test('invariant 14: a person who accepts has access from then on, and only until the end', async () => {
      const { path, record } = await invited('accepted', '2h');
      const [invitation] = orders().invitations.keys();
      const zed = person(acme.github.url, 'tok_zed');
      await zed.must('PATCH', `/user/repository_invitations/${String(invitation)}`);
      await acme.advance('PT1M');
      await acme.grant(path, 'active');
      expect([has(ZED), invitations()]).toEqual(['write', []]);
      const [activated] = bodies(await of(record), 'grant.activated');
      expect(activated?.observed).toEqual([{ level: 'push', origin: 'ours' }]);
      // The time of the grant ran while they were invited.
      await acme.advance('PT1H59M');
      await acme.grant(path, 'expired');
      expect([has(ZED), invitations()]).toEqual([undefined, []]);
    }, 400_000);
  });

  test('invariant 15: what the catalog lists as standing stays when a stronger grant ends', async () => {
    const files = Object.fromEntries(
      ['frank', 'dave', 'erin'].map((subject) => [
        development(subject),
        grant({ subject, role: 'administer', duration: '1h' }),
      ]),
    );
    acme.github.github.calls.clear();
    await merged(acme, { who: 'alice', branch: 'standing', files }, ['bob']);
    const given = {
      frank: await acme.grant(development('frank'), 'active'),
      dave: await acme.grant(development('dave'), 'active'),
      erin: await acme.grant(development('erin'), 'active'),
    };
    const { frank, dave, erin } = PEOPLE;
    const all = () => [frank, dave, erin].map(({ id }) => has(id));
    expect(all()).toEqual(['admin', 'admin', 'admin']);
    const baseline = async (record: Record<string, unknown>) =>
      bodies(await of(record), 'grant.activating').map((intent) => intent.baseline);
    // Frank had it before. Only the catalog says that dave should have it, and nothing says so about erin.
    expect(await baseline(given.frank)).toEqual([[{ level: 'pull', origin: 'ours' }]]);
    expect([await baseline(given.dave), await baseline(given.erin)]).toEqual([[[]], [[]]]);

    await acme.advance('PT1H');
    for (const name of ['frank', 'dave', 'erin']) await acme.grant(development(name), 'expired');
    expect(all()).toEqual(['read', 'read', undefined]);
    const ended = async (record: Record<string, unknown>) =>
      bodies(await of(record), 'grant.expired').map(({ observed }) => observed);
    expect(await ended(given.dave)).toEqual([[{ level: 'pull', origin: 'ours' }]]);
    expect(await ended(given.erin)).toEqual([[]]);
    // Invariant 16: the whole life of a grant costs the targets' App 10 calls, and one more if its end leaves a lesser role.
    expect(callsForGrants(acme)).toBeLessThanOrEqual(10 + 2 * 11);
    expect(callsForGrants(acme)).toBeGreaterThan(0);
  }, 400_000);
});
