import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../clients/deadline.js';
import type { Readiness } from './health.js';

export interface KeptReadiness {
  /** What the last look found missing. Waits only where the first look has not ended yet. */
  readonly ready: Readiness;
  /** Looks no more. */
  close(): void;
}

/** How often a process looks at what it needs, and after how long without an answer it is not ready. */
const LOOKS = { every_ms: 1_000, within_ms: 5_000 } as const;

/**
 * Looks again and again at what a process needs and keeps the answer: however often `/readyz` is asked, nothing
 * else is asked for it.
 */
export function keepReadiness(
  look: Readiness,
  { every_ms, within_ms }: { readonly every_ms: number; readonly within_ms: number } = LOOKS,
): KeptReadiness {
  const closed = new AbortController();
  let missing: readonly string[] = [];
  let looked: () => void;
  const first = new Promise<void>((resolve) => {
    looked = resolve;
  });
  const keep = (found: readonly string[]): void => {
    missing = found;
    looked();
  };

  const lookOnce = async (): Promise<void> => {
    const answer = look().catch(() => ['the readiness check failed']);
    try {
      keep(await within(within_ms, () => answer));
    } catch {
      keep([`the readiness check did not finish within ${String(within_ms / 1000)} s`]);
      // One look at a time, however long it takes.
      keep(await answer);
    }
  };
  const looking = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await lookOnce();
      await sleep(every_ms, undefined, { signal: closed.signal }).catch(() => undefined);
    }
  };
  void looking();

  return {
    ready: async () => {
      await first;
      return missing;
    },
    close: () => {
      closed.abort();
    },
  };
}
