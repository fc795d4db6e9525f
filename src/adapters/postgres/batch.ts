import { chain, type Head } from '../../core/ledger/chain.js';
import { nextDue } from '../../core/ledger/due.js';
import type { Entry, NewEntry } from '../../core/ledger/events.js';
import { fold, isGrantEntry } from '../../core/ledger/fold.js';
import type { GrantRecord } from '../../core/ledger/record.js';
import { Conflict, type Expect, type PolicyTree } from '../../ports.js';
import type { Planned } from './schedule.js';

/** One call of `append`. */
export interface Append {
  readonly now: Date;
  readonly entries: readonly NewEntry[];
  readonly expect: Expect;
  readonly archive: PolicyTree | null;
  readonly want: readonly string[];
}

/** What the ledger is while the head is locked. */
export interface Standing {
  readonly head: Head;
  readonly last_step: string | null;
  readonly grants: ReadonlyMap<string, GrantRecord>;
}

export type Outcome = { readonly entries: readonly Entry[] } | { readonly refused: Error };

/** All that one transaction writes, and what each of its appends comes to. */
export interface Batch {
  readonly outcomes: readonly Outcome[];
  readonly standing: Standing;
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
 * Chains and folds appends one after the other, each on what those before it left. One whose expectation
 * does not hold, or that tells what cannot be, is refused alone and leaves nothing.
 */
export function assemble(standing: Standing, appends: readonly Append[]): Batch {
  let now = standing;
  const entries: Entry[] = [];
  const changed = new Set<string>();
  const accepted: Append[] = [];
  const outcomes = appends.map((append): Outcome => {
    try {
      check(now, append.expect);
      const written = chain(now.head, append.now, append.entries);
      now = written.reduce(after, now);
      for (const { grant } of written.filter(isGrantEntry)) if (grant !== null) changed.add(grant);
      entries.push(...written);
      accepted.push(append);
      return { entries: written };
    } catch (error) {
      return { refused: error instanceof Error ? error : new Error(String(error)) };
    }
  });
  const records = [...changed].flatMap((id) => now.grants.get(id) ?? []);
  return { outcomes, standing: now, entries, changed: records, appends: accepted };
}

function check(standing: Standing, { grants = {}, last_step }: Expect): void {
  for (const [id, version] of Object.entries(grants)) {
    const found = standing.grants.get(id)?.version ?? 0;
    if (found !== version) {
      throw new Conflict(`Grant ${id} is at entry ${found}, and ${version} was expected`);
    }
  }
  if (last_step !== undefined && last_step !== standing.last_step) {
    const found = standing.last_step ?? 'none';
    throw new Conflict(`The last step is ${found}, and ${last_step ?? 'none'} was expected`);
  }
}

function after(standing: Standing, entry: Entry): Standing {
  const { grants, last_step } = standing;
  const head = { seq: entry.seq, hash: entry.hash };
  if (entry.kind === 'ledger.started') return { head, grants, last_step: entry.body.step };
  if (entry.kind === 'step.landed') return { head, grants, last_step: entry.body.commit };
  if (!isGrantEntry(entry) || entry.grant === null) return { head, grants, last_step };
  const record = fold(grants.get(entry.grant) ?? null, entry);
  return { head, last_step, grants: new Map(grants).set(entry.grant, record) };
}

/** When each changed grant is due next; null where nothing is. */
export const plans = (batch: Batch): Planned[] =>
  batch.changed.map((record) => ({
    topic: `grant:${record.id}`,
    planned_at: nextDue(record)?.at ?? null,
    starts: record.state === 'scheduled',
  }));

/** The topics that a batch wants, each at the earliest moment that it is wanted at. */
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
