/**
 * A process that decides uses, as its own row says. It allows by the rows of grants, and only what `givesAccess` says of
 * one at that moment; so it needs no call to stop. When a grant ends, its row already denies: the entry that ended it
 * (or its window, or its missed start) is in it. What remains to be known is whether every process goes by that row.
 *
 * The proof holds if a process keeps to this:
 * - It writes its row before it reads what it decides by, when it starts and whenever it was silent. A grant that ended
 *   before the row was there is then read as ended.
 * - It confirms a version only when all changes up to it are applied, and when every bundle, lease or cached answer that
 *   was made from an older one has run out.
 * - It denies everything from `stale_after` after it began to write its row for the last time with success, counted by a
 *   clock that does not stop when the machine sleeps. `stale_after` covers what it has handed out, too.
 * - The time that it compares windows with never goes back and is never behind the database's.
 *
 * Versions are given in the order of commits, so one that has confirmed a later version has applied the earlier ones.
 */
export interface DecisionProcess {
  readonly name: string;
  /** The entry up to which it has confirmed; 0 if the ledger has no such entry, as after a restore. */
  readonly version: number;
  /** Whether it has been silent for so long, by the database's clock, that it denies everything. */
  readonly silent: boolean;
}

/** The names of the processes that may still allow what a row allowed before `version`. */
export function mayStillAllow(
  processes: readonly DecisionProcess[],
  version: number,
): readonly string[] {
  return processes.filter((one) => !one.silent && one.version < version).map(({ name }) => name);
}
