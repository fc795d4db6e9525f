import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Bodies } from '../../../../src/core/ledger/events.js';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { TargetFault, type Ledger } from '../../../../src/ports.js';
import { landing, told, window } from '../../../../lab/acme/story.js';
import { at, of } from '../entries.js';
import { ledgerDatabase, poolOf } from '../released.js';

let ledger: Ledger;
let other: Ledger;
beforeEach(async () => {
  const { worker } = await ledgerDatabase();
  ledger = createLedger(poolOf(worker));
  other = createLedger(poolOf(worker));
});

const bob = { id: 102, login: 'bob' };
const land = (grant: string, more: Partial<Bodies['grant.approved']> = {}) =>
  ledger.append(at(0), [of(grant, told.approved(0, { unreviewed: true, ...more }))]);
const limits = { per_person: 1, in_sum: 2 };
const begin = (by: Ledger, grant: string, most = limits) =>
  by.append(at(1), [of(grant, told.activating(1))], { expect: { room: { grant, limits: most } } });
/** Which of some starts were refused, and why. */
async function refused(...starts: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const ended = await Promise.allSettled(starts);
  return ended.flatMap((one) => {
    if (one.status === 'fulfilled') return [];
    const fault: unknown = one.reason;
    if (!(fault instanceof TargetFault)) throw fault;
    expect(fault).toMatchObject({ code: 'without_review_limit', lasting: false });
    return [fault.message];
  });
}
const states = async (...ids: readonly string[]) =>
  (await Promise.all(ids.map((id) => ledger.grant(id)))).map((found) => found?.state);

describe('invariant 7: the limits on grants without review, in the transaction of the intent', () => {
  test.each([
    ['two workers', () => other],
    ['one worker, in one transaction or two', () => ledger],
  ])('of two that %s start at once, one begins where there is room for one', async (_, second) => {
    await land('one');
    await land('two');
    const full = await refused(begin(ledger, 'one'), begin(second(), 'two'));
    expect(full).toEqual([expect.stringContaining('allows 1 for one person, who has 1')]);
    expect((await states('one', 'two')).sort()).toEqual(['activating', 'scheduled']);
  });

  test('in sum too, over people', async () => {
    const people = ['one', 'two', 'three'].map((login, n) => ({ id: 200 + n, login }));
    for (const subject of people) await land(subject.login, { subject });
    const full = await refused(
      ...people.map(({ login }, n) => begin(n % 2 ? other : ledger, login)),
    );
    expect(full).toEqual([expect.stringContaining('allows 2 in sum, and there are 2')]);
    const found = await states('one', 'two', 'three');
    expect(found.sort()).toEqual(['activating', 'activating', 'scheduled']);
  });

  test('what was refused begins once another has ended', async () => {
    await land('one');
    await land('two');
    await begin(ledger, 'one');
    expect(await refused(begin(ledger, 'two'))).toHaveLength(1);
    await ledger.append(at(2), [of('one', told.activated(2)), of('one', told.expired(241))]);
    expect(await refused(begin(ledger, 'two'))).toEqual([]);
    expect(await states('one', 'two')).toEqual(['expired', 'activating']);
  });

  test('grants of others, in other environments and with a review do not count for a person', async () => {
    const declared = { ...landing.declared, environment: 'staging' };
    await land('of-bob', { subject: bob });
    await land('staging', { declared });
    await land('reviewed', { unreviewed: false });
    await ledger.append(at(0), [of('older', told.approved())]);
    const more = { per_person: 1, in_sum: 3 };
    for (const one of ['of-bob', 'staging', 'reviewed', 'older'])
      expect(await refused(begin(ledger, one, more))).toEqual([]);
    await land('mine');
    expect(await refused(begin(ledger, 'mine', more))).toEqual([]);
    await land('mine-too');
    expect(await refused(begin(ledger, 'mine-too', more))).toHaveLength(1);
  });

  test('a refused start keeps nothing else of its transaction from being written, ends least', async () => {
    await land('one');
    await land('two');
    await ledger.append(at(1), [
      of('one', told.activating(1, window(1, 2))),
      of('one', told.activated(1)),
    ]);
    const [start, end] = await Promise.allSettled([
      begin(ledger, 'two'),
      ledger.append(at(3), [of('one', told.expired(3))]),
    ]);
    expect(end.status).toBe('fulfilled');
    expect(start.status).toBe('rejected');
    expect(await states('one', 'two')).toEqual(['expired', 'scheduled']);
  });
});
