import { beforeEach, expect, test } from '@jest/globals';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import type { Ledger } from '../../../../src/ports.js';
import { ledgerDatabase, poolOf } from '../released.js';

let ledger: Ledger;
beforeEach(async () => {
  ledger = createLedger(poolOf((await ledgerDatabase()).worker));
});

const NOTHING = {
  ...{ check: null, seen: null, requested: null, comment_id: null, comment: null },
  ...{ passed: null, listed: false, touches_nothing: false },
};

test('what a pull request showed is updated field by field', async () => {
  expect(await ledger.shown(7)).toEqual(NOTHING);
  await ledger.show(7, { check: 'a', passed: 'h', comment_id: 2 ** 40 });
  await ledger.show(7, { comment: 'b', check: null, touches_nothing: true });
  await ledger.show(7, { seen: 's' });
  const all = {
    ...NOTHING,
    passed: 'h',
    comment_id: 2 ** 40,
    comment: 'b',
    seen: 's',
    touches_nothing: true,
  };
  expect(await ledger.shown(7)).toEqual(all);
});

test('what was seen and shown of a pull request is forgotten when it is no longer in the list, and only then: its head may have another check by then', async () => {
  for (const number of [7, 8]) {
    await ledger.show(number, { check: 'c', passed: 'h', seen: 's', touches_nothing: true });
  }
  await ledger.keepListed([7, 8, 9]);
  const kept = { check: 'c', seen: 's', listed: true, touches_nothing: true };
  expect(await ledger.shown(7)).toMatchObject(kept);
  expect(await ledger.shown(9)).toEqual({ ...NOTHING, listed: true });
  await ledger.keepListed([7]);
  expect(await ledger.shown(7)).toMatchObject(kept);
  expect(await ledger.shown(8)).toEqual(NOTHING);
  expect(await ledger.shown(9)).toEqual(NOTHING);
  await ledger.keepListed([]);
  expect(await ledger.shown(7)).toEqual(NOTHING);
});
