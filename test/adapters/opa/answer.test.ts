import { describe, expect, test } from '@jest/globals';
import { parseAnswer, parseUse } from '../../../src/adapters/opa/answer.js';
import { EngineFault } from '../../../src/ports.js';

const reason = { rule: 'production/ticket', message: 'No ticket.' };
const requirement = {
  ...reason,
  any_of: { teams: ['security'], users: [] },
  count: 1,
  exclude: [],
};
const nothing = { deny: [], warn: [], require: [], approve: [] };

test('an answer of the right shape is put into a fixed order', () => {
  const other = { ...reason, message: 'Another.' };
  expect(parseAnswer({ ...nothing, deny: [reason, other], require: [requirement] })).toEqual({
    ...nothing,
    deny: [other, reason],
    require: [requirement],
  });
});

test('a rule may name the key of the grant file that its reason is about', () => {
  const about = { ...nothing, deny: [{ ...reason, key: 'ticket' }] };
  expect(parseAnswer(about)).toEqual(about);
  const asking = { ...nothing, require: [{ ...requirement, key: 'role' }] };
  expect(parseAnswer(asking)).toEqual(asking);
});

describe('invariant 3: an answer of the wrong shape is a fault', () => {
  const requires = (part: object) => ({ ...nothing, require: [{ ...requirement, ...part }] });
  test.each<[string, unknown]>([
    ['undefined', null],
    ['true', true],
    ['a set that is missing', { deny: [], warn: [], require: [] }],
    ['a set too many', { ...nothing, allow: [] }],
    ['a reason that is text', { ...nothing, approve: ['fine'] }],
    ['a reason without words', { ...nothing, approve: [{ rule: 'x', message: '' }] }],
    [
      'a rule whose name tells what was asked',
      { ...nothing, warn: [{ ...reason, rule: '{"subject": 101}' }] },
    ],
    ['a rule with a long name', { ...nothing, warn: [{ ...reason, rule: 'x'.repeat(101) }] }],
    [
      'people whose names tell what was asked',
      requires({ any_of: { teams: [], users: ['{"history": [101]}'] } }),
    ],
    ['a team by more than its slug', requires({ any_of: { teams: ['acme/security'], users: [] } })],
    ['a key that no grant file has', { ...nothing, deny: [{ ...reason, key: 'roll' }] }],
    ['a key that is null', { ...nothing, deny: [{ ...reason, key: null }] }],
    [
      'a code, which is not for rules to give',
      { ...nothing, deny: [{ ...reason, code: 'asked' }] },
    ],
    ['nobody is asked', requires({ any_of: { teams: [], users: [] } })],
    ['a count of none', requires({ count: 0 })],
    ['a count that is not a number of people', requires({ count: 1.5 })],
    ['a login for an id', requires({ exclude: ['alice'] })],
    ['a field that is not known', requires({ unless: true })],
    ['more than anybody reads', { ...nothing, deny: Array(501).fill(reason) }],
  ])('%s', (_name, answer) => {
    expect(() => parseAnswer(answer)).toThrow(EngineFault);
  });
});

test('the answer of use names the grant and its end', () => {
  const approve = [{ ...reason, grant: 'a.yml@1', ends_at: null }];
  expect(parseUse({ deny: [], approve })).toEqual({ deny: [], warn: [], approve });
  expect(() => parseUse({ deny: [], approve: [reason] })).toThrow(EngineFault);
});
