import { setTimeout as sleep } from 'node:timers/promises';
import { mayStillAllow } from '../../core/grant/decision-process.js';
import { givesAccess } from '../../core/ledger/due.js';
import type { GrantRecord, Holding } from '../../core/grant/record.js';
import type { CallPurpose } from '../../core/work/budget.js';
import { TargetFault } from '../../ports.js';
import type { Guard, Slot } from '../../ports.js';

/** How long an end waits for the decision processes to confirm it, ms: they are told at once, and need a moment. */
const WAIT_MS = 1_500;
const PAUSE_MS = 50;

/**
 * Reads what guarded slots hold. A grant's row gives its access or does not (`givesAccess`); if it does not, the access
 * counts as gone only when every decision process goes by that row or denies everything (invariant 14). Rows are read
 * before processes: one that starts in between reads the same rows. Throws while a process may still allow.
 */
export function readGuarded(guard: Guard, level: string) {
  return async (
    slots: readonly Slot[],
    purpose: CallPurpose,
  ): Promise<readonly (readonly Holding[])[]> => {
    const until = performance.now() + (purpose === 'end' ? WAIT_MS : 0);
    for (;;) {
      const { holdings, doubtful } = await look(guard, slots, level);
      if (doubtful.length === 0) return holdings;
      if (performance.now() >= until) throw unconfirmed(doubtful);
      await sleep(PAUSE_MS);
    }
  };
}

async function look(guard: Guard, slots: readonly Slot[], level: string) {
  try {
    const now = await guard.now();
    const rows = await Promise.all(
      slots.map(({ object, identity }) => guard.onSlot({ provider: 'guarded', object, identity })),
    );
    const over = rows.flat().filter((record) => !givesAccess(record, now));
    const doubtful = over.length === 0 ? [] : await notConfirmed(guard, over);
    const given = ({ length }: readonly GrantRecord[]): readonly Holding[] =>
      length === 0 ? [] : [{ level, origin: 'ours' }];
    return {
      holdings: rows.map((on) => given(on.filter((record) => givesAccess(record, now)))),
      doubtful,
    };
  } catch (error) {
    throw new TargetFault('the ledger did not say what guarded access exists', false, {
      cause: error,
    });
  }
}

/** The decision processes that may still allow one of the grants. */
async function notConfirmed(
  guard: Guard,
  over: readonly GrantRecord[],
): Promise<readonly string[]> {
  const newest = Math.max(...over.map(({ version }) => version));
  return mayStillAllow(await guard.decisionProcesses(), newest);
}

function unconfirmed(names: readonly string[]): TargetFault {
  const [first = '', ...more] = names;
  const who = `the decision process ${first}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
  const message = `${who} has not confirmed yet that it no longer allows this: it confirms as soon as it has read the ledger, and denies everything if it stays silent`;
  return new TargetFault(message, false, { code: 'use_unconfirmed' });
}
