import { setTimeout as sleep } from 'node:timers/promises';
import { PastDeadline, within } from '../../clients/deadline.js';
import type { Alarm } from '../../ports.js';
import { queuesOn, type Consumer, type Producer, type QueueOptions } from './queues.js';

/** Nobody waits longer for the queue: the worker polls anyway (invariant 17). */
const PATIENCE_MS = 2_000;
const RETRY_MS = 1_000;

export interface AlarmOptions extends QueueOptions {
  /** Called if the queue is unreachable or in trouble. Only its bells may be lost. */
  readonly onError: (error: Error) => void;
}

/**
 * A bell among all workers, by BullMQ: on Redis where `redisUrl` is given, else on the ledger's PostgreSQL. One
 * delayed job for each due second, without content. `ring` throws if the queue does not accept it within 2 s; `listen`
 * resolves when it listens, or after 2 s while it keeps trying. Neither ends the process.
 */
export function createAlarm({ onError, ...options }: AlarmOptions): Alarm {
  const queues = queuesOn(options, onError);
  const closing = new AbortController();
  let producer: Producer | null = null;
  let consumer: Consumer | null = null;
  const dropped = new Set<Promise<void>>();

  /** A broken connection is replaced, not repaired: once refused, it would be refused for ever. */
  function drop(broken: Producer): void {
    if (producer === broken) producer = null;
    const gone = broken.close().finally(() => dropped.delete(gone));
    dropped.add(gone);
  }

  async function keepListening(look: () => void, listening: () => void): Promise<void> {
    while (!closing.signal.aborted) {
      const current = queues.consumer(look);
      consumer = current;
      try {
        await current.ready();
        listening();
        await current.run();
      } catch (error) {
        onError(asError(error));
      }
      await current.close();
      await sleep(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  return {
    ring: async (at, now) => {
      if (closing.signal.aborted) throw new Error('The alarm is closed');
      const current = (producer ??= queues.producer());
      const { id, delay_ms } = bellAt(at, now, Date.now());
      try {
        await within(PATIENCE_MS, () => current.add(id, delay_ms));
      } catch (error) {
        drop(current);
        if (!(error instanceof PastDeadline)) throw error;
        const why = `The queue did not take a bell within ${PATIENCE_MS} ms`;
        throw new Error(why, { cause: error });
      }
    },
    listen: async (look) => {
      const listening = () => new Promise<void>((listens) => void keepListening(look, listens));
      await within(PATIENCE_MS, listening).catch(() => undefined);
    },
    close: async () => {
      closing.abort();
      await Promise.all([producer?.close(), consumer?.close(), ...dropped]);
    },
  };
}

/**
 * The bell of a due second, and in how many milliseconds it rings. `machine` is the time of this machine, which BullMQ
 * reads: its distance from `now`, in whole seconds, is part of the id, so that after a clock change a bell set by the
 * old time does not suppress one set by the new. BullMQ's ids hold no `:` and are not all digits.
 */
export function bellAt(at: Date, now: Date, machine: number): { id: string; delay_ms: number } {
  const second = Math.ceil(at.getTime() / 1000);
  const moved = Math.round((now.getTime() - machine) / 1000);
  return { id: `bell-${second}-${moved}`, delay_ms: Math.max(0, second * 1000 - now.getTime()) };
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));
