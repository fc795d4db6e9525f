import { describe, expect, test } from '@jest/globals';
import type { Holding, Origin } from '../../../src/core/grant/record.js';
import { countedBaseline, firstBaseline, lowered } from '../../../src/core/ledger/baseline.js';
import type { Join } from '../../../src/core/ledger/level.js';

/** Levels in one line, like those of a repository. */
const LINE = ['read', 'write', 'admin'];
const highest: Join = (levels) => LINE[Math.max(...levels.map((l) => LINE.indexOf(l)))] ?? null;
const holding = (text: string): Holding => {
  const [level = '', origin = 'ours'] = text.split(':');
  return { level, origin: origin as Origin };
};

describe('invariant 15: the baseline of a slot', () => {
  const found = (observed: string[], standing: string[], tells_ours: boolean) =>
    firstBaseline(highest, { observed: observed.map(holding), standing, tells_ours });

  test.each<[string, string[], string[], boolean, string[], string[]]>([
    ['what others gave', ['read:standing'], [], true, ['read:standing'], []],
    ['never what our own login gave', ['read:ours'], [], true, [], ['read:ours']],
    ['nor that where standing lists it', ['read:ours'], ['read'], true, [], []],
    ['of one row for all, what is listed', ['read:ours'], ['write'], false, ['read:ours'], []],
    [
      'of one row for all, what is not listed is for a person to tell',
      ['write:ours', 'read:inherited'],
      ['read'],
      false,
      ['write:ours', 'read:inherited'],
      ['write:ours'],
    ],
    [
      'and so is an open invitation',
      ['read:pending'],
      [],
      false,
      ['read:pending'],
      ['read:pending'],
    ],
  ])('is %s', (_, observed, standing, tells, baseline, leftovers) => {
    expect(found(observed, standing, tells)).toEqual({
      baseline: baseline.map(holding),
      leftovers: leftovers.map(holding),
    });
  });

  test.each<[string, string[], string[], string[]]>([
    ['goes down with what is there', ['admin:ours'], ['read:ours'], ['read:ours']],
    ['is nothing where all is gone', ['admin:ours', 'read:pending'], [], []],
    ['does not go up', ['read:ours'], ['admin:ours'], ['read:ours']],
    [
      'keeps what others gave',
      ['read:inherited', 'read:standing'],
      [],
      ['read:inherited', 'read:standing'],
    ],
    ['is what an invitation became', ['read:pending'], ['read:ours'], ['read:pending']],
  ])('%s', (_, baseline, observed, left) => {
    expect(lowered(highest, baseline.map(holding), observed.map(holding))).toEqual(
      left.map(holding),
    );
  });

  test('contains nothing of ours if the target shows what is ours, whatever an old intent recorded', () => {
    const recorded = ['read:ours', 'read:pending', 'write:standing'].map(holding);
    expect(countedBaseline(true, recorded)).toEqual([holding('write:standing')]);
    expect(countedBaseline(false, recorded)).toEqual(recorded);
  });
});
