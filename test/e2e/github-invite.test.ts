import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { person } from '../../lab/github/people.js';
import { bodies, comment, entries, merged } from '../../lab/acme/asking.js';
import { OUTSIDE, targetsEnvironment, withTargets } from '../../lab/acme/github-targets.js';
import type { Outsider } from '../../lab/acme/github-targets.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

const GUESTS = 8001;
const OTHERS = 8002;

const guests = (more: string) =>
  `{ entitlement: { team: acme/guests, team_id: ${GUESTS}, role: member${more} } }`;
const CATALOG = `provider: github-team
owners: [payments]
roles:
  guest: ${guests(', invite: true')}
  member: ${guests('')}
environments: { staging: { target: acme } }
`;

const withGuests = withTargets({
  permissions: { members: 'write' },
  teams: [
    { org: 'acme', slug: 'guests', id: GUESTS, repos: {} },
    { org: 'acme', slug: 'others', id: OTHERS, repos: {} },
  ],
});

const path = (name: string) => `access-grants/staging/${name}.yml`;
const OURS = [{ level: 'member', origin: 'ours' }];

describe('a team on GitHub whose role invites people who are not members of the organisation', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({
      now: '2026-11-24T09:00:00Z',
      files: { 'policies/catalog/teams.yaml': CATALOG },
      seed: withGuests,
      worker: (of) => ({
        // The lease of a failed call runs out after twice this time.
        HOLD_SECONDS: '5',
        ...targetsEnvironment(of),
      }),
    }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  /** What GitHub has about a person: the open invitations (to which teams), the team, and the organisation. */
  const there = (who: Outsider) => {
    const id = OUTSIDE[who];
    const org = acme.github.state.orgs.get(7001);
    const open = [...(org?.invitations.values() ?? [])].filter((one) => one.invitee_id === id);
    return {
      invited: open.map(({ teams }) => Object.fromEntries(teams)),
      team: acme.github.state.teams.get(GUESTS)?.members.get(id) ?? null,
      organisation: org?.members.get(id) ?? null,
    };
  };
  const NOTHING = { invited: [], team: null, organisation: null };
  const INVITED = { ...NOTHING, invited: [{ [GUESTS]: 'member' }] };

  const asked = async (subject: Outsider, name: string, change: object) => {
    const file = grantFile({ subject, resource: 'teams', role: 'guest', ticket: null, ...change });
    const files = { [path(name)]: file };
    return merged(acme, { who: 'alice', branch: name, files }, ['bob']);
  };
  /** Asks for a person; returns the grant once GitHub has invited them. */
  const invited = async (subject: Outsider, name: string, duration: string) => {
    const { number } = await asked(subject, name, { duration });
    const said = await comment(acme, number, /invited, but not accepted yet/);
    expect(said).not.toContain('**active');
    const { id } = await acme.grant(path(name), 'activating');
    expect(there(subject)).toEqual(INVITED);
    return { id: String(id), number };
  };
  const told = (grant: string) => entries(acme, { grant });
  const kinds = async (grant: string) => (await told(grant)).map(({ kind }) => kind);
  const tries = async (grant: string) => bodies(await told(grant), 'grant.attempt_failed');
  const accept = (who: Outsider) =>
    person(acme.github.url, `tok_${who}`).must('PATCH', '/user/memberships/orgs/acme', {
      state: 'active',
    });

  test('invariants 12, 14: an invitation that nobody accepts gives no access, and is gone when the grant has lapsed', async () => {
    const { id, number } = await invited('zed', 'never', '4h');
    const before = (await tries(id)).length;
    await acme.advance('PT59M');
    await until('another try', async () => (await tries(id)).length > before);
    // When the start is tried again, they are not invited again.
    expect(there('zed')).toEqual(INVITED);

    await acme.advance('PT1M');
    expect(await acme.grant(path('never'), 'lapsed')).toMatchObject({ overdue: false });
    expect(there('zed')).toEqual(NOTHING);
    expect(await kinds(id)).not.toContain('grant.activated');
    expect((await kinds(id)).at(-1)).toBe('grant.lapsed');
    await comment(acme, number, /lapsed at/);
  }, 400_000);

  test('invariant 14: an invitation that is open at the end of the grant is cancelled, and seen gone', async () => {
    const { id } = await invited('zed', 'too-late', '30m');
    await acme.advance('PT30M');
    expect(await acme.grant(path('too-late'), 'expired')).toMatchObject({ overdue: false });
    expect(there('zed')).toEqual(NOTHING);
    expect(bodies(await told(id), 'grant.expired').map(({ observed }) => observed)).toEqual([[]]);
    expect(await kinds(id)).not.toContain('grant.activated');
    expect(
      (await person(acme.github.url, 'tok_zed').call('GET', '/orgs/acme/members')).status,
    ).toBe(404);
  }, 400_000);

  test('invariant 15: if somebody else sent the invitation, for another team, only this team is removed from it', async () => {
    await acme.people.root.must('PUT', '/orgs/acme/teams/others/memberships/xia', {});
    const theirs = { ...NOTHING, invited: [{ [OTHERS]: 'member' }] };
    expect(there('xia')).toEqual(theirs);
    const { number } = await asked('xia', 'joined', { duration: '30m' });
    await comment(acme, number, /invited, but not accepted yet/);
    expect(there('xia').invited).toEqual([{ [OTHERS]: 'member', [GUESTS]: 'member' }]);
    await acme.advance('PT30M');
    await acme.grant(path('joined'), 'expired');
    expect(there('xia')).toEqual(theirs);
  }, 400_000);

  test('a role that does not invite gives nothing to people outside, and invites nobody', async () => {
    const { number } = await asked('zed', 'uninvited', { role: 'member' });
    await comment(acme, number, /zed is not a member of acme/);
    expect(there('zed')).toEqual(NOTHING);
    await acme.advance('PT1H');
    const { id } = await acme.grant(path('uninvited'), 'lapsed');
    expect(await kinds(String(id))).not.toContain('grant.activated');
    expect(there('zed')).toEqual(NOTHING);
  }, 400_000);

  test('invariant 14: a person who accepts is in the team from then on and only until the end, and stays a member', async () => {
    const { id, number } = await invited('yan', 'accepted', '2h');
    await accept('yan');
    await acme.advance('PT1M');
    await acme.grant(path('accepted'), 'active');
    expect(there('yan')).toEqual({ invited: [], team: 'member', organisation: 'member' });
    const [activated, ...again] = bodies(await told(id), 'grant.activated');
    expect([activated?.observed, again]).toEqual([OURS, []]);
    const all = await tries(id);
    expect(all.length).toBeGreaterThan(0);
    await comment(acme, number, /\*\*active/);

    // The time of the grant ran while they were invited.
    await acme.advance('PT1H59M');
    expect(await acme.grant(path('accepted'), 'expired')).toMatchObject({ overdue: false });
    expect(there('yan')).toEqual({ ...NOTHING, organisation: 'member' });
    expect(bodies(await told(id), 'grant.expired').map(({ observed }) => observed)).toEqual([[]]);
  }, 400_000);
});
