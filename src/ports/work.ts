import type { Delivery } from '../core/work/delivery.js';
import type { Lane } from '../core/work/lanes.js';
import type { Topic } from '../core/work/topic.js';

/** The time that decisions are made at: the database's, or a test's clock (invariant 13). */
export interface Clock {
  now(): Promise<Date>;
}

/**
 * Work rows. Wanting a topic again while it is taken makes it run once more afterwards, so an event that comes during
 * an evaluation is evaluated.
 */
export interface Work {
  /** Turns stored deliveries into wanted topics; answers how many. */
  sortDeliveries(now: Date): Promise<number>;
  want(topics: readonly Topic[], due_at: Date): Promise<void>;
  /** Takes up to `limit` topics of a lane due at `now`, each held for `hold_ms` of the database's own clock. */
  take(
    now: Date,
    owner: string,
    lane: Lane,
    limit: number,
    hold_ms: number,
  ): Promise<readonly Job[]>;
  /** Gone unless wanted again since it was taken. */
  done(job: Job): Promise<void>;
  /** Kept, to be tried again at `retry_at`, with the error for operators. */
  failed(job: Job, error: string, retry_at: Date): Promise<void>;
  /** Keeps holding; false when the hold was lost. */
  hold(jobs: readonly Job[], hold_ms: number): Promise<boolean>;
  /** How often a topic has failed in a row; 0 where it is done or has not been tried. */
  failures(topic: Topic): Promise<number>;
  /** When there is something of a lane to do next; null for never. */
  nextDue(lane: Lane): Promise<Date | null>;
  /** What waits in each lane at `now`; running jobs wait no more. */
  depths(now: Date): Promise<Readonly<Record<Lane, Depth>>>;
}

/** How much waits in a lane. */
export interface Depth {
  /** Jobs that are due. */
  readonly due: number;
  /** Jobs in all, those that are due later included. */
  readonly waiting: number;
  /** When the oldest due job came due; null where none is due. */
  readonly oldest: Date | null;
}

/** A topic that was taken to be worked on. */
export interface Job {
  /** As its row has it, which another version may have written. */
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

/** A bell: rings workers at a moment. Everything it knows may be lost (invariant 17). */
export interface Alarm {
  /** Rings once at `at` (rounded up to the second); `now` is the time it is asked at. */
  ring(at: Date, now: Date): Promise<void>;
  /** Calls `look` whenever a bell rings. */
  listen(look: () => void): Promise<void>;
  close(): Promise<void>;
}
