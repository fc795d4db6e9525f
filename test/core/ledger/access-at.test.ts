import { describe, expect, test } from '@jest/globals';
import { accessAt } from '../../../src/core/ledger/access-at.js';
import { entries, GRANT, minute, told, window, hours } from '../../../lab/acme/story.js';
import type { Told } from '../../../lab/acme/story.js';

const at = (n: number) => new Date(minute(n));
const life = [told.approved(0), told.activating(1), told.activated(2), told.expired(243)];

describe('who had access at a given moment', () => {
  test.each<readonly [string, readonly Told[], number, string | null]>([
    ['before it landed', life, -1, null],
    ['approved, and not begun', life, 0, null],
    ['begun: it may have existed', life, 1, 'activating'],
    ['seen there', life, 2, 'active'],
    ['invariant 14: past its end, and not seen gone', life, 242, 'active, ending'],
    ['at the very entry that saw it gone', life, 243, null],
    ['after it', life, 500, null],
    ['to be revoked', [...life.slice(0, 3), told.ending(10)], 11, 'active, ending'],
    ['before that was asked for', [...life.slice(0, 3), told.ending(10)], 9, 'active'],
    ['quarantined: never', [told.quarantined(0)], 5, null],
    ['refused: never', [told.approved(0), told.refused(1)], 5, null],
    [
      'extended: at its old end, after the extension',
      [...life.slice(0, 3), told.extended(200, 8, window(1, 481))],
      243,
      'active',
    ],
    [
      'narrowed: the end that access before, as it was known then',
      [...life.slice(0, 3), told.narrowed(200, 1, window(1, 61))],
      150,
      'active',
    ],
  ])('%s', (_, story, n, state) => {
    const access = accessAt(entries(...story), at(n));
    expect(access.map((one) => (one.ending ? `${one.state}, ending` : one.state))).toEqual(
      state === null ? [] : [state],
    );
  });

  test('people are given by id, with the frozen window and the scope of that moment', () => {
    const story = entries(...life.slice(0, 3), told.narrowed(60, 2, window(1, 121)));
    expect(accessAt(story, at(30))).toEqual([
      {
        grant: GRANT,
        subject: { id: 101, login: 'alice' },
        environment: 'production',
        resource: 'orders-db',
        role: 'read-only',
        scope: null,
        scope_held: null,
        state: 'active',
        starts_at: minute(1),
        ends_at: minute(241),
        ending: false,
        overdue: false,
        end_held: null,
        pull_request: 7,
      },
    ]);
    expect(accessAt(story, at(61))).toMatchObject([
      { scope: { actions: ['select'] }, scope_held: 'at_use', ends_at: minute(121) },
    ]);
  });

  test('invariant 17: after its end and not seen gone it is overdue, even if nothing was tried', () => {
    const begun = life.slice(0, 3);
    const overdue = (n: number, ...story: readonly Told[]) =>
      accessAt(entries(...begun, ...story), at(n)).map((one) => one.overdue);
    expect(overdue(240)).toEqual([false]);
    expect(overdue(241)).toEqual([true]);
    expect(overdue(300, told.expired(301))).toEqual([true]);
    expect(overdue(301, told.expired(301))).toEqual([]);
    expect(overdue(9, told.ending(9))).toEqual([true]);
    expect(overdue(300, told.extended(200, 8, window(1, 481)))).toEqual([false]);
    // A start that could not be undone in time.
    const missed = entries(told.approved(), told.activating(1), told.overdue(61));
    expect(accessAt(missed, at(62)).map((one) => one.overdue)).toEqual([true]);
  });

  test('invariant 7: an early end that is held is told with its reason, while it is', () => {
    const begun = life.slice(0, 3);
    const held = (n: number, ...story: readonly Told[]) =>
      accessAt(entries(...begun, told.held(9), ...story), at(n)).map((one) => one.end_held);
    expect(held(8)).toEqual([null]);
    expect(held(9)).toEqual(['left']);
    expect(held(10, told.released(10))).toEqual([null]);
    expect(held(10, told.ending(10))).toEqual([null]);
  });

  test('an entry written by a process with a slow clock counts as late as the entry before it', () => {
    const [approved, activating, activated] = entries(
      told.approved(0, { window: hours(4) }),
      told.activating(5),
      told.activated(4),
    );
    if (!approved || !activating || !activated) throw new Error('three entries');
    expect(accessAt([approved, activating, activated], at(4))).toEqual([]);
  });
});
