import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY, PEOPLE, settingsWithTarget } from '../../lab/acme/acme.js';
import { approve, bodies, comment, denial, entries, merged } from '../../lab/acme/asking.js';
import { callsForGrants, targetsEnvironment, withTargets } from '../../lab/acme/github-targets.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

/** Teams of acme that the catalog gives, in addition to those that approve. */
const TEAMS = {
  orders: 8001,
  'security-eu': 8002,
  writers: 8003,
  later: 8004,
  again: 8005,
} as const;
type Team = keyof typeof TEAMS;

const role = (team: Team, word: string) =>
  `{ entitlement: { team: acme/${team}, team_id: ${TEAMS[team]}, role: ${word} } }`;
const CATALOG = `provider: github-team
owners: [payments]
roles:
  orders: ${role('orders', 'member')}
  leads-orders: ${role('orders', 'maintainer')}
  security-eu: ${role('security-eu', 'member')}
  writers: ${role('writers', 'member')}
  later: ${role('later', 'member')}
  again: ${role('again', 'member')}
environments: { development: { target: acme }, production: { target: acme } }
`;
const FILE = 'policies/catalog/teams.yaml';
/** The access repository under a name that it does not have. */
const REPOSITORIES = `provider: github-collaborator
owners: [payments]
roles:
  push: { entitlement: { repository: acme/renamed, repository_id: 9001, permission: push } }
environments: { development: { target: acme } }
`;

const withTeams = withTargets({
  permissions: { members: 'write' },
  teams: [
    { org: 'acme', slug: 'orders', id: TEAMS.orders, repos: {} },
    { org: 'acme', slug: 'security-eu', id: TEAMS['security-eu'], parent: 'security', repos: {} },
    { org: 'acme', slug: 'writers', id: TEAMS.writers, repos: { access: 'write' } },
    { org: 'acme', slug: 'later', id: TEAMS.later, repos: {} },
    { org: 'acme', slug: 'again', id: TEAMS.again, repos: {} },
  ],
});

const grant = (of: Readonly<Record<string, unknown>>) =>
  grantFile({ resource: 'teams', ticket: null, ...of });
const development = (name: string) => `access-grants/development/${name}.yml`;

