import { describe, expect, test } from '@jest/globals';
import type { Holding, Origin } from '../../../src/core/grant/record.js';
import type { Join } from '../../../src/core/ledger/level.js';
import { plan } from '../../../src/core/ledger/plan.js';

/** Levels in one line, like those of a repository. */
const LINE = ['read', 'write', 'admin'];
const highest: Join = (levels) => LINE[Math.max(...levels.map((l) => LINE.indexOf(l)))] ?? null;
/** Levels as sets of letters, of which neither may cover the other. */
const union: Join = (levels) => [...new Set(levels.join(''))].sort().join('') || null;

const holding = (text: string): Holding => {
  const [level = '', origin = 'ours'] = text.split(':');
  return { level, origin: origin as Origin };
};

interface Case {
  readonly live?: string[];
  readonly standing?: string[];
  readonly baseline?: string[];
  readonly observed?: string[];
}
const planned = (
  { live = [], standing = [], baseline = [], observed = [] }: Case,
  join = highest,
) => plan(join, { live, standing }, baseline.map(holding), observed.map(holding));

const nothing = { set: null, covered: true, explained: true, drift: [] };

describe('what one slot needs', () => {
  test.each<[string, Case, Partial<ReturnType<typeof plan>>]>([
    ['nothing is asked and nothing there', {}, nothing],
    ['a start', { live: ['read'] }, { set: { level: 'read' }, covered: false, explained: true }],
    ['what is there already', { live: ['read'], observed: ['read:ours'] }, nothing],
    [
      'an end',
      { observed: ['read:ours'] },
      { set: { level: null }, covered: true, explained: false },
    ],
    [
      'the admin ends, the reader stays',
      { live: ['read'], observed: ['admin:ours'] },
      { set: { level: 'read' }, covered: true, explained: false },
    ],
    [
      'an admin joins a reader',
      { live: ['read', 'admin'], observed: ['read:ours'] },
      { set: { level: 'admin' }, covered: false },
    ],
    [
      'our own row beside a standing one',
      { live: ['read'], standing: ['read'], observed: ['read:standing'] },
      { set: { level: 'read' }, covered: true, explained: true, drift: [] },
    ],
    [
      'our row goes, the standing one stays',
      { standing: ['read'], observed: ['read:ours', 'read:standing'] },
      { set: { level: null }, covered: true, explained: false },
    ],
    [
      'a lower row of ours beside a higher one that is inherited',
      { live: ['read'], observed: ['read:ours', 'admin:inherited'] },
      { set: null, covered: true, explained: false },
    ],
    [
      'an invitation is not access yet',
      { live: ['read'], observed: ['read:pending'] },
      { set: null, covered: false, explained: true },
    ],
    [
      'an invitation of a grant that is over',
      { observed: ['read:pending'] },
      { set: { level: null }, covered: true, explained: false },
    ],
  ])('invariant 14: %s', (_, given, expected) => {
    expect(planned(given)).toMatchObject(expected);
  });

  test.each<[string, Case, Partial<ReturnType<typeof plan>>]>([
    [
      'a standing entry alone starts no call',
      { standing: ['read'] },
      { set: null, drift: ['read is listed as standing and is not there'] },
    ],
    [
      'what standing lists and we alone give stays',
      { standing: ['read'], observed: ['admin:ours'] },
      { set: { level: 'read' }, explained: false },
    ],
    [
      'what standing lists and we give in part stays',
      { standing: ['write'], observed: ['read:ours'] },
      { set: null, explained: true, drift: ['write is listed as standing and is not there'] },
    ],
    [
      'an end goes down to a baseline of ours that is still there',
      { live: [], baseline: ['read:ours'], observed: ['admin:ours'] },
      { set: { level: 'read' }, explained: false },
    ],
    [
      'a baseline of ours that others took away is not given back at an end',
      { baseline: ['admin:ours'] },
      { set: null, end: { level: null }, explained: true },
    ],
    [
      'nor beside a live grant',
      { live: ['read'], baseline: ['admin:ours'], observed: [] },
      { set: { level: 'read' }, end: null },
    ],
    [
      'an invitation of before that others took back is not made again',
      { live: ['read'], baseline: ['admin:pending'], observed: [] },
      { set: { level: 'read' }, end: null },
    ],
    [
      'of a baseline of ours that others made less, the lower is kept',
      { baseline: ['admin:ours'], observed: ['write:ours'] },
      { set: null, end: { level: 'write' }, explained: true },
    ],
    [
      'an end gives nothing to a live grant whose access others took away',
      { live: ['read'], observed: [] },
      { end: null },
    ],
    [
      'an end gives no more to a live grant than is there',
      { live: ['admin'], observed: ['read:ours'] },
      { end: { level: 'read' }, set: { level: 'admin' } },
    ],
    [
      'a baseline of ours stays',
      { baseline: ['read:ours'], observed: ['read:ours'] },
      {
        set: null,
        explained: true,
        drift: ['read (ours) was there before and is not listed as standing'],
      },
    ],
    [
      'a baseline of others explains, and is drift',
      { baseline: ['read:standing'], observed: ['read:standing'] },
      {
        set: null,
        explained: true,
        drift: ['read (standing) was there before and is not listed as standing'],
      },
    ],
    [
      'a baseline that standing lists is none',
      { standing: ['read'], baseline: ['read:standing'], observed: ['read:standing'] },
      nothing,
    ],
    [
      'a baseline that others took away is not given back',
      { baseline: ['read:standing'], observed: ['admin:ours'] },
      {
        set: { level: null },
        explained: false,
        drift: ['admin (ours) is there and nothing explains it'],
      },
    ],
    [
      'a baseline of others explains no row of ours',
      { baseline: ['admin:standing'], observed: ['admin:standing', 'read:ours'] },
      { set: { level: null }, explained: false },
    ],
    [
      'what others gave since then',
      { live: ['read'], observed: ['read:ours', 'admin:standing'] },
      {
        set: null,
        covered: true,
        explained: false,
        drift: ['admin (standing) is there and nothing explains it'],
      },
    ],
  ])('invariant 15: %s', (_, given, expected) => {
    expect(planned(given)).toMatchObject(expected);
  });

  test('invariant 15: levels that do not cover each other are joined, and separated again', () => {
    const both = planned({ live: ['a', 'b'], observed: ['a:ours'] }, union);
    expect(both).toMatchObject({ set: { level: 'ab' }, covered: false });
    expect(planned({ live: ['b'], observed: ['ab:ours'] }, union).set).toEqual({ level: 'b' });
    const shared = { standing: ['ab'], observed: ['a:standing', 'bc:ours'] };
    expect(planned(shared, union).set).toEqual({ level: 'ab' });
  });

  test('invariant 15: one call is enough if standing lists what others and ours each give in part', () => {
    const part = { standing: ['bcd', 'bx'], observed: ['x:standing', 'bd:ours'] };
    expect(planned(part, union).set).toBeNull();
    const more = { standing: ['bc', 'bx'], observed: ['x:standing', 'bdz:ours'] };
    expect(planned(more, union).set).toEqual({ level: 'bx' });
    expect(planned({ ...more, observed: ['x:standing', 'bx:ours'] }, union).set).toBeNull();
  });

  test('invariant 14: on a target with one row for all, a call that changes nothing does not prevent the proof', () => {
    const one_row = { live: ['read'], baseline: ['read:standing'], observed: ['read:standing'] };
    expect(planned(one_row)).toMatchObject({
      set: { level: 'read' },
      covered: true,
      explained: true,
    });
  });
});
