import { describe, expect, test } from '@jest/globals';
import { ImpossibleEntry } from '../../../src/core/ledger/fold.js';
import { told as inWords } from '../../../src/core/report/audit.js';
import { entries, minute, record, told, window, type Told } from '../../../lab/acme/story.js';

const active = [told.approved(0), told.activating(1), told.activated(1)];

describe('invariant 21: an end that was made while the ledger did not answer', () => {
  test.each<[string, readonly Told[], object]>([
    ['leaves the end to be proven', [told.takenAway(245)], { state: 'active', retry_at: null }],
    [
      'brings a grant back that was extended meanwhile',
      [told.extended(200, 6, window(1, 361)), told.takenAway(245)],
      { state: 'active', retry_at: minute(245), attempts: 0 },
    ],
    [
      'does not bring back what somebody has ended',
      [told.extended(200, 6, window(1, 361)), told.ending(230), told.takenAway(245)],
      { state: 'active', retry_at: null },
    ],
    [
      'changes nothing of a grant whose end another worker has recorded',
      [told.expired(243), told.takenAway(245)],
      { state: 'expired', retry_at: null, ended_at: minute(243) },
    ],
  ])('%s', (_, story, is) => {
    expect(record(...active, ...story)).toMatchObject(is);
  });

  test('cannot be said of a grant that never began', () => {
    expect(() => record(told.approved(), told.takenAway(2))).toThrow(ImpossibleEntry);
  });

  test.each([
    [
      'of the grant',
      {},
      `while the ledger did not answer, worker 1-w ended it at ${minute(245)}, seen gone 20.0 s after its end`,
    ],
    [
      'of another on its slot',
      { instead_of: 'another' },
      `while the ledger did not answer, worker 1-w ended another on the same access at ${minute(245)}: what this grant gives is restored`,
    ],
  ])('is told in the audit log %s', (_, more, words) => {
    const entry = entries(...active, told.takenAway(245, more)).at(-1);
    expect(entry && inWords(entry)).toBe(words);
  });
});