describe('teams on GitHub', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({
      now: '2026-11-24T09:00:00Z',
      files: {
        [FILE]: CATALOG,
        'policies/catalog/repositories.yaml': REPOSITORIES,
        'policies/settings.yaml': settingsWithTarget('acme', ['development', 'production']),
      },
      seed: withTeams,
      worker: (of) => ({
        // The lease of a failed call runs out after twice this time.
        HOLD_SECONDS: '5',
        ...targetsEnvironment(of),
      }),
    }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const team = (name: Team) => {
    const found = acme.github.state.teams.get(TEAMS[name]);
    if (!found) throw new Error(`acme has no team ${name}`);
    return found;
  };
  const members = (name: Team) => Object.fromEntries(team(name).members);
  const alice = PEOPLE.alice.id;
  const failed = (grant: string, why: string) =>
    until(`a start that failed: ${why}`, async () => {
      const all = bodies(await entries(acme, { grant }), 'grant.attempt_failed');
      if (all.some(({ error }) => error.includes(why))) return true;
      throw new Error(all.map(({ error }) => error).join('\n') || 'none failed');
    });

  test('invariant 15: of two roles in one team the stronger ends, and the other stays until its own end', async () => {
    const [longer, shorter] = [development('orders'), development('leads-orders')];
    const files = {
      [longer]: grant({ role: 'orders', duration: '4h' }),
      [shorter]: grant({ role: 'leads-orders', duration: '2h' }),
    };
    const pull = await merged(acme, { who: 'alice', branch: 'orders', files }, []);
    await acme.grant(longer, 'active');
    await acme.grant(shorter, 'active');
    expect(members('orders')).toEqual({ [alice]: 'maintainer' });
    await acme.advance('PT2H');
    await acme.grant(shorter, 'expired');
    expect(members('orders')).toEqual({ [alice]: 'member' });
    await acme.advance('PT2H');
    const { id } = await acme.grant(longer, 'expired');
    expect(members('orders')).toEqual({});
    await comment(acme, pull.number, /seen gone/);
    const [ended] = bodies(await entries(acme, { grant: String(id) }), 'grant.expired');
    expect(ended?.observed).toEqual([]);
  }, 400_000);

  test('invariant 9: power over Daypass is denied, whatever the policy says, and quarantined if it lands', async () => {
    const [eu, itself, writers] = [
      development('eu'),
      development('itself'),
      development('writers'),
    ];
    const pull = await acme.ask('alice', 'power', {
      [eu]: grant({ role: 'security-eu' }),
      [itself]: grant({ resource: 'repositories', role: 'push' }),
      [writers]: grant({ role: 'writers' }),
    });
    const { lines } = await denial(acme, pull.head.sha);
    expect(lines).toEqual([
      expect.stringContaining('security, above or below the team acme/security-eu, approves'),
      expect.stringContaining('acme/renamed is the access repository'),
      expect.stringContaining('the team acme/writers may write to the access repository'),
    ]);
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    for (const path of [eu, itself, writers])
      expect(await acme.grant(path, 'requested')).toMatchObject({ quarantined: true });
    expect([members('security-eu'), members('writers')]).toEqual([{}, {}]);
  }, 400_000);

  test('invariant 9: a catalog that names an approver team does not come into force', async () => {
    const named = CATALOG.replace('acme/orders', 'acme/security');
    const pull = await acme.ask('alice', 'named', { [FILE]: named });
    const { check, lines } = await denial(acme, pull.head.sha);
    expect(check.conclusion).toBe('failure');
    expect(lines.join('\n')).toContain('the team "acme/security", which approves access');
  }, 400_000);

  test('invariants 9 and 16: before the start, a team whose power is unknown waits, and a team with power is refused', async () => {
    const path = development('later');
    const starts_at = new Date(acme.github.state.clock.now().getTime() + 3_600_000).toISOString();
    const files = { [path]: grant({ role: 'later', duration: '1h', starts_at }) };
    await merged(acme, { who: 'alice', branch: 'later', files }, []);
    const { id } = await acme.grant(path, 'scheduled');
    team('later').slug = 'renamed';
    await acme.advance('PT1H');
    await failed(String(id), 'GitHub has no such team');
    team('later').slug = 'later';
    team('later').repos.set(9001, 'maintain');
    await acme.advance('PT1M');
    const { why } = await acme.grant(path, 'refused');
    expect(why).toEqual([expect.stringContaining('may write to the access repository')]);
    expect(members('later')).toEqual({});
  }, 400_000);

  test('invariant 9: a start that is tried again is checked again, and its end happens anyway', async () => {
    const path = development('again');
    // The call comes after the intent.
    acme.github.github.faults.add({
      match: { method: 'PUT', route: '/orgs/{org}/teams/{team_slug}/memberships/{username}' },
      do: { status: 502, body: { message: 'Bad Gateway' } },
      times: 1,
    });
    const files = { [path]: grant({ role: 'again', duration: '1h' }) };
    await merged(acme, { who: 'alice', branch: 'again', files }, []);
    const { id } = await acme.grant(path, 'activating');
    await failed(String(id), '502');
    team('again').repos.set(9001, 'write');
    await acme.advance('PT1M');
    await failed(String(id), 'Daypass gives this to nobody: the team acme/again may write');
    await acme.advance('PT1H');
    await acme.grant(path, 'expired');
    expect(members('again')).toEqual({});
  }, 400_000);

  test('invariant 4: the approval of somebody who is in an approver team through a live grant does not count', async () => {
    const path = development('frank');
    const files = { [path]: grant({ subject: 'frank', role: 'orders', duration: '1h' }) };
    acme.github.github.calls.clear();
    await merged(acme, { who: 'frank', branch: 'frank', files }, []);
    await acme.grant(path, 'active');
    // An owner moves the team below one that approves.
    const security = [...acme.github.state.teams.values()].find(({ slug }) => slug === 'security');
    team('orders').parent_id = security?.id ?? null;

    const asked = { ['access-grants/production/orders.yml']: grantFile() };
    const pull = await acme.ask('alice', 'by-grant', asked);
    await approve(acme, pull.number, ['bob', 'frank']);
    const check = await acme.check(pull.head.sha, ({ title }) => title.startsWith('Not yet: 1'));
    expect(check.summary).toContain('they are in the team only by a grant of Daypass');

    await acme.advance('PT1H');
    await acme.grant(path, 'expired');
    expect(members('orders')).toEqual({});
    // Invariant 16: the whole life of a grant costs the targets' App at most 10 calls.
    expect(callsForGrants(acme)).toBeLessThanOrEqual(10);
    expect(callsForGrants(acme)).toBeGreaterThan(0);
  }, 400_000);
});
