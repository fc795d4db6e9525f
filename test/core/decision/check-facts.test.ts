import { describe, expect, test } from '@jest/globals';
import { parseFacts, teamsOfFacts } from '../../../src/core/decision/check-facts.js';

const facts = `
now: 2026-11-24T14:00:00+01:00
requester: alice
people:
  alice: { id: 101, member: true, teams: [web] }
  Bob: { id: 102, teams: [payments, web] }
approvals: [bob]
`;
const parsed = {
  now: '2026-11-24T13:00:00.000Z',
  requester: 'alice',
  people: {
    alice: { id: 101, login: 'alice', member: true, teams: ['web'] },
    bob: { id: 102, login: 'Bob', member: false, teams: ['payments', 'web'] },
  },
  contributors: [],
  approvals: ['bob'],
};

describe('facts for daypass check', () => {
  test('YAML', () => {
    expect(parseFacts('facts.yaml', facts)).toEqual({ ok: true, value: parsed });
  });

  test('JSON', () => {
    const json = JSON.stringify({
      now: '2026-11-24T13:00:00Z',
      requester: 'alice',
      people: {
        alice: { id: 101, member: true, teams: ['web'] },
        Bob: { id: 102, teams: ['payments', 'web'] },
      },
      approvals: ['bob'],
    });
    expect(parseFacts('facts.json', json)).toEqual({ ok: true, value: parsed });
  });

  test('teams have the members that the facts give', () => {
    const teams = teamsOfFacts(parsed);
    expect(Object.keys(teams)).toEqual(['payments', 'web']);
    expect(teams['web']?.members.map(({ id }) => id)).toEqual([101, 102]);
  });

  test.each([
    ['no people', 'requester: alice', /people: is missing/],
    ['an unknown key', `${facts}reviews: []`, /the key "reviews" is not allowed/],
    ['a stranger', facts.replace('[bob]', '[eve]'), /^7 approvals: "eve" is not listed/],
    [
      'an id twice',
      facts.replace('id: 102', 'id: 101'),
      /^6 people: Bob has the same id as alice, 101/,
    ],
    ['no offset', facts.replace('+01:00', ''), /^2 now: "2026-11-24T14:00:00" is not a timestamp/],
    ['an alias', facts.replace('[bob]', '*bob'), /\*bob/],
    ['a huge file', 'x'.repeat(300_000), /At most 262144/],
  ])('%s is reported with its line', (_, content, says) => {
    const read = parseFacts('facts.yaml', content);
    if (read.ok) throw new Error('it was taken');
    const told = read.problems.map(({ line, message }) => `${String(line)} ${message}`);
    expect(told.join('\n')).toMatch(new RegExp(says.source, `${says.flags}m`));
  });
});
