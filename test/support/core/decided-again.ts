import { expect } from '@jest/globals';
import { decideAgain } from '../../../src/core/decision/decide-again.js';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import { canonical } from '../../../src/core/reading/canonical.js';

/** Invariant 23: the same decisions, each of which was made again from its entry alone, to the same bytes. */
export function decidedAgain<T extends { readonly decisions: readonly NewEntry[] }>(judged: T): T {
  for (const { kind, body } of judged.decisions) {
    if (kind !== 'decision.made' && kind !== 'policy.judged') continue;
    const recorded = JSON.parse(canonical(body)) as typeof body;
    expect(canonical(decideAgain(recorded))).toBe(canonical(recorded.decision));
  }
  return judged;
}
