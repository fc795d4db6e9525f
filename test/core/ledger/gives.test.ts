import { expect, test } from '@jest/globals';
import { givings } from '../../../src/core/ledger/gives.js';
import { entries, record, told } from '../../../lab/acme/story.js';

test('invariant 7: the steps that gave a grant are the one that added it and each that extended it', () => {
  const story = [
    told.approved(),
    told.extended(1, 5, null),
    told.failed(2, false, 3),
    told.narrowed(3, 2, null),
    told.extended(4, 6, null),
  ];
  const given = givings(entries(...story));
  expect(given.map(({ kind, digest, pull_request }) => [kind, digest, pull_request])).toEqual([
    ['added', 'd1', 7],
    ['extended', 'd2', 7],
    ['extended', 'd2', 7],
  ]);
  expect(given.map(({ before }) => before)).toEqual([
    null,
    record(told.approved()),
    record(...story.slice(0, 4)),
  ]);
});

test('invariant 7: no step gave a quarantined grant', () => {
  expect(givings(entries(told.quarantined(), told.withdrawn(2)))).toEqual([]);
});
