import { expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { Conflict } from '../../../src/ports.js';
import type { Expect } from '../../../src/ports.js';
import { tellEndingSoon } from '../../../src/workflows/grant/ending-soon.js';
import { active } from '../../support/core/comparing.js';
import { GRANT, minute, told, window } from '../../../lab/acme/story.js';

/** A ledger with this grant; it accepts entries that expect this version, or nothing. */
function ledgerWith(stands: GrantRecord) {
  const written: NewEntry[] = [];
  const wanted: string[] = [];
  const append = async (
    _: Date,
    entries: readonly NewEntry[],
    { expect: expected, want = [] }: { expect?: Expect; want?: readonly string[] } = {},
  ) => {
    const version = expected?.grants?.[GRANT];
    if (version !== undefined && version !== stands.version) throw new Conflict('it has moved');
    written.push(...entries);
    wanted.push(...want);
    return [];
  };
  return { world: { ledger: { append } }, written, wanted };
}

const now = new Date(minute(226));

test('an end that is near is recorded, and the comment is updated', async () => {
  const { world, written, wanted } = ledgerWith(active());
  await tellEndingSoon(world, active(), now);
  expect(written).toMatchObject([
    { kind: 'grant.ending_soon', grant: GRANT, body: { ends_at: minute(241) } },
  ]);
  expect(wanted).toEqual(['comment:7']);
});

test('an end that was moved since it was looked at is not announced', async () => {
  const extended = active(told.extended(226, 5, window(1, 301)));
  const { world, written, wanted } = ledgerWith(extended);
  await expect(tellEndingSoon(world, active(), now)).rejects.toThrow(Conflict);
  expect([written, wanted]).toEqual([[], []]);
});
