import { expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import { recordDecisions } from '../../../src/workflows/judge/record-decisions.js';
import { decided, decisions } from '../../support/core/telling.js';
import { minute } from '../../../lab/acme/story.js';

/** What is written of a decision when another was recorded before. */
async function written(entry: NewEntry, before: NewEntry | null): Promise<readonly NewEntry[]> {
  const all: NewEntry[] = [];
  const ledger = {
    lastDecision: async () => before && { body: JSON.stringify(before.body) },
    append: async (_: Date, entries: readonly NewEntry[]) => {
      all.push(...entries);
      return [];
    },
  };
  const judged = { reviews: [], decisions: [entry] };
  await recordDecisions({ ledger }, 7, judged, new Date(minute(0)));
  return all;
}

const grounds = (login: string) => ({ grounds: { requester: { login } } }) as never;
const made = decided(decisions.asked, grounds('alice'));

test.each([
  ['is written', null, made, 1],
  ['is not written again', made, made, 0],
  ['is not written again because its grounds changed', decided(decisions.asked), made, 0],
  ['is written when its outcome changes', decided(decisions.denied, grounds('alice')), made, 1],
])('a decision %s', async (_, before, entry, count) => {
  expect(await written(entry, before)).toHaveLength(count);
});
