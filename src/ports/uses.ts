import type { LostUses, UseRow } from '../core/use/use-row.js';

/** Where a decision process puts what it decided. */
export interface UseLogOut {
  /** Returns how many of the rows the ledger does not take. */
  write(rows: readonly UseRow[], lost: LostUses): Promise<number>;
}

/** A batch of rows that is to be chained into the ledger. */
export interface OpenBatch {
  readonly batch: number;
  /** The text of each row, in its order. */
  readonly rows: readonly string[];
  /** Whether it was gathered before, and then not recorded. */
  readonly begun_before: boolean;
  /** Whether the ledger has its entry already. */
  readonly entered: boolean;
}

/** Logged uses as workers gather them; each call is made by one worker at a time. */
export interface UseBatches {
  /** The oldest batch that is not recorded, or a new one; null where nothing waits. */
  open(most: number): Promise<OpenBatch | null>;
  recorded(batch: number): Promise<void>;
  /** The newest batch of which every row was stored before a moment; null for none. */
  olderThan(before: Date): Promise<number | null>;
  /** Deletes the rows of all batches up to one. */
  forget(up_to: number): Promise<void>;
  /** Runs `work` unless another worker does. */
  alone(work: () => Promise<void>): Promise<void>;
}
