import { expect, test } from '@jest/globals';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import { ImpossibleEntry } from '../../../src/core/ledger/fold.js';
import type { Entry } from '../../../src/core/ledger/events.js';
import { createRefold, recordDiffers } from '../../../src/core/ledger/refold.js';
import { entries, GRANT, record, told, type Told } from '../../../lab/acme/story.js';

const refolded = (...story: readonly Told[]) => {
  const refold = createRefold();
  entries(...story).forEach(refold.add);
  return refold;
};
const whole = [told.approved(), told.activating(), told.activated(), told.expired(241)];

test('a live grant is kept as its record, and a grant that is over as its fingerprint', () => {
  const live = refolded(...whole.slice(0, 3));
  expect([...live.live.values()]).toEqual([record(...whole.slice(0, 3))]);
  expect(live.over.size).toBe(0);
  const over = refolded(...whole);
  expect(over.live.size).toBe(0);
  expect([...over.over]).toEqual([[GRANT, fingerprint(record(...whole))]]);
});

test.each([
  ['an end before a start', [told.approved(), told.expired(3)]],
  ['a start without a landing', [told.activating()]],
  ['anything after its end', [...whole, told.drift(242, 'still there')]],
  ['a second landing after its end', [...whole, told.approved(242)]],
] as const)('invariant 22: %s is impossible', (_, story) => {
  // The story's own chain is made without a fold, the way a forger would make it.
  expect(() => refolded(...story)).toThrow(ImpossibleEntry);
});

test('each policy that was in force is listed once, with the first entry that names it', () => {
  const policy = { tree: 't1', data: 'd1', wasm: 'w1', compiler: 'opa 1' };
  const other = { ...policy, wasm: 'w2' };
  const entry = (seq: number, kind: string, body: object) =>
    ({ seq, kind, grant: null, body }) as unknown as Entry;
  const refold = createRefold();
  refold.add(entry(1, 'ledger.started', { policy }));
  refold.add(entry(2, 'decision.made', { replay: { policy } }));
  refold.add(entry(3, 'decision.made', { replay: null }));
  refold.add(entry(4, 'policy.in_force', { policy: other }));
  expect([...refold.policies.values()]).toEqual([
    { digests: policy, seq: 1 },
    { digests: other, seq: 4 },
  ]);
});

test.each([
  ['nothing', {}, null],
  ['its state', { state: 'expired' }, 'its state is "expired", but its entries say "active"'],
  ['its subject', { subject: { id: 5, login: 'alice' } }, 'its subject is {"id":5'],
  ['a field that is too many', { extra: true }, 'its extra is true, but its entries say nothing'],
  ['a field that is gone', { landed_at: undefined }, 'its landed_at is nothing'],
])('a record that differs in %s is reported', (_, change, says) => {
  const folded = record(told.approved(), told.activating(), told.activated());
  const found = recordDiffers({ ...folded, ...change } as typeof folded, folded);
  if (says === null) expect(found).toBeNull();
  else expect(found).toContain(says);
});
