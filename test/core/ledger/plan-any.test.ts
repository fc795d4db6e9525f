import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Holding, Origin } from '../../../src/core/grant/record.js';
import { lowered } from '../../../src/core/ledger/baseline.js';
import type { Join } from '../../../src/core/ledger/level.js';
import { plan, type Desired } from '../../../src/core/ledger/plan.js';

/** Levels in one line, like those of a repository. */
const LINE = ['read', 'write', 'admin'];
const highest: Join = (levels) => LINE[Math.max(...levels.map((l) => LINE.indexOf(l)))] ?? null;
/** Levels as sets of letters, of which neither may cover the other. */
const union: Join = (levels) => [...new Set(levels.join(''))].sort().join('') || null;

/** A target that keeps our row separate from those of others. */
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

/** What a slot holds before and after the call of a start, whose baseline was lowered first, and the plan for each. */
function played({ join, desired, baseline: recorded, observed }: Given) {
  const baseline = lowered(join, recorded, observed);
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
  test('invariant 15: one call is enough, and then every grant is covered except for invitations', () => {
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

  test('invariant 15: no call takes what live grants, standing or baseline explain, or touches what others gave', () => {
    fc.assert(
      fc.property(slots, (given) => {
        const { join, desired, baseline, observed } = given;
        const mine = levels(observed, 'ours', 'pending');
        const had = observed.map(({ level }) => level);
        const others = levels(observed, 'standing', 'inherited');
        for (const [call, after] of [
          ['start', played(given).after],
          ['end', ended(given).after],
        ] as const) {
          const held = after.map(({ level }) => level);
          for (const level of [...desired.live, ...levels(baseline, 'ours', 'pending')])
            if (within(join, level, mine)) expect(within(join, level, held)).toBe(true);
          for (const level of desired.standing)
            // An end leaves what ours alone gives of it; a start also what ours gives together with others.
            if (within(join, level, had) && (call === 'start' || others.length === 0))
              expect(within(join, level, held)).toBe(true);
          for (const origin of ['standing', 'inherited'] as const)
            expect(levels(after, origin)).toEqual(levels(observed, origin));
        }
      }),
    );
  });

  test('invariant 15: a call gives only what live grants ask for, and a call of an end gives nothing', () => {
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

  test('invariant 15: what is gone stays gone: a baseline that is not there any more changes no call', () => {
    fc.assert(
      fc.property(slots, ({ join, desired, baseline, observed }) => {
        const theirs = observed.filter(({ origin }) => origin === 'standing');
        const with_baseline = plan(join, desired, baseline, theirs);
        const without = plan(join, desired, [], theirs);
        expect([with_baseline.set, with_baseline.end]).toEqual([without.set, without.end]);
      }),
    );
  });

  test('invariant 15: without a grant, what is kept of ours is the lower of baseline and observed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LINE), fc.constantFrom(...LINE), (was, is) => {
        const at = (level: string): Holding[] => [{ level, origin: 'ours' }];
        const { end } = plan(highest, { live: [], standing: [] }, at(was), at(is));
        expect(end?.level).toBe(LINE[Math.min(LINE.indexOf(was), LINE.indexOf(is))]);
      }),
    );
  });

  test('invariant 15: without a live grant and without anything of ours, no call is made', () => {
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

  test('invariant 14: access is never called gone while something is there that nothing explains', () => {
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

  test('invariant 14: after its call, a slot that nobody else touches is explained', () => {
    fc.assert(
      fc.property(slots, (given) => {
        const baseline = [...given.baseline, ...given.observed.filter((h) => h.origin !== 'ours')];
        expect(played({ ...given, baseline }).then.explained).toBe(true);
        expect(ended({ ...given, baseline }).then.explained).toBe(true);
      }),
    );
  });
});
