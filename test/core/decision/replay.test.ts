import { describe, expect, test } from '@jest/globals';
import type { Decision, RecordedDecision } from '../../../src/core/decision/decision.js';
import { differences } from '../../../src/core/decision/replay.js';
import type { Reason } from '../../../src/core/reading/reason.js';
import { who } from '../../support/core/people.js';

const asks: Reason = { code: 'asked', key: 'role', rule: 'r/owner', message: 'An owner.' };
const denies: Reason = { code: 'policy_denied', rule: 'r/deny', message: 'No.' };
const made: Decision = {
  core: 3,
  outcome: 'denied',
  denials: [
    denies,
    { code: 'end_in_past', key: 'duration', rule: 'core/window', message: 'Past.' },
  ],
  warnings: [{ code: 'warned', rule: 'r/warn', message: 'Look.' }],
  requirements: [
    {
      ...{ asked_by: [asks], teams: ['payments'], users: [], count: 1 },
      ...{ met_by: [who('bob')], eligible: [] },
    },
  ],
  not_counted: [
    { review: 3, who: who('erin'), code: 'approver_contributed', message: 'contributed' },
  ],
  approved_by_rules: [],
  consent: null,
};
const [denial, window] = made.denials as [Reason, Reason];
const [requirement] = made.requirements as [Decision['requirements'][number]];

/** A decision of the first core: it has no version, no codes and no keys. */
const first: RecordedDecision = {
  outcome: made.outcome,
  denials: made.denials.map(({ rule = '', message }) => ({ rule, message })),
  warnings: [{ rule: 'r/warn', message: 'Look.' }],
  requirements: [{ ...requirement, asked_by: [{ rule: 'r/owner', message: 'An owner.' }] }],
  not_counted: [{ review: 3, who: who('erin'), why: 'contributed' }],
  approved_by_rules: [],
};
/** One of the second core: what it says of an approval that does not count is in `why`. */
const second: RecordedDecision = {
  ...made,
  core: 2,
  not_counted: [{ review: 3, who: who('erin'), code: 'approver_contributed', why: 'contributed' }],
};
const later: Decision = { ...made, core: 4 };
const { consent: _consent, ...earlier } = made;
const agreed = { subject: who('frank'), teams: ['payments'], given_by: null, eligible: [] };

describe('invariant 23: a decision that is made again', () => {
  test.each<[string, RecordedDecision, RecordedDecision, string[]]>([
    ['is the same within one version', made, { ...made }, []],
    [
      'says it otherwise within one version',
      made,
      { ...made, denials: [{ ...denial, message: 'No!' }, window] },
      ['bytes'],
    ],
    ['says it otherwise within the first', first, { ...first, warnings: [] }, ['bytes']],
    ['is the same by the first and a later version', first, made, []],
    ['is the same by a later version and the first', made, first, []],
    ['is the same by the second and a later version', second, made, []],
    [
      'does not count an approval for another reason than by the second',
      second,
      {
        ...made,
        not_counted: [
          { review: 3, who: who('erin'), code: 'approver_excluded', message: 'contributed' },
        ],
      },
      ['not_counted'],
    ],
    [
      'says it in other words and another order by another version',
      made,
      { ...later, denials: [window, { ...denial, message: 'Another word.' }] },
      [],
    ],
    [
      'names people by other logins by another version',
      made,
      {
        ...later,
        requirements: [{ ...requirement, met_by: [{ ...who('bob'), login: 'robert' }] }],
      },
      [],
    ],
    ['is the same as before there was consent', earlier, later, []],
    ['asks for consent', earlier, { ...later, consent: agreed }, ['consent']],
    [
      'has the consent of somebody else',
      { ...made, consent: agreed },
      { ...later, consent: { ...agreed, given_by: who('frank') } },
      ['consent'],
    ],
    ['comes to something else', made, { ...later, outcome: 'approved' }, ['outcome']],
    [
      'comes to something else than by the first',
      first,
      { ...made, outcome: 'approved' },
      ['outcome'],
    ],
    ['has a denial less', made, { ...later, denials: [denial] }, ['denials']],
    [
      'has another code',
      made,
      { ...later, denials: [denial, { ...window, code: 'too_long' }] },
      ['denials'],
    ],
    [
      'has another key',
      made,
      { ...later, denials: [denial, { ...window, key: 'expires_at' }] },
      ['denials'],
    ],
    [
      'has another rule than by the first',
      first,
      { ...made, denials: [{ ...denial, rule: 'r/other' }, window] },
      ['denials'],
    ],
    ['warns of nothing', made, { ...later, warnings: [] }, ['warnings']],
    [
      'was approved by somebody else',
      made,
      { ...later, requirements: [{ ...requirement, met_by: [who('carol')] }] },
      ['requirements'],
    ],
    [
      'is asked for by another rule',
      made,
      { ...later, requirements: [{ ...requirement, asked_by: [{ ...asks, rule: 'r/other' }] }] },
      ['requirements'],
    ],
    [
      'does not count an approval for another reason',
      made,
      {
        ...later,
        not_counted: [
          { review: 3, who: who('erin'), code: 'approver_excluded', message: 'contributed' },
        ],
      },
      ['not_counted'],
    ],
    [
      'approves without review',
      first,
      { ...made, approved_by_rules: [{ ...denies, code: 'approved_by_rule' }] },
      ['approved_by_rules'],
    ],
  ])('%s', (_, recorded, again, expected) => {
    expect(differences(recorded, again)).toEqual(expected);
  });
});
