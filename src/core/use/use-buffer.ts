import type { LostUses, UseRow } from './use-row.js';

/** Rows that wait to be written. */
export interface UseBuffer {
  /** False where there was no place for it. */
  add(row: UseRow): boolean;
  /** The oldest rows, at most `most`, and what was lost before them; they stay until `written`. */
  take(most: number): { readonly rows: readonly UseRow[]; readonly lost: LostUses };
  /** What `take` gave is written, or was refused for good. */
  written(): void;
  readonly size: number;
}

/**
 * Holds at most `room` rows. `reserved` places of them are for denials and break-glass alone, which nobody who is allowed
 * much can then crowd out; what finds no place is counted.
 */
export function createUseBuffer({
  room,
  reserved,
}: {
  readonly room: number;
  readonly reserved: number;
}): UseBuffer {
  let rows: UseRow[] = [];
  let taken = 0;
  let lost = { allowed: 0, denied: 0 };
  let told = lost;
  return {
    add: (row) => {
      const plain = row.allowed && !row.break_glass;
      if (rows.length < (plain ? room - reserved : room)) {
        rows.push(row);
        return true;
      }
      if (row.allowed) lost = { ...lost, allowed: lost.allowed + 1 };
      else lost = { ...lost, denied: lost.denied + 1 };
      return false;
    },
    take: (most) => {
      taken = Math.min(most, rows.length);
      told = lost;
      return { rows: rows.slice(0, taken), lost };
    },
    written: () => {
      rows = rows.slice(taken);
      taken = 0;
      lost = { allowed: lost.allowed - told.allowed, denied: lost.denied - told.denied };
      told = { allowed: 0, denied: 0 };
    },
    get size() {
      return rows.length;
    },
  };
}
