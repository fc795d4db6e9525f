import { describe, expect, test } from '@jest/globals';
import type { CheckReport } from '../../../src/core/report/check-run.js';
import { Unreadable } from '../../../src/ports.js';
import type { Shown } from '../../../src/ports.js';
import type { Judged } from '../../../src/workflows/judge/changes.js';
import { keptInstead, showCheck } from '../../../src/workflows/judge/show-check.js';
import { givesNothing, showUnreadable } from '../../../src/workflows/judge/show-pull-request.js';
import { worldOf } from '../world.js';

describe('whose check a head keeps', () => {
  const mine = { number: 8, passed: false, passes: false, gives_nothing: true };
  const theirs = (...all: [number, boolean][]) =>
    all.map(([number, passed]) => ({ number, passed }));
  test.each([
    ['its own, which passes', { ...mine, passes: true }, theirs([5, false], [9, false]), null],
    ['that of one which passed', { ...mine, passes: true }, theirs([5, false], [9, true]), 9],
    ['that of the first, where none passes', mine, theirs([5, false], [9, false]), 5],
    [
      'its own, of which nobody knows what it gives',
      { ...mine, gives_nothing: false },
      theirs([5, false]),
      null,
    ],
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

describe('several pull requests of one head', () => {
  const HEAD = 'a'.repeat(40);
  /** A worker that remembers what it showed, and whom it wants judged. */
  function worker({ gives_nothing = true } = {}) {
    const shown = new Map<number, Partial<Shown>>();
    const written: string[] = [];
    const wanted: string[] = [];
    const world = worldOf(null, {
      clock: { now: async () => new Date(0) },
      pullRequests: { open: async () => [8, 9].map((number) => ({ number, head_sha: HEAD })) },
      ledger: {
        state: async () => ({ head: { seq: 1, hash: 'h' } }),
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
    });
    const judged = async (
      number: number,
      conclusion: CheckReport['conclusion'],
      ...rivals: number[]
    ) => {
      const title = `${number} ${conclusion}`;
      const check = { head_sha: HEAD, conclusion, title, summary: '', annotations: [] };
      await showCheck(world, number, check, { rivals, gives_nothing });
    };
    const unreadable = (number: number) =>
      showUnreadable(world, number, new Unreadable('a page failed'));
    return {
      judged,
      unreadable,
      shown,
      written: () => written.splice(0),
      wanted: () => wanted.splice(0),
    };
  }

  test('invariant 3: one that cannot be read does not leave the head the success of one that gives something', async () => {
    const { judged, unreadable, shown, written } = worker({ gives_nothing: false });
    await judged(8, 'success');
    // As an older version of Daypass kept it.
    shown.set(8, { ...shown.get(8), passed: HEAD });
    await judged(8, 'success');
    await unreadable(9);
    expect(written()).toEqual(['8 success', expect.stringMatching(/^Denied: .*a page failed/)]);
  });

  test('invariant 16: bob removes his access, and a pull request of the same head that cannot be read changes nothing', async () => {
    const { judged, unreadable, written } = worker();
    await judged(8, 'success');
    await unreadable(9);
    await judged(8, 'success', 9);
    await unreadable(9);
    expect(written()).toEqual(['8 success', '8 success']);
  });

  test('invariant 16: a check that passes stays, and each judgement writes at most once', async () => {
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

  test('invariant 16: an older pull request of frank that gets the head later changes nothing', async () => {
    const { judged, written } = worker();
    await judged(5, 'failure', 8);
    await judged(8, 'success', 5);
    await judged(5, 'failure', 8);
    expect(written()).toEqual(['5 failure', '8 success']);
  });

  test('invariant 16: what passed and no longer does is written, and the others are judged again', async () => {
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
