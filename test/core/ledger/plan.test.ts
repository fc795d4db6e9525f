import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Holding, Origin } from '../../../src/core/grant/record.js';
import { counted, firstBaseline, lowered } from '../../../src/core/ledger/baseline.js';
import type { Join } from '../../../src/core/ledger/level.js';
import { plan, type Desired } from '../../../src/core/ledger/plan.js';

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

/** The same for the call that an end makes. */
function ended(given: Given) {
  const { join, desired, baseline, observed } = given;
  const after = applied(observed, plan(join, desired, baseline, observed).end);
  return { after, then: plan(join, desired, baseline, after) };
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

  test('invariant 15: no call takes what live grants, standing or baseline explain, nor touches what others gave', () => {
    fc.assert(
      fc.property(slots, (given) => {
        const { join, desired, baseline, observed } = given;
        const mine = levels(observed, 'ours', 'pending');
        const had = observed.map(({ level }) => level);
        for (const after of [played(given).after, ended(given).after]) {
          const held = after.map(({ level }) => level);
          for (const level of [...desired.live, ...levels(baseline, 'ours', 'pending')])
            if (within(join, level, mine)) expect(within(join, level, held)).toBe(true);
          for (const level of desired.standing)
            if (within(join, level, had)) expect(within(join, level, held)).toBe(true);
          for (const origin of ['standing', 'inherited'] as const)
            expect(levels(after, origin)).toEqual(levels(observed, origin));
        }
      }),
    );
  });

  test('invariant 15: a call gives nothing but what live grants ask for, and that of an end nothing at all', () => {
    fc.assert(
      fc.property(slots, (given) => {
        const { join, desired, observed } = given;
        const had = observed.map(({ level }) => level);
        const mine = levels(observed, 'ours', 'pending');
        for (const level of levels(played(given).after, 'ours', 'pending'))
          expect(within(join, level, [...had, ...desired.live])).toBe(true);
        for (const level of levels(ended(given).after, 'ours', 'pending'))
          expect(within(join, level, mine)).toBe(true);
      }),
    );
  });

  test('invariant 15: what is gone stays gone: a baseline that is not there changes no call', () => {
    fc.assert(
      fc.property(slots, ({ join, desired, baseline, observed }) => {
        const theirs = observed.filter(({ origin }) => origin === 'standing');
        const with_baseline = plan(join, desired, baseline, theirs);
        const without = plan(join, desired, [], theirs);
        expect([with_baseline.set, with_baseline.end]).toEqual([without.set, without.end]);
      }),
    );
  });

  test('invariant 15: what is kept of ours without a grant is the lower of baseline and observed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LINE), fc.constantFrom(...LINE), (was, is) => {
        const at = (level: string): Holding[] => [{ level, origin: 'ours' }];
        const { end } = plan(highest, { live: [], standing: [] }, at(was), at(is));
        expect(end?.level).toBe(LINE[Math.min(LINE.indexOf(was), LINE.indexOf(is))]);
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
        expect(ended({ ...given, baseline }).then.explained).toBe(true);
      }),
    );
  });
});

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

  test('holds nothing of ours where the target says what was ours, whatever an old intent recorded', () => {
    const recorded = ['read:ours', 'read:pending', 'write:standing'].map(holding);
    expect(counted(true, recorded)).toEqual([holding('write:standing')]);
    expect(counted(false, recorded)).toEqual(recorded);
  });
});
