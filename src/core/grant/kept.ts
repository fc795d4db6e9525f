import { begun, dueEnd, type GrantRecord } from './record.js';

/** What a worker keeps in memory of the grants whose access exists or is being made, as of one entry of the ledger. */
export interface KeptGrants {
  readonly grants: ReadonlyMap<string, GrantRecord>;
  /** The records are as of this entry. */
  readonly version: number;
}

/** At most this many are kept: 30 MB or so. */
const MOST_KEPT = 10_000;

/**
 * Takes over records that have changed up to entry `version`. Of more than `most`, those that end first are kept, since
 * the others have the longest time left to be read again.
 */
export function keep(
  kept: KeptGrants | null,
  changed: readonly GrantRecord[],
  version: number,
  most = MOST_KEPT,
): KeptGrants {
  const grants = new Map(kept?.grants);
  for (const record of changed) {
    if (begun(record.state)) grants.set(record.id, record);
    else grants.delete(record.id);
  }
  if (grants.size <= most) return { grants, version };
  const soonest = [...grants.values()].sort(byEnd);
  return { grants: new Map(soonest.slice(0, most).map((record) => [record.id, record])), version };
}

/** The kept grants whose access should be gone at `now`, those that ended first first. */
export function pastEnd({ grants }: KeptGrants, now: Date): readonly GrantRecord[] {
  const moment = now.toISOString();
  return [...grants.values()]
    .filter((record) => record.window !== null && endOf(record) <= moment)
    .sort(byEnd);
}

/** A begun grant has a frozen end. */
const endOf = (record: GrantRecord): string => dueEnd(record) ?? '';
const byEnd = (one: GrantRecord, other: GrantRecord): number =>
  endOf(one) < endOf(other) ? -1 : 1;
