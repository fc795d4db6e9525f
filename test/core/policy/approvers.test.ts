import { describe, expect, test } from '@jest/globals';
import {
  approverIds,
  approverNames,
  newApprovers,
  othersThanRead,
  teamsAsRecorded,
  unknownApprovers,
  type ApproverIds,
} from '../../../src/core/policy/approvers.js';
import type { PolicyData, Settings } from '../../../src/core/policy/catalog.js';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import {
  data,
  FILES,
  policyProblems,
  providers,
  SETTINGS,
} from '../../support/core/policy-files.js';

const of = (
  ids?: Settings['ids'],
  people: PolicyData['identities']['people'] = {},
): PolicyData => ({
  ...data(),
  identities: { patterns: {}, people },
  settings: { ...data().settings, ...(ids && { ids }) },
});
const team = (slug: string, id: number) => ({ slug, id, members: [], below: [] });
const account = (login: string, id: number) => ({ id, login, type: 'User', member: true }) as const;

/** What GitHub says: `on-call` is not there. */
const now = {
  teams: {
    root: team('root', 1),
    security: team('security', 2),
    payments: team('payments', 3),
    'on-call': null,
  },
  accounts: { zoe: account('Zoe', 190), yan: account('yan', 191) },
};
const first: ApproverIds = {
  teams: { root: 1, security: 2, payments: 3, 'on-call': null },
  users: { zoe: 190 },
};

describe('invariant 6: who the names of approvers are', () => {
  test('everybody whom settings or the catalog name is asked about', () => {
    expect(approverNames(of())).toEqual({
      teams: ['on-call', 'payments', 'root', 'security'],
      users: ['zoe'],
    });
    expect(approverNames(of({ teams: {}, users: { yan: 191 } })).users).toEqual(['yan', 'zoe']);
  });

  test.each<[string, PolicyData, ApproverIds | null, ApproverIds]>([
    ['at first start, what GitHub says', of(), null, first],
    [
      'a team and a person that were there before stay who they were',
      of(),
      { teams: { ...first.teams, security: 22 }, users: { zoe: 19 } },
      { teams: { ...first.teams, security: 22 }, users: { zoe: 19 } },
    ],
    [
      'a name of nobody stays one, also once somebody has it',
      of(),
      { teams: { ...first.teams, security: null }, users: { zoe: null } },
      { teams: { ...first.teams, security: null }, users: { zoe: null } },
    ],
    [
      'what is written counts, whatever was before',
      of({ teams: { security: 5, 'on-call': 6 }, users: { zoe: 7 } }),
      first,
      { teams: { ...first.teams, security: 5, 'on-call': 6 }, users: { zoe: 7 } },
    ],
    [
      'so does the id of a person in identities.yaml',
      of(undefined, { zoe: { github_id: 8, at: {} } }),
      first,
      { ...first, users: { zoe: 8 } },
    ],
    [
      'a name that is new is what GitHub says',
      of({ teams: {}, users: { yan: 191 } }),
      { teams: { root: 1 }, users: {} },
      { ...first, users: { yan: 191, zoe: 190 } },
    ],
    [
      'a name that is no approver any more is forgotten',
      of(),
      { ...first, teams: { ...first.teams, gone: 9 } },
      first,
    ],
  ])('%s', (_, given, before, expected) => {
    expect(approverIds(given, before, now)).toEqual(expected);
  });

  test('a name that GitHub was not asked about is an error, not a name of nobody', () => {
    expect(() => approverIds(of(), null, { ...now, teams: {} })).toThrow(/was not asked about/);
  });

  test('the new ones are those whose ids neither the policy nor the one before says', () => {
    const before = { teams: { root: 1, payments: 3 }, users: {} };
    const anew = (data: PolicyData) => newApprovers(approverIds(data, before, now), data, before);
    expect(anew(of())).toEqual({ teams: { security: 2, 'on-call': null }, users: { zoe: 190 } });
    const written = of(
      { teams: { 'on-call': 4 }, users: { yan: 7 } },
      { zoe: { github_id: 9, at: {} } },
    );
    expect(anew(written)).toEqual({ teams: { security: 2 }, users: {} });
    expect(newApprovers(first, of(), first)).toEqual({ teams: {}, users: {} });
  });

  test('of the new ones those are told who were others, or of whom nobody knew', () => {
    const zoe = 'the account zoe was the one with the id 190 and is now nobody';
    expect(othersThanRead(first, first)).toEqual([]);
    expect(othersThanRead(first, { teams: { root: 1 }, users: { zoe: null } })).toEqual([zoe]);
    expect(othersThanRead(null, { teams: { root: 1 }, users: {} })).toEqual([
      'the team root was not known and is now the one with the id 1',
    ]);
  });

  test('the names of nobody are told', () => {
    expect(unknownApprovers({ teams: first.teams, users: { zoe: null } })).toEqual([
      'the team on-call',
      'the account zoe',
    ]);
  });

  test('rules see nobody in a team that only has the name of one', () => {
    const teams = { ...now.teams, payments: team('payments', 33), 'on-call': team('on-call', 4) };
    expect(Object.keys(teamsAsRecorded(teams, first))).toEqual(['root', 'security']);
  });
});

test('invariant 6: ids of approvers are read, and must be of somebody who is asked', () => {
  const ids = (text: string) => policyProblems({ 'settings.yaml': `${SETTINGS}ids: ${text}\n` });
  const written = `${SETTINGS}ids: { teams: { payments: 12 }, users: { Yan: 7 } }\n`;
  const parsed = parsePolicyData({ ...FILES, 'settings.yaml': written }, providers);
  expect(parsed.ok && parsed.value.settings.ids).toEqual({
    teams: { payments: 12 },
    users: { yan: 7 },
  });
  expect(ids('{ users: { Alice: 101 } }')).toEqual([]);
  expect(ids('{ users: { alice: 9 } }')).toEqual([
    expect.stringMatching(/ids\.users: identities\.yaml knows alice as the GitHub account 101$/),
  ]);
  expect(ids('{ teams: { secrity: 12 } }')).toEqual([
    expect.stringMatching(
      /no approver is the team "secrity"\. .*on-call, payments, root, security/,
    ),
  ]);
  expect(ids('{ users: { yan: 7, Yan: 8 } }')).toEqual([
    expect.stringMatching(/each login only once, whatever its case/),
  ]);
  expect(ids('{ teams: { payments: 0 } }')).toHaveLength(1);
  expect(ids('{ owners: { payments: 1 } }')).toHaveLength(1);
});
