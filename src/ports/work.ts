import type { Delivery } from '../core/work/delivery.js';
import type { Lane } from '../core/work/lanes.js';
import type { Topic } from '../core/work/topic.js';

/** The clock that decisions go by: the database's, or a test's (invariant 13). */
export interface Clock {
  now(): Promise<Date>;
}

/**
 * Rows of work. Wanting a topic again while it is taken makes it run once more afterwards, so an event that arrives
 * during an evaluation is not lost.
 */
export interface Work {
  /** Turns stored deliveries into wanted topics, a bounded batch of them. */
  sortDeliveries(now: Date): Promise<SortedDeliveries>;
  /** How many stored deliveries wait for that; beyond some thousands it may say fewer. */
  deliveriesWaiting(): Promise<number>;
  want(topics: readonly Topic[], due_at: Date): Promise<void>;
  /**
   * Makes again, from the records of live grants, the rows that are missing or later than these say (invariant 17);
   * returns how many. `all` looks at every live grant, otherwise only at those that are due at `now`.
   */
  plan(now: Date, all: boolean): Promise<number>;
  /** Takes up to `limit` topics of a lane due at `now`, each for `hold_ms` of the database's own clock. */
  take(
    now: Date,
    owner: string,
    lane: Lane,
    limit: number,
    hold_ms: number,
  ): Promise<readonly Job[]>;
  /** Removes it, unless it was wanted again since it was taken. */
  done(job: Job): Promise<void>;
  /** Keeps it to be retried at `retry_at`, with the error for operators. */
  failed(job: Job, error: string, retry_at: Date): Promise<void>;
  /** Renews the hold; false if it was lost. */
  renew(jobs: readonly Job[], hold_ms: number): Promise<boolean>;
  /** How often a topic has failed in a row; 0 if it is done or has not been tried. */
  failures(topic: Topic): Promise<number>;
  /** When a lane has something to do next; null for never. */
  nextDue(lane: Lane): Promise<Date | null>;
  /** What waits in each lane at `now`, without running jobs. */
  depths(now: Date): Promise<Readonly<Record<Lane, Depth>>>;
}

/** What became of a batch of deliveries. */
export interface SortedDeliveries {
  /** Each was read, and wakes what it names. */
  readonly sorted: number;
  /** There were too many: instead of what each of these names, the tip and all that changed are looked at. */
  readonly collapsed: number;
  /** How many topics they wake together. */
  readonly woken: number;
}

/** How much waits in a lane. */
export interface Depth {
  /** Jobs that are due. */
  readonly due: number;
  /** All jobs, including those due later. */
  readonly waiting: number;
  /** When the oldest due job came due; null where none is due. */
  readonly oldest: Date | null;
}

/** A topic that was taken to be worked on. */
export interface Job {
  /** The text in its row, which another version may have written. */
  readonly topic: string;
  readonly version: number;
  readonly attempts: number;
  readonly owner: string;
}

export interface Deliveries {
  /** Durable when it resolves; the same id again is no second row. */
  store(delivery: Delivery): Promise<void>;
}

/** A lease on a slot (invariant 18), by the database's clock. */
export interface Leases {
  /** Null while somebody else holds it. */
  acquire(slot: string, owner: string, for_ms: number): Promise<Lease | null>;
}
export interface Lease {
  readonly epoch: number;
  /** Milliseconds left by our own monotonic clock, a little less than the database's. */
  remaining(): number;
  /** False when it was lost. */
  renew(for_ms: number): Promise<boolean>;
  release(): Promise<void>;
}

/** A bell: wakes workers at a moment. All its state may be lost (invariant 17). */
export interface Alarm {
  /** Rings once at `at` (rounded up to the second); `now` is the time of the call. */
  ring(at: Date, now: Date): Promise<void>;
  /** Calls `look` whenever a bell rings. */
  listen(look: () => void): Promise<void>;
  close(): Promise<void>;
}
