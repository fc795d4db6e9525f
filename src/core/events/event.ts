import type { Outcome } from '../decision/decision.js';
import { changeData, grantData, type ChangeData, type GrantData } from './data.js';
import type { Entry, EntryKind } from '../ledger/events.js';
import type { GrantRecord } from '../grant/record.js';
import { own } from '../reading/problem.js';

/** An entry that may be told to the outside, with what it follows from. */
export interface Tellable {
  readonly entry: Entry;
  /** The grant right after its entry; null where the entry is of none. */
  readonly grant: GrantRecord | null;
  /** What was decided before on the same change of the same pull request; null for nothing. */
  readonly before: Outcome | null;
}

/** What happens to a grant. Whatever ends it has the name of the state that it ends in. */
const GRANT_EVENTS = {
  'grant.quarantined': 'grant.quarantined',
  'grant.activated': 'grant.active',
  'grant.extended': 'grant.extended',
  'grant.narrowed': 'grant.narrowed',
  'grant.ending_soon': 'grant.ending_soon',
  'grant.overdue': 'grant.overdue',
  'grant.expired': 'grant.expired',
  'grant.revoked': 'grant.revoked',
  'grant.withdrawn': 'grant.withdrawn',
  'grant.lapsed': 'grant.lapsed',
  'grant.refused': 'grant.refused',
} as const satisfies Partial<Record<EntryKind, string>>;

/** A change is told when it comes to wait for people, and when it has what it needs. */
const CHANGE_EVENTS = {
  awaiting_review: 'change.asked',
  approved: 'change.approved',
} as const satisfies Partial<Record<Outcome, string>>;

type Table = typeof GRANT_EVENTS & typeof CHANGE_EVENTS;

/** The kinds of entries that can be told. */
export const TOLD: readonly string[] = ['decision.made', ...Object.keys(GRANT_EVENTS)];

/** One event out; `id` stays the same however often it is sent. */
export interface EventOut {
  readonly id: string;
  readonly type: Table[keyof Table];
  /** When it happened, RFC 3339 in UTC. */
  readonly timestamp: string;
  readonly data: (ChangeData | GrantData) & {
    /** `owner/name` of the access repository. */
    readonly repository: string;
    readonly pull_request: number | null;
    readonly entry: { readonly seq: number; readonly hash: string };
  };
}

/**
 * What an entry tells the outside, or nothing: events out are a view of the ledger, and the same entry always
 * gives the same event. A decision is told when its outcome is another than before, so that the first of two
 * approvals is no event. `repository` is `owner/name` of the access repository.
 */
export function eventOut({ entry, grant, before }: Tellable, repository: string): EventOut | null {
  const { seq, hash, at: timestamp, pull_request } = entry;
  // No full stop may be in an id, or what is signed could be read in two ways (Standard Webhooks 1.0.0).
  const id = `daypass-${String(seq)}-${hash.slice(0, 32)}`;
  const at = { repository, pull_request, entry: { seq, hash } };
  if (entry.kind === 'decision.made') {
    const { moment, decision, replay } = entry.body;
    const type = own(CHANGE_EVENTS, decision.outcome);
    if (moment !== 'pull_request' || !type || !replay || decision.outcome === before) return null;
    return { id, type, timestamp, data: { ...at, ...changeData(entry.body, replay.input) } };
  }
  const type = own(GRANT_EVENTS, entry.kind);
  if (!type || !grant) return null;
  return { id, type, timestamp, data: { ...at, ...grantData(entry, grant) } };
}
