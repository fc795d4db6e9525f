import { describe, expect, test } from '@jest/globals';
import {
  bad,
  eventFinding,
  good,
  permissionFindings,
  requiredCheckFinding,
  unsure,
  verdictOf,
} from '../../../src/core/report/finding.js';

const said = (findings: readonly { is: string; found: string }[]) =>
  findings.map(({ is, found }) => `${is}: ${found}`);

describe('the permissions of an app', () => {
  const wanted = { checks: 'write', contents: 'read' };
  test.each([
    [
      'just that',
      { checks: 'write', contents: 'read' },
      ['good: has the 2 permissions that it needs'],
    ],
    ['too little', { checks: 'read' }, ['bad: lacks checks: write, contents: read']],
    [
      'too much',
      { checks: 'admin', contents: 'read', issues: 'read' },
      [
        'good: has the 2 permissions that it needs',
        'bad: has more than it needs: checks: admin, issues: read',
      ],
    ],
    [
      'a level that nobody knows',
      { checks: 'owner', contents: 'read' },
      ['bad: lacks checks: write'],
    ],
  ])('%s', (_, granted, expected) => {
    expect(said(permissionFindings(wanted, granted, 'App'))).toEqual(expected);
  });

  test('events that the app does not receive', () => {
    expect(eventFinding(['push', 'team'], ['push', 'issues'], 'App')).toMatchObject({
      is: 'bad',
      found: 'does not hear of team',
    });
    expect(eventFinding(['push'], ['push', 'issues'], 'App').is).toBe('good');
  });
});

describe('the required check', () => {
  const check = (app_id: number | null, context = 'daypass') => ({ context, app_id });
  test.each([
    ['nothing is required', [], 'bad: merging into main does not need the check daypass'],
    [
      'another is required',
      [check(7, 'build')],
      'bad: merging into main does not need the check daypass',
    ],
    [
      'it is pinned',
      [check(null), check(7)],
      'good: merging into main needs the check daypass of this App',
    ],
    [
      'it is not pinned',
      [check(null)],
      'bad: anybody who may write checks can post the check daypass',
    ],
    [
      'any app may post it',
      [check(-1)],
      'bad: anybody who may write checks can post the check daypass',
    ],
    ['it is pinned to another', [check(8)], 'bad: the check daypass is pinned to another App (8)'],
  ])('%s', (_, required, expected) => {
    expect(said([requiredCheckFinding('main', required, 7)])).toEqual([expected]);
  });
});

test.each([
  ['all good', [good('a', 'b')], 0],
  ['something wrong, something untold', [unsure('a', 'b', 'c'), bad('a', 'b', 'c')], 1],
  ['something untold', [good('a', 'b'), unsure('a', 'b', 'c')], 2],
] as const)('the verdict: %s', (_, findings, expected) => {
  expect(verdictOf(findings)).toBe(expected);
});
