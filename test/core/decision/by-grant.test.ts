import { expect, test } from '@jest/globals';
import { withoutGranted } from '../../../src/core/decision/by-grant.js';
import { decide } from '../../../src/core/decision/decision.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { providers } from '../../../src/providers/list.js';
import { answer, change, requires } from '../../support/core/changes.js';
import { active } from '../../support/core/comparing.js';
import { idsOf, person, review, seen, who } from '../../support/core/people.js';

const [SECURITY, SECURITY_EU, OTHER] = [1, 2, 3];
const teams = {
  security: {
    slug: 'security',
    id: SECURITY,
    members: ['bob', 'carol', 'dave'].map(person),
    below: [SECURITY_EU],
  },
  gone: null,
};
/** bob is in a team by a grant. */
const granted = (team_id: number, more: Partial<GrantRecord> = {}): GrantRecord => {
  const record = active();
  if (!record.entitled) throw new Error('an active grant has a slot');
  const slot = { ...record.entitled.slot, provider: 'github-team', object: String(team_id) };
  const entitlement = { team: 'acme/x', team_id, role: 'member' };
  const entitled = { ...record.entitled, slot, entitlement };
  return { ...record, subject: who('bob'), entitled, baseline: [], ...more };
};
const left = (...live: GrantRecord[]) => {
  const found = withoutGranted(teams, live, providers);
  return [found.teams['security']?.members.map(({ login }) => login), [...found.by_grant]];
};
const nobody = [['bob', 'carol', 'dave'], []];
const bob = [['carol', 'dave'], [102]];

test.each<[string, GrantRecord[], unknown]>([
  ['no grant', [], nobody],
  ['a grant for the approver team', [granted(SECURITY)], bob],
  ['a grant for a team below it', [granted(SECURITY_EU)], bob],
  ['a grant for another team', [granted(OTHER)], nobody],
  ['one that is being made', [granted(SECURITY, { state: 'activating' })], bob],
  ['one that should have ended', [granted(SECURITY, { overdue: true })], bob],
  ['one that has not begun', [granted(SECURITY, { state: 'scheduled' })], nobody],
  ['one that is over', [granted(SECURITY, { state: 'expired' })], nobody],
  [
    'somebody who was in it before',
    [granted(SECURITY, { baseline: [{ level: 'member', origin: 'ours' }] })],
    nobody,
  ],
  [
    'somebody who was in it through something else',
    [granted(SECURITY, { baseline: [{ level: 'member', origin: 'inherited' }] })],
    bob,
  ],
  ['a grant of another provider', [{ ...active(), subject: who('bob') }], nobody],
])('invariant 4: membership through a live grant does not count: %s', (_, live, expected) => {
  expect(left(...live)).toEqual(expected);
});

test('invariant 4: the report says that an approval does not count because of a grant', () => {
  const { teams: counted, by_grant } = withoutGranted(teams, [granted(SECURITY)], providers);
  const decision = decide({
    bots: [],
    digest: change().digest,
    subject_id: change().effect.subject_id,
    consent_of: null,
    answer: answer({ require: [requires('r', { teams: ['security'] })] }),
    core_denials: [],
    reviews: [review(1, 'bob')],
    seen: [seen(1, 'd1')],
    requester: person('alice'),
    contributors: { people: [], unknown: [] },
    teams: counted,
    accounts: {},
    approver_teams: ['security'],
    ids: idsOf(teams),
    by_grant,
  });
  expect(decision.outcome).toBe('awaiting_review');
  expect(decision.requirements[0]?.eligible).toEqual([who('carol'), who('dave')]);
  expect(decision.not_counted).toEqual([
    {
      review: 1,
      who: who('bob'),
      code: 'approver_by_grant',
      message: 'they are in the team only by a grant of Daypass',
    },
  ]);
});
