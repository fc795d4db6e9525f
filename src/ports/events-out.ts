import type { Answer } from '../core/events/answer.js';
import type { EventOut, Tellable } from '../core/events/event.js';

/** How far events out have come. */
export interface Cursor {
  /** The sequence number of the last entry that is done with. */
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
 * What of the ledger was told outside, as one row: it may be lost, and then what comes is told and nothing
 * else. Each move expects the row where it was (`from`), and answers false where another sender moved it.
 */
export interface Outbox {
  /** Stands at the ledger's head where it never stood anywhere; a pause is over. */
  begin(): Promise<void>;
  /** Throws before `begin`. */
  cursor(): Promise<Cursor>;
  /** Entries that may be told, after `seq` and up to `head`, oldest first, at most `limit`. */
  after(seq: number, head: number, limit: number): Promise<readonly Tellable[]>;
  /** Everything up to entry `to` is done with. */
  move(from: number, to: number): Promise<boolean>;
  failed(from: number, why: string, retry_at: Date): Promise<boolean>;
  pause(from: number, why: string): Promise<boolean>;
}

/** Whoever the operator has events sent to. */
export interface Receiver {
  /**
   * One signed call, made at `at`, that ends within a deadline or when `closing` is aborted. Whatever goes
   * wrong is an answer and never thrown.
   */
  send(event: EventOut, at: Date, closing: AbortSignal): Promise<Answer>;
  /** No call takes longer, ms. */
  readonly deadline_ms: number;
}
