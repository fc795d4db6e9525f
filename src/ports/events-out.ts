import type { Answer } from '../core/events/answer.js';
import type { EventOut, Tellable } from '../core/events/event.js';

/** How far the sending of events has come. */
export interface Cursor {
  /** The sequence number of the last entry that was dealt with. */
  readonly seq: number;
  /** Failed calls since the last event that was taken, and when to try again. */
  readonly failures: number;
  readonly retry_at: string | null;
  /** The receiver asked for no more. */
  readonly paused: boolean;
  /** The ledger's newest entry. */
  readonly head: number;
}

/**
 * How much of the ledger was sent to the receiver, as one row. If the row is lost, only new entries are sent. Each
 * move expects the row to be at `from`, and returns false if another sender has moved it.
 */
export interface Outbox {
  /** Starts a new cursor at the ledger's head; ends a pause. */
  begin(): Promise<void>;
  /** Throws before `begin`. */
  cursor(): Promise<Cursor>;
  /** Entries that may be sent, after `seq` and up to `head`, oldest first, at most `limit`. */
  after(seq: number, head: number, limit: number): Promise<readonly Tellable[]>;
  /** Marks everything up to entry `to` as dealt with. */
  move(from: number, to: number): Promise<boolean>;
  failed(from: number, why: string, retry_at: Date): Promise<boolean>;
  pause(from: number, why: string): Promise<boolean>;
}

/** The receiver of events that the operator configured. */
export interface Receiver {
  /**
   * Makes one signed call at `at`, which ends within a deadline or when `closing` is aborted. Never throws: a failure
   * is returned as an answer.
   */
  send(event: EventOut, at: Date, closing: AbortSignal): Promise<Answer>;
  /** The longest that a call takes, ms. */
  readonly deadline_ms: number;
}
