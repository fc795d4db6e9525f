import { begun, dueEnd, type GrantRecord } from './record.js';

/** What a worker keeps in memory of the grants whose access exists or is being made, as of one entry of the ledger. */
export interface KeptGrants {
  readonly grants: ReadonlyMap<string, GrantRecord>;
  /** The records are as of this entry. */
  readonly version: number;
  /** Whether some were left out because there were too many. */
  readonly cut: boolean;
}

/** At most this many are kept: 30 MB or so. */
const MOST_KEPT = 10_000;

/** Takes over records that have changed up to entry `version`. Of more than `most`, those that end first are kept. */
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
  if (grants.size <= most) return { grants, version, cut: kept?.cut === true };
  const soonest = [...grants.values()].sort(byEnd).slice(0, most);
  return { grants: new Map(soonest.map((record) => [record.id, record])), version, cut: true };
}

/** Whether so many of the kept ones have ended that those that were left out should be read again. */
export function isThin({ grants, cut }: KeptGrants, most = MOST_KEPT): boolean {
  return cut && grants.size < 0.9 * most;
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
