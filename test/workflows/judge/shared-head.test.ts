import { describe, expect, test } from '@jest/globals';
import type { CheckReport } from '../../../src/core/report/check-run.js';
import type { Shown } from '../../../src/ports.js';
import type { Judged } from '../../../src/workflows/judge/changes.js';
import { keptInstead, showCheck, type ShowWorld } from '../../../src/workflows/judge/show-check.js';
import { givesNothing } from '../../../src/workflows/judge/show-pull-request.js';
import { worldOf } from '../world.js';

describe('whose check a head keeps that gives nobody anything', () => {
  const mine = { number: 8, passed: false, passes: false };
  const theirs = (...all: [number, boolean][]) =>
    all.map(([number, passed]) => ({ number, passed }));
  test.each([
    ['its own, which passes', { ...mine, passes: true }, theirs([5, false], [9, false]), null],
    ['that of one which passed', { ...mine, passes: true }, theirs([5, false], [9, true]), 9],
    ['that of the first, where none passes', mine, theirs([5, false], [9, false]), 5],
    ['its own, as the first', mine, theirs([9, false]), null],
    [
      'its own, which passed and no longer does',
      { ...mine, passed: true },
      theirs([5, true]),
      null,
    ],
  ])('%s', (_, one, others, expected) => expect(keptInstead(one, others)).toBe(expected));
});

describe('what gives nobody anything', () => {
  const of = (...kinds: string[]) =>
    ({
      changes: kinds.map((kind) => ({ change: { kind } })),
      problems: [],
      policies: null,
    }) as unknown as Judged;
  test.each([
    ['less', of('withdrawn', 'narrowed', 'reworded'), true],
    ['nothing', of(), true],
    ['more', of('withdrawn', 'added'), false],
    ['longer', of('extended'), false],
    [
      'a file that cannot be read',
      { ...of('withdrawn'), problems: [{}] } as unknown as Judged,
      false,
    ],
    ['another policy', { ...of('withdrawn'), policies: {} } as unknown as Judged, false],
    ['nobody knows what', { fault: { code: 'engine_fault', message: 'x' } } as const, false],
  ])('%s', (_, judged, expected) => expect(givesNothing(judged)).toBe(expected));
});

describe('invariant 16: bob removes his access, and frank opens a pull request of the same head', () => {
  const HEAD = 'a'.repeat(40);
  /** A worker that remembers what it showed, and whom it wants judged. */
  function worker() {
    const shown = new Map<number, Partial<Shown>>();
    const written: string[] = [];
    const wanted: string[] = [];
    const world = worldOf(null, {
      clock: { now: async () => new Date(0) },
      ledger: {
        shown: async (number: number) => ({ check: null, passed: null, ...shown.get(number) }),
        show: async (number: number, more: Partial<Shown>) =>
          void shown.set(number, { ...shown.get(number), ...more }),
      },
      reports: {
        check: async ({ title }: CheckReport) => {
          written.push(title);
          return null;
        },
      },
      work: { want: async (topics: readonly string[]) => void wanted.push(...topics) },
    }) as ShowWorld;
    const judged = async (
      number: number,
      conclusion: CheckReport['conclusion'],
      ...rivals: number[]
    ) => {
      const title = `${number} ${conclusion}`;
      const check = { head_sha: HEAD, conclusion, title, summary: '', annotations: [] };
      await showCheck(world, number, check, { rivals });
    };
    return { judged, shown, written: () => written.splice(0), wanted: () => wanted.splice(0) };
  }

  test('a check that passes stays, and each judgement writes at most once', async () => {
    const { judged, shown, written, wanted } = worker();
    await judged(8, 'success');
    await judged(9, 'action_required', 8);
    // GitHub may wait for a run since the new one.
    expect(wanted()).toEqual(['pull:8']);
    await judged(8, 'success', 9);
    await judged(9, 'action_required', 8);
    await judged(9, 'failure', 8);
    await judged(8, 'success', 9);
    expect(written()).toEqual(['8 success', '8 success']);
    expect(wanted()).toEqual([]);
    // frank asks for a run again.
    shown.set(9, { ...shown.get(9), check: null });
    await judged(9, 'failure', 8);
    expect(wanted()).toEqual(['pull:8']);
    await judged(8, 'success', 9);
    expect(written()).toEqual(['8 success']);
  });

  test('an older pull request of frank that gets the head later changes nothing', async () => {
    const { judged, written } = worker();
    await judged(5, 'failure', 8);
    await judged(8, 'success', 5);
    await judged(5, 'failure', 8);
    expect(written()).toEqual(['5 failure', '8 success']);
  });

  test('what passed and no longer does is written, and the others are judged again', async () => {
    const { judged, written, wanted } = worker();
    await judged(8, 'success', 5);
    await judged(8, 'failure', 5);
    expect(written()).toEqual(['8 success', '8 failure']);
    expect(wanted()).toEqual(['pull:5']);
    await judged(5, 'action_required', 8);
    expect(written()).toEqual(['5 action_required']);
    await judged(8, 'failure', 5);
    expect(written()).toEqual([]);
  });
});
