import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Holding, Origin } from '../../../src/core/grant/record.js';
import { plan, type Desired, type Join } from '../../../src/core/ledger/plan.js';

/** Levels in one line, as a repository's are. */
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
      'an invitation is no access yet',
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
      'a baseline of ours is given back',
      { live: [], baseline: ['read:ours'], observed: ['admin:ours'] },
      { set: { level: 'read' }, explained: false },
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

  test('invariant 15: levels that do not cover each other are joined, and parted again', () => {
    const both = planned({ live: ['a', 'b'], observed: ['a:ours'] }, union);
    expect(both).toMatchObject({ set: { level: 'ab' }, covered: false });
    expect(planned({ live: ['b'], observed: ['ab:ours'] }, union).set).toEqual({ level: 'b' });
    const shared = { standing: ['ab'], observed: ['a:standing', 'bc:ours'] };
    expect(planned(shared, union).set).toEqual({ level: 'ab' });
  });

  test('invariant 15: one call is enough where standing lists what others and ours give in part', () => {
    const part = { standing: ['bcd', 'bx'], observed: ['x:standing', 'bd:ours'] };
    expect(planned(part, union).set).toBeNull();
    const more = { standing: ['bc', 'bx'], observed: ['x:standing', 'bdz:ours'] };
    expect(planned(more, union).set).toEqual({ level: 'bx' });
    expect(planned({ ...more, observed: ['x:standing', 'bx:ours'] }, union).set).toBeNull();
  });

  test('invariant 14: where a target has one row for all, a call that changes nothing spoils no proof', () => {
    const one_row = { live: ['read'], baseline: ['read:standing'], observed: ['read:standing'] };
    expect(planned(one_row)).toMatchObject({
      set: { level: 'read' },
      covered: true,
      explained: true,
    });
  });
});

/** A target that keeps our row apart from others'. */
function applied(observed: readonly Holding[], set: { level: string | null } | null): Holding[] {
  if (set === null) return [...observed];
  const others = observed.filter(({ origin }) => origin === 'standing' || origin === 'inherited');
  return set.level === null ? others : [...others, { level: set.level, origin: 'ours' }];
}

const lattices: readonly [Join, fc.Arbitrary<string>][] = [
  [highest, fc.constantFrom(...LINE)],
  [union, fc.subarray(['a', 'b', 'c'], { minLength: 1 }).map((letters) => letters.join(''))],
];
const slots = fc.constantFrom(...lattices).chain(([join, level]) => {
  const holdings = fc.array(
    fc.record({
      level,
      origin: fc.constantFrom<Origin>('ours', 'standing', 'inherited', 'pending'),
    }),
    { maxLength: 4 },
  );
  const levels = fc.array(level, { maxLength: 3 });
  return fc.record({
    join: fc.constant(join),
    desired: fc.record({ live: levels, standing: levels }),
    baseline: holdings,
    observed: holdings,
  });
});

type Given = { join: Join; desired: Desired; baseline: Holding[]; observed: Holding[] };
const within = (join: Join, level: string, all: readonly string[]) =>
  join([level, ...all]) === join(all);
const levels = (holdings: readonly Holding[], ...origins: Origin[]) =>
  holdings.filter(({ origin }) => origins.includes(origin)).map(({ level }) => level);

/** What a slot holds before and after one call, and the plan for each. */
function played({ join, desired, baseline, observed }: Given) {
  const before = plan(join, desired, baseline, observed);
  const after = applied(observed, before.set);
  return { before, after, then: plan(join, desired, baseline, after) };
}

describe('any slot', () => {
  test('invariant 15: one call is enough, and then every grant is covered but for invitations', () => {
    fc.assert(
      fc.property(slots, (given) => {
        const { before, after, then } = played(given);
        expect(then.set).toBeNull();
        if (before.set !== null || levels(after, 'pending').length === 0) {
          expect(then.covered).toBe(true);
        }
      }),
    );
  });

  test('invariant 15: no call goes below the join of desired and baseline, nor touches what others gave', () => {
    fc.assert(
      fc.property(slots, (given) => {
        const { join, desired, baseline, observed } = given;
        const { after } = played(given);
        const held = after.map(({ level }) => level);
        for (const level of [...desired.live, ...levels(baseline, 'ours', 'pending')]) {
          expect(within(join, level, held)).toBe(true);
        }
        const had = observed.map(({ level }) => level);
        for (const level of desired.standing) {
          if (within(join, level, had)) expect(within(join, level, held)).toBe(true);
        }
        for (const origin of ['standing', 'inherited'] as const) {
          expect(levels(after, origin)).toEqual(levels(observed, origin));
        }
      }),
    );
  });

  test('invariant 15: without a live grant and anything of ours, no call is made', () => {
    fc.assert(
      fc.property(slots, ({ join, desired: { standing }, baseline, observed }) => {
        const theirs = (h: Holding) => h.origin === 'standing' || h.origin === 'inherited';
        const made = plan(
          join,
          { live: [], standing },
          baseline.filter(theirs),
          observed.filter(theirs),
        );
        expect(made.set).toBeNull();
      }),
    );
  });

  test('invariant 14: gone is never said while something is there that nothing explains', () => {
    fc.assert(
      fc.property(slots, ({ join, desired, baseline, observed }) => {
        const made = plan(join, desired, baseline, observed);
        const explaining = [...desired.live, ...desired.standing, ...baseline.map((b) => b.level)];
        const stray = observed.some(({ level }) => !within(join, level, explaining));
        if (stray) expect(made.explained).toBe(false);
        const mine = [...desired.live, ...desired.standing, ...levels(baseline, 'ours', 'pending')];
        const leftover = levels(observed, 'ours', 'pending').some((l) => !within(join, l, mine));
        if (leftover) expect(made.explained).toBe(false);
      }),
    );
  });

  test('invariant 14: after its call, a slot that others leave alone is explained', () => {
    fc.assert(
      fc.property(slots, (given) => {
        const baseline = [...given.baseline, ...given.observed.filter((h) => h.origin !== 'ours')];
        expect(played({ ...given, baseline }).then.explained).toBe(true);
      }),
    );
  });
});
