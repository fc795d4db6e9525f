import { describe, expect, test } from '@jest/globals';
import type { BranchMove, MergedPull } from '../../../src/core/ledger/steps.js';
import { groupSteps, maybeMerges } from '../../../src/core/ledger/steps.js';

const pull = (number: number, merge_commit: string | null, head = 'side'): MergedPull => ({
  ...{ number, head, merge_commit },
});

/** Commits with one parent each, after `last`; a name in `merges` has a second parent. */
const chain = (names: string, merges: string) =>
  names.split('').map((sha, i, all) => ({
    sha,
    parents: [all[i - 1] ?? 'last', ...(merges.includes(sha) ? ['side'] : [])],
  }));

const said = (names: string, of: Record<string, MergedPull[]>, merges: string) =>
  groupSteps('last', chain(names, merges), new Map(Object.entries(of))).map(
    ({ parent, commit, pull_request }) => `${parent}..${commit} ${pull_request ?? 'pushed'}`,
  );

describe('first-parent commits become steps', () => {
  test.each<[string, string[], string, Record<string, MergedPull[]>, string]>([
    ['pushes stand for themselves', ['last..a pushed', 'a..b pushed'], 'ab', {}, ''],
    ['a merge', ['last..a 1'], 'a', { a: [pull(1, 'a')] }, 'a'],
    ['a squash', ['last..a pushed', 'a..b 1'], 'ab', { b: [pull(1, 'b')] }, ''],
    [
      'a rebase of three',
      ['last..c 1'],
      'abc',
      { a: [pull(1, 'c')], b: [pull(1, 'c')], c: [pull(1, 'c')] },
      '',
    ],
    [
      'two rebases, one after the other',
      ['last..b 1', 'b..d 2'],
      'abcd',
      { a: [pull(1, 'b')], b: [pull(1, 'b')], c: [pull(2, 'd')], d: [pull(2, 'd')] },
      '',
    ],
    [
      'a rebase between pushes',
      ['last..a pushed', 'a..c 1', 'c..d pushed'],
      'abcd',
      { b: [pull(1, 'c')], c: [pull(1, 'c')] },
      '',
    ],
    [
      'a merge takes no commit before it, even one of the same pull request',
      ['last..a pushed', 'a..b 1'],
      'ab',
      { a: [pull(1, 'b')], b: [pull(1, 'b')] },
      'b',
    ],
    [
      'a run does not reach over a merge',
      ['last..a pushed', 'a..b pushed', 'b..c 1'],
      'abc',
      { a: [pull(1, 'c')], b: [pull(1, 'c')], c: [pull(1, 'c')] },
      'b',
    ],
    [
      'a run whose beginning was applied already is pushed commits',
      ['last..a pushed', 'a..b pushed'],
      'ab',
      { last: [pull(1, 'b')], a: [pull(1, 'b')], b: [pull(1, 'b')] },
      '',
    ],
    [
      'commits of a pull request that was merged elsewhere are pushed',
      ['last..a pushed'],
      'a',
      { a: [pull(1, 'z')] },
      '',
    ],
    [
      'a commit that merged two pull requests merged neither alone',
      ['last..a pushed'],
      'a',
      { a: [pull(1, 'a'), pull(2, 'a')] },
      '',
    ],
    [
      'a merge is of the pull request whose head it merged, whatever else came in with it',
      ['last..a 1'],
      'a',
      { a: [pull(2, 'a', 'within'), pull(1, 'a')] },
      'a',
    ],
    [
      'a merge of a head in no pull request is pushed, though it brings that of one',
      ['last..a pushed'],
      'a',
      { a: [pull(2, 'a', 'within')] },
      'a',
    ],
  ])('%s', (_, steps, names, of, merges) => {
    expect(said(names, of, merges)).toEqual(steps);
  });
});

describe('a step that looks like a push', () => {
  const untold = (
    names: string,
    of: Record<string, MergedPull[]>,
    moves: Record<string, BranchMove>,
    merges = '',
  ) => {
    const commits = chain(names, merges);
    const merged = new Map(Object.entries(of));
    const steps = groupSteps('last', commits, merged);
    return maybeMerges(steps, commits, merged, new Map(Object.entries(moves)))
      .map(({ commit }) => commit)
      .join('');
  };
  test.each<[string, string, string, Record<string, MergedPull[]>, Record<string, BranchMove>]>([
    ['is a push that GitHub tells of', '', 'a', {}, { a: 'push' }],
    ['is one of several that were pushed together', '', 'abc', {}, { c: 'push' }],
    ['may be a merge that is not tied yet', 'a', 'a', {}, { a: 'merge' }],
    ['may be part of a rebase that is not tied yet', 'abc', 'abc', {}, { c: 'merge' }],
    [
      'may be the part of a rebase that is not tied yet',
      'a',
      'abc',
      { b: [pull(1, 'c')], c: [pull(1, 'c')] },
      { c: 'merge' },
    ],
    [
      'may be linked to a pull request whose merge is not known',
      'a',
      'a',
      { a: [pull(1, null)] },
      { a: 'merge' },
    ],
    ['may be anything while no move is known', 'ab', 'ab', {}, {}],
    ['is known beside one that is not', 'b', 'ab', {}, { a: 'push', b: 'merge' }],
    [
      'waits for nothing where GitHub names two',
      '',
      'a',
      { a: [pull(1, 'a'), pull(2, 'a')] },
      { a: 'merge' },
    ],
    ['waits for nothing where it was merged elsewhere', '', 'a', { a: [pull(1, 'z')] }, {}],
    ['is none where its pull request is named', '', 'a', { a: [pull(1, 'a')] }, {}],
  ])('%s', (_, expected, names, of, moves) => {
    expect(untold(names, of, moves)).toBe(expected);
  });

  test('is waited for if only another pull request that came in with it is known', () => {
    const within = { a: [pull(2, 'a', 'within')] };
    expect(untold('a', within, { a: 'merge' }, 'a')).toBe('a');
    expect(untold('a', within, { a: 'push' }, 'a')).toBe('');
  });
});
