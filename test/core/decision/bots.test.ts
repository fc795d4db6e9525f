import { describe, expect, test } from '@jest/globals';
import { throughBots } from '../../../src/core/decision/bots.js';
import type { Person } from '../../../src/core/grant/person.js';
import { person } from '../../support/core/people.js';

const alice = person('alice');
const bob = person('bob');
const helper = person('helper-bot');
const bots = [
  { id: helper.id, people: [{ id: bob.id, login: 'bob' }], because: 'bob runs the robot' },
];
const unknown = /^helper-bot \(id 900\), which is of type Bot and not a person, opened/;

describe('invariant 4: the people behind an account that is not a person', () => {
  test.each<[string, readonly Person[], Person | null, typeof bots, readonly Person[], RegExp[]]>([
    ['people only', [bob], alice, bots, [bob], []],
    ['a bot that requests, and is named', [], helper, bots, [bob], []],
    ['a bot that pushed, and is named', [helper], alice, bots, [helper, bob], []],
    ['a bot that requests, and is not named', [], helper, [], [], [unknown]],
    ['a bot that requests and pushed is told once', [helper], helper, [], [helper], [unknown]],
    ['another id under the same login', [], { ...helper, id: 901 }, bots, [], [/id 901/]],
    ['a bot without people behind it', [], { ...helper, type: 'Mannequin' }, [], [], [/Mannequin/]],
    ['a requester whose account is gone', [], null, bots, [], [/opened the pull request is gone/]],
  ])('%s', (_, people, requester, named, expected, said) => {
    const found = throughBots({ people, unknown: ['before'] }, requester, named);
    expect(found.people).toEqual(expected);
    expect(found.unknown).toEqual(['before', ...said.map((each) => expect.stringMatching(each))]);
  });
});
