import { describe, expect, test } from '@jest/globals';
import { isThin, keep, pastEnd } from '../../../src/core/grant/kept.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { minute, record, told, window } from '../../../lab/acme/story.js';

const named = (id: string, of: GrantRecord): GrantRecord => ({ ...of, id });
const until = (id: string, end: number) =>
  named(id, record(told.approved(), told.activating(1, window(1, end)), told.activated(1)));
const ids = (records: Iterable<GrantRecord>) => [...records].map(({ id }) => id);

describe('what a worker keeps of the ledger', () => {
  test('is the grants whose access exists or is being made, each as it was last read', () => {
    const first = keep(null, [until('a', 60), named('new', record(told.approved()))], 7);
    expect(ids(first.grants.values())).toEqual(['a']);
    const begun = named('new', record(told.approved(), told.activating(2)));
    const second = keep(first, [until('a', 90), begun], 9);
    expect(second.version).toBe(9);
    expect(ids(second.grants.values())).toEqual(['a', 'new']);
    expect(second.grants.get('a')?.window?.ends_at).toBe(minute(90));
    const over = record(told.approved(), told.activating(), told.activated(), told.expired(241));
    expect(ids(keep(second, [named('a', over)], 10).grants.values())).toEqual(['new']);
    expect(ids(first.grants.values())).toEqual(['a']);
  });

  test('is bounded: those that end first stay', () => {
    const all = [until('late', 90), until('soon', 30), until('later', 120)];
    const two = keep(null, all, 1, 2);
    expect(ids(two.grants.values())).toEqual(['soon', 'late']);
    expect(isThin(two, 2)).toBe(false);
    const over = record(told.approved(), told.activating(), told.activated(), told.expired(241));
    expect(isThin(keep(two, [named('soon', over)], 2, 2), 2)).toBe(true);
    expect(isThin(keep(keep(null, all, 1), [named('soon', over)], 2), 2)).toBe(false);
  });

  test('says which are past their frozen end or were ended by somebody, the longest first', () => {
    const ended = named(
      'ended',
      record(told.approved(), told.activating(), told.activated(), told.ending(20)),
    );
    const kept = keep(null, [until('b', 40), until('a', 30), until('c', 50), ended], 1);
    const due = (at: number) => ids(pastEnd(kept, new Date(minute(at))));
    expect(due(19)).toEqual([]);
    expect(due(20)).toEqual(['ended']);
    expect(due(40)).toEqual(['ended', 'a', 'b']);
  });
});
