import { expect, test } from '@jest/globals';
import { plannedDiffers } from '../../../src/core/ledger/planned.js';
import { minute, record, told, window } from '../../../lab/acme/story.js';

const at = (n: number, starts = false) => ({ due_at: minute(n), starts });
const scheduled = record(told.approved(3));
const active = record(told.approved(), told.activating(1, window(1, 241)), told.activated(1));
const told_end = record(
  told.approved(),
  told.activating(1, window(1, 241)),
  told.activated(1),
  told.soon(226, 241),
);
const over = record(told.approved(), told.activating(), told.activated(), told.expired(300));

test.each([
  ['a start at its time', scheduled, at(3, true), 0, null],
  ['an end at its time', told_end, at(241), 230, null],
  ['a look before its time', told_end, at(235), 230, null],
  ['a due end that is put off for its next try', told_end, at(243), 242, null],
  ['a start without its flag, which is looked at anyway', scheduled, at(3), 0, null],
  ['a grant that is over', over, null, 301, null],
  ['no row', told_end, null, 230, 'but nothing is planned'],
  ['a row for never', told_end, { due_at: null, starts: false }, 230, 'but nothing is planned'],
  [
    'an end that is put off before it is due',
    told_end,
    at(242),
    230,
    'due at 2026-11-24T21:01:00.000Z',
  ],
  ['a due end that is put off for a day', told_end, at(241 + 1440), 242, 'planned for 2026-11-25'],
  ['the notice of an end', active, at(241), 30, 'its next soon is due'],
  [
    'an end among the starts',
    told_end,
    at(241, true),
    230,
    'planned as a start although it is active',
  ],
] as const)('invariant 17: %s', (_, grant, planned, now, differs) => {
  const found = plannedDiffers(grant, planned, new Date(minute(now)));
  if (differs === null) expect(found).toBeNull();
  else expect(found).toContain(differs);
});
