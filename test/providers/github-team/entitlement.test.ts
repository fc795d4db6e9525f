import { describe, expect, test } from '@jest/globals';
import { githubTeam } from '../../../src/providers/github-team/team.js';

const PAYMENTS = 6000;
const OFFERED = { resource: 'payments', environment: 'staging', role: 'member' };
const ENTITLEMENT = { team: 'Acme/payments', team_id: PAYMENTS, role: 'member' };
const alice = { object: String(PAYMENTS), identity: '101' };

describe('github-team entitlements', () => {
  test('two names and roles for one team are one slot, and name the team', () => {
    const of = (name: string, role: string) =>
      githubTeam.slot({ ...ENTITLEMENT, team: name, role }, '101', OFFERED);
    expect(of('acme/payments', 'member')).toEqual({
      ...alice,
      level: 'member',
      keep_sessions: true,
    });
    expect(of('ACME/money', 'maintainer')).toMatchObject(alice);
    expect(githubTeam.onGitHub?.(ENTITLEMENT)).toEqual({
      kind: 'team',
      name: 'Acme/payments',
      id: PAYMENTS,
    });
  });

  test.each([
    [ENTITLEMENT, []],
    [{ ...ENTITLEMENT, invite: true }, []],
    [{ ...ENTITLEMENT, invite: 'yes' }, ['invite: must be true or false']],
    [{ ...ENTITLEMENT, role: 'admin' }, ['role: must be one of member, maintainer']],
    [{ ...ENTITLEMENT, team: 'payments' }, ['team: must be organisation/slug']],
    [{ ...ENTITLEMENT, team: 'acme/Payments EU' }, ['team: must be organisation/slug']],
    [{ ...ENTITLEMENT, team_id: '6000' }, ['team_id: must be the numeric id of the team']],
    [{ ...ENTITLEMENT, more: 1 }, [expect.stringContaining('more')]],
    ['acme/payments', [expect.any(String)]],
  ])('%j', (entitlement, problems) => {
    expect(githubTeam.check(entitlement)).toEqual(problems);
  });

  test.each(['alice', '0', '01', ''])('invariant 6: identity %j is refused', (id) => {
    expect(githubTeam.checkIdentity(id)).toEqual(expect.any(String));
  });
});
