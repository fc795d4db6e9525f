import { describe, expect, test } from '@jest/globals';
import type { Person } from '../../../../src/core/grant/person.js';
import { pushersOf } from '../../../../src/adapters/github/facts/activity.js';
import type { CommitPeople } from '../../../../src/adapters/github/facts/contributors.js';
import { tellContributors } from '../../../../src/adapters/github/facts/contributors.js';

const person = (id: number): Person => ({ id, login: `u${id}`, type: 'User' });
const alice = person(1);
const bob = person(2);
const mallory = person(3);

const pushed = (actor: Person | null, after: string, activity_type = 'push') => ({
  actor,
  after,
  activity_type,
});

describe('invariant 4: everybody who pushed to the head branch is a contributor', () => {
  test.each<[string, ReturnType<typeof pushed>[], Person[], string[]]>([
    ['a branch made by a push', [pushed(alice, 'H', 'branch_creation')], [alice], []],
    ['two people', [pushed(bob, 'H'), pushed(alice, 'G')], [alice, bob], []],
    [
      'what was pushed away by force has been pushed',
      [pushed(alice, 'H', 'force_push'), pushed(mallory, 'X'), pushed(alice, 'H')],
      [alice, mallory],
      [],
    ],
    [
      'what happened to the branch after the head was merged is not of it',
      [pushed(mallory, 'X'), pushed(bob, '0', 'branch_deletion'), pushed(alice, 'H')],
      [alice],
      [],
    ],
    [
      'whoever only removed the branch is none',
      [pushed(alice, 'H', 'branch_creation'), pushed(bob, '0', 'branch_deletion')],
      [alice],
      [],
    ],
    [
      'an account that is gone is reported',
      [pushed(alice, 'H'), pushed(null, 'G')],
      [alice],
      ['G'],
    ],
  ])('%s', (_, activity, people, gone) => {
    const found = pushersOf(activity, 'H');
    expect(found).toMatchObject({ people, gone, shows_head: true });
    expect(found.at_head).toBe(activity[0]?.after === 'H');
  });

  test('activity that does not show the head yet is reported', () => {
    expect(pushersOf([pushed(alice, 'G')], 'H')).toMatchObject({
      people: [alice],
      shows_head: false,
      at_head: false,
    });
  });
});

describe('invariant 4: the people behind a contributing commit', () => {
  const SHA = 'abcdef0123456789abcdef0123456789abcdef01';
  const by = (
    authors: (Person | null)[],
    committer: Person | null,
    hasNextPage = false,
  ): CommitPeople => ({
    authors: {
      pageInfo: { hasNextPage, endCursor: null },
      nodes: authors.map((user) => ({ user })),
    },
    committer: { user: committer },
  });
  const nobody = { people: [], gone: [], shows_head: true, at_head: true };

  test.each<[string, CommitPeople | null, boolean, Person[], string[]]>([
    ['author and committer', by([alice], bob), false, [alice, bob], []],
    ['co-authors', by([alice, bob], alice), false, [alice, bob], []],
    ["GitHub's own committer aside", by([alice], null), true, [alice], []],
    ['no account of the author', by([null], bob), false, [bob], ['has an author without']],
    ['no account of a co-author', by([alice, null], alice), false, [alice], ['author without']],
    ['no account of the committer', by([alice], null), false, [alice], ['committer without']],
    [
      'no account of either, said once',
      by([null], null),
      false,
      [],
      ['has an author and a committer without'],
    ],
    [
      'more authors than can be read',
      by([alice], null, true),
      true,
      [alice],
      ['cannot determine all authors'],
    ],
    ['a commit that GitHub does not show', null, false, [], ['does not show commit']],
  ])('%s', (_, found, web, people, unknown) => {
    const told = tellContributors({
      commits: [{ sha: SHA, web }],
      people: new Map(found ? [[SHA, found]] : []),
      pushers: nobody,
      ref: 'ask',
    });
    expect(told.people).toEqual(people);
    expect(told.unknown).toHaveLength(unknown.length);
    for (const [i, part] of unknown.entries()) {
      expect(told.unknown[i]).toContain(part);
      // The message names the commit and what to do.
      expect(told.unknown[i]).toContain('abcdef0123');
      expect(told.unknown[i]).toMatch(/: .*(push|split)/);
    }
  });

  test('if the pushers or some commits cannot be read, the report says what to do', () => {
    const told = tellContributors({ commits: null, people: new Map(), pushers: null, ref: 'ask' });
    expect(told.people).toEqual([]);
    expect(told.unknown).toEqual([
      expect.stringMatching(/too many.*: start a new branch/),
      expect.stringMatching(/cannot read who pushed to ask: push the branch to this repository/),
    ]);
  });
});
