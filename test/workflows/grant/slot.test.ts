import { describe, expect, test } from '@jest/globals';
import { lapsesAt } from '../../../src/core/ledger/due.js';
import { TargetFault } from '../../../src/ports.js';
import type { Call } from '../../../src/ports.js';
import { convergeGrant } from '../../../src/workflows/grant/converge.js';
import { desiredOf, withSlot } from '../../../src/workflows/grant/slot.js';
import { GRANT, minute, record, told, window } from '../../../lab/acme/story.js';
import { worldOf } from '../world.js';

const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
if (!active.entitled) throw new Error('the story has no slot');
const entitled = active.entitled;

/** A slot whose lease has this much time left, and can be renewed or not; and what was done with both. */
function slot({ remaining = 30_000, renews = true, fails = false } = {}) {
  const did: string[] = [];
  const calls: Call[] = [];
  let there = true;
  const connection = {
    fingerprint: async () => 'pg:1/orders',
    observe: async () => [there ? [{ level: 'member', origin: 'ours' }] : []],
    set: async (_: unknown, level: string | null, call: Call) => {
      did.push('set');
      calls.push(call);
      if (fails) throw new TargetFault('the target is away', false);
      there = level !== null;
    },
  };
  const world = worldOf(connection, {
    clock: { now: async () => new Date(minute(31)) },
    ledger: {
      state: async () => ({ policy: null }),
      grant: async () => ({ ...active, entitled: { ...entitled, keep_sessions: true } }),
      scheduledFor: async () => [],
      onSlot: async () => [active],
      append: async () => [],
    },
    leases: {
      acquire: async (_: string, __: string, for_ms: number) => ({
        remaining: () => Math.min(remaining, for_ms),
        renew: async () => {
          did.push('renewed');
          return renews;
        },
        release: async () => void did.push('released'),
      }),
    },
  });
  return {
    did,
    calls,
    end: () => convergeGrant(world, GRANT),
    take: () => withSlot(world, active, 'end', (held) => held.set(null, { keep_sessions: false })),
  };
}

describe('invariant 18: a lease on a slot', () => {
  test('is released after a call that was answered', async () => {
    const { did, take } = slot();
    await take();
    expect(did).toEqual(['set', 'released']);
  });

  test('is kept after a call that failed: nobody reads a proof of absence before the deadline of the call', async () => {
    const { did, take } = slot({ fails: true });
    await expect(take()).rejects.toThrow('away');
    expect(did).toEqual(['set']);
  });

  test('outlasts the deadline of every call, and is renewed if it would not', async () => {
    const long = slot();
    await long.take();
    expect(long.calls[0]?.deadline_ms).toBe(10_000);
    const short = slot({ remaining: 19_999 });
    await short.take();
    expect(short.did).toEqual(['renewed', 'set', 'released']);
  });

  test('that was lost lets no call start', async () => {
    const { did, take } = slot({ remaining: 1_000, renews: false });
    await expect(take()).rejects.toThrow('lost before the call');
    expect(did).toEqual(['renewed', 'released']);
  });
});

test('invariant 15: what should be on a slot comes from its live grants, not from those that did not succeed in time', () => {
  const given = record(told.approved(), told.activating(1));
  const soon = new Date(minute(30));
  const missed = new Date(Date.parse(lapsesAt(given)));
  expect(desiredOf([given], [], soon).live).toEqual(['member']);
  expect(desiredOf([given], ['admin'], missed)).toEqual({ live: [], standing: ['admin'] });
});

test('an end gives nothing, and keeps the sessions if the catalog says so', async () => {
  const { calls, end } = slot();
  await end();
  expect(calls).toMatchObject([{ keep_sessions: true, takes_only: true }]);
});
