import { canonical, fingerprint } from '../reading/canonical.js';
import type { GrantRecord } from '../grant/record.js';
import type { Entry, PolicyDigests } from './events.js';
import { fold, ImpossibleEntry, isGrantEntry } from './fold.js';

/** A policy that was in force according to entries, and the first of these. */
export interface RecordedPolicy {
  readonly digests: PolicyDigests;
  readonly seq: number;
}

/**
 * The state that a whole chain of entries leads to, built entry by entry. For a grant that has ended, which nothing
 * changes any more, only the fingerprint of its record is kept: some 300 bytes each. All other records are kept whole.
 */
export interface Refold {
  /** Throws `ImpossibleEntry` where an entry says something that cannot have happened to its grant. */
  add(entry: Entry): void;
  /** The grants that have not ended. */
  readonly live: Map<string, GrantRecord>;
  readonly over: Map<string, string>;
  readonly policies: ReadonlyMap<string, RecordedPolicy>;
}

export function createRefold(): Refold {
  const live = new Map<string, GrantRecord>();
  const over = new Map<string, string>();
  const policies = new Map<string, RecordedPolicy>();
  return {
    live,
    over,
    policies,
    add: (entry) => {
      const digests = policyOf(entry);
      if (digests !== null) {
        const key = canonical(digests);
        if (!policies.has(key)) policies.set(key, { digests, seq: entry.seq });
      }
      if (!isGrantEntry(entry) || entry.grant === null) return;
      if (over.has(entry.grant)) {
        throw new ImpossibleEntry(`Entry ${entry.seq} ${entry.kind} of ${entry.grant}: it is over`);
      }
      const record = fold(live.get(entry.grant) ?? null, entry);
      if (record.ended_at === null) live.set(entry.grant, record);
      else {
        live.delete(entry.grant);
        over.set(entry.grant, fingerprint(record));
      }
    },
  };
}

function policyOf(entry: Entry): PolicyDigests | null {
  switch (entry.kind) {
    case 'ledger.started':
    case 'policy.in_force':
      return entry.body.policy;
    case 'decision.made':
      return (entry.body.replay ?? entry.body.unanswered)?.policy ?? null;
    default:
      return null;
  }
}

/** The first field in which a record differs from the fold of its entries, in words; null for none. */
export function recordDiffers(found: GrantRecord, folded: GrantRecord): string | null {
  const names = new Set([...Object.keys(folded), ...Object.keys(found)]);
  for (const name of [...names].sort()) {
    const [is, should] = [found, folded].map((one) => {
      const value: unknown = Object.entries(one).find(([key]) => key === name)?.[1];
      return value === undefined ? 'nothing' : canonical(value);
    });
    if (is !== should) return `its ${name} is ${short(is)}, but its entries say ${short(should)}`;
  }
  return null;
}

const SHOWN = 200;

function short(text = ''): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
