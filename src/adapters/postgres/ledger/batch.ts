import { noRoom } from '../../../core/decision/unreviewed.js';
import { chain, type ChainHead } from '../../../core/ledger/chain.js';
import type { Entry, NewEntry } from '../../../core/ledger/events.js';
import { fold, isGrantEntry } from '../../../core/ledger/fold.js';
import type { GrantRecord } from '../../../core/grant/record.js';
import type { Topic } from '../../../core/work/topic.js';
import { Conflict, tooManyUnreviewed, type Expect, type PolicyTree } from '../../../ports.js';
import { plannedRow, type PlannedRow } from '../work/schedule.js';

/** One call of `append`. */
export interface Append {
  readonly now: Date;
  readonly entries: readonly NewEntry[];
  readonly expect: Expect;
  readonly archive: PolicyTree | null;
  readonly want: readonly Topic[];
}

/** The state of the ledger while its head is locked. */
export interface LockedLedger {
  readonly head: ChainHead;
  readonly last_step: string | null;
  readonly grants: ReadonlyMap<string, GrantRecord>;
}

export type AppendResult = { readonly entries: readonly Entry[] } | { readonly refused: Error };

/** Everything that one transaction writes, and the outcome of each of its appends. */
export interface Batch {
  readonly outcomes: readonly AppendResult[];
  /** The state afterwards. */
  readonly ledger: LockedLedger;
  readonly entries: readonly Entry[];
  /** The grants that changed. */
  readonly changed: readonly GrantRecord[];
  readonly appends: readonly Append[];
}

/** The grants whose records a batch needs. */
export function grantsOf(appends: readonly Append[]): string[] {
  const ids = appends.flatMap(({ entries, expect }) => [
    ...Object.keys(expect.grants ?? {}),
    ...entries.flatMap(({ grant }) => grant ?? []),
  ]);
  return [...new Set(ids)];
}

/**
 * Chains and folds appends one after the other, each on the result of those before. An append whose expectation does
 * not hold, or whose entries are impossible, is refused alone and changes nothing.
 */
export function assemble(ledger: LockedLedger, appends: readonly Append[]): Batch {
  const grants = new Map(ledger.grants);
  let { head, last_step } = ledger;
  const entries: Entry[] = [];
  const changed = new Set<string>();
  const accepted: Append[] = [];
  const outcomes = appends.map((append): AppendResult => {
    try {
      check(grants, last_step, append.expect);
      const written = chain(head, append.now, append.entries);
      const folded = foldAll(grants, written);
      for (const [id, record] of folded) {
        grants.set(id, record);
        changed.add(id);
      }
      for (const entry of written) {
        head = { seq: entry.seq, hash: entry.hash };
        last_step = stepOf(entry) ?? last_step;
        entries.push(entry);
      }
      accepted.push(append);
      return { entries: written };
    } catch (error) {
      return { refused: error instanceof Error ? error : new Error(String(error)) };
    }
  });
  const records = [...changed].flatMap((id) => grants.get(id) ?? []);
  const after = { head, last_step, grants };
  return { outcomes, ledger: after, entries, changed: records, appends: accepted };
}

function check(
  known: ReadonlyMap<string, GrantRecord>,
  last: string | null,
  { grants = {}, last_step, room }: Expect,
): void {
  for (const [id, version] of Object.entries(grants)) {
    const found = known.get(id)?.version ?? 0;
    if (found !== version) {
      throw new Conflict(`Grant ${id} is at entry ${found}, and ${version} was expected`);
    }
  }
  if (last_step !== undefined && last_step !== last) {
    const found = last ?? 'none';
    throw new Conflict(`The last step is ${found}, and ${last_step ?? 'none'} was expected`);
  }
  const full = room && noRoom([...known.values()], room);
  if (full) throw tooManyUnreviewed(full);
}

/** The records of the grants in some entries, after those entries. Throws if the entries are impossible. */
function foldAll(
  known: ReadonlyMap<string, GrantRecord>,
  written: readonly Entry[],
): ReadonlyMap<string, GrantRecord> {
  const folded = new Map<string, GrantRecord>();
  for (const entry of written) {
    if (!isGrantEntry(entry) || entry.grant === null) continue;
    const before = folded.get(entry.grant) ?? known.get(entry.grant) ?? null;
    folded.set(entry.grant, fold(before, entry));
  }
  return folded;
}

/** The last applied commit of the default branch, if an entry names one. */
function stepOf(entry: Entry): string | null {
  if (entry.kind === 'ledger.started') return entry.body.step;
  return entry.kind === 'step.landed' ? entry.body.commit : null;
}

/** When each changed grant is due next; null where nothing is. */
export const plans = (batch: Batch): PlannedRow[] => batch.changed.map(plannedRow);

/** The topics that a batch wants, each at its earliest time. */
export function wants(batch: Batch): { topic: string; wanted_at: string }[] {
  const earliest = new Map<string, string>();
  for (const { want, now } of batch.appends) {
    const at = now.toISOString();
    for (const topic of want) {
      const known = earliest.get(topic);
      if (known === undefined || at < known) earliest.set(topic, at);
    }
  }
  return [...earliest].map(([topic, wanted_at]) => ({ topic, wanted_at }));
}
