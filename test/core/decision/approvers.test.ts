import { describe, expect, test } from '@jest/globals';
import { decide, type Deciding } from '../../../src/core/decision/decision.js';
import type { ApproverIds } from '../../../src/core/policy/approvers.js';
import { answer, change, requires } from '../../support/core/changes.js';
import { idsOf, person, review, seen } from '../../support/core/people.js';

const teams = { payments: { slug: 'payments', id: 1, members: [person('bob')], below: [] } };
const accounts = { dave: { ...person('dave'), member: true } };
const owner = requires('owner', { teams: ['payments'] });

describe('invariant 6: another id under the name of an approver', () => {
  const reviewed = { reviews: [review(1, 'bob')], seen: [seen(1, change().digest)] };
  const changed = (more: Partial<Deciding>, require = [owner]) =>
    decide({
      ...{ digest: change().digest, subject_id: change().effect.subject_id, core_denials: [] },
      consent_of: null,
      ...{ answer: answer({ require }), requester: person('alice'), bots: [] },
      contributors: { people: [], unknown: [] },
      ...{ teams, accounts, approver_teams: ['payments'], ids: idsOf(teams, accounts) },
      ...reviewed,
      ...more,
    });

  test.each<[string, Partial<Deciding>, RegExp]>([
    [
      'a team that was made anew under its slug',
      { ids: { teams: { payments: 77 }, users: {} } },
      /^asks for the team payments, which is the team with the id 1 now, but the policy means the team with the id 77\. .*ids\.teams in settings\.yaml.*daypass trust/,
    ],
    [
      'a slug that nobody had when the policy came into force',
      { ids: { teams: { payments: null }, users: {} } },
      /but no team had this name when the policy came into force/,
    ],
    ['a team of which nothing was recorded', { ids: { teams: {}, users: {} } }, /no team had/],
  ])('%s is a denial, and its approvals do not count', (_, more, why) => {
    const { outcome, denials, requirements } = changed(more);
    expect(outcome).toBe('denied');
    expect(denials).toMatchObject([
      { code: 'approver_changed', rule: 'owner', message: expect.stringMatching(why) },
    ]);
    expect(requirements).toMatchObject([{ met_by: [], eligible: [] }]);
  });

  test.each<[string, ApproverIds['users'], string, RegExp]>([
    [
      'somebody who took the login',
      { dave: 444 },
      'approver_changed',
      /means the account with the id 444/,
    ],
    ['a login that nobody had', { dave: null }, 'approver_changed', /no account had this name/],
    ['a person whose id is nowhere', {}, 'user_not_declared', /not under ids\.users/],
  ])('%s is a denial', (_, users, code, why) => {
    const dave = requires('dave', { users: ['Dave'] });
    const { outcome, denials, requirements } = changed(
      { ids: { teams: {}, users }, reviews: [review(1, 'dave')] },
      [dave],
    );
    expect(outcome).toBe('denied');
    expect(denials).toMatchObject([{ code, message: expect.stringMatching(why) }]);
    expect(requirements).toMatchObject([{ met_by: [] }]);
  });

  test('a team and a person who are who they were count', () => {
    const dave = requires('dave', { users: ['Dave'] });
    const reviews = [review(1, 'bob'), review(2, 'dave')];
    const all = { reviews, seen: [1, 2].map((n) => seen(n, change().digest)) };
    expect(changed(all, [owner, dave]).outcome).toBe('approved');
  });
});
