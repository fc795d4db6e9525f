import type { Outcome } from '../decision/decision.js';
import { changeData, grantData, type ChangeData, type GrantData } from './data.js';
import type { Entry, EntryKind } from '../ledger/events.js';
import type { GrantRecord } from '../grant/record.js';
import { own } from '../reading/problem.js';

/** An entry that may be sent as an event, with what the event depends on. */
export interface Tellable {
  readonly entry: Entry;
  /** The grant right after its entry; null where the entry belongs to none. */
  readonly grant: GrantRecord | null;
  /** The previous outcome for the same change of the same pull request; null for none. */
  readonly before: Outcome | null;
}

/** Events about a grant. An event about its end is named after its final state. */
const GRANT_EVENTS = {
  'grant.quarantined': 'grant.quarantined',
  'grant.activated': 'grant.active',
  'grant.extended': 'grant.extended',
  'grant.narrowed': 'grant.narrowed',
  'grant.reworded': 'grant.reworded',
  'grant.ending_soon': 'grant.ending_soon',
  'grant.end_held': 'grant.end_held',
  'grant.overdue': 'grant.overdue',
  'grant.expired': 'grant.expired',
  'grant.revoked': 'grant.revoked',
  'grant.withdrawn': 'grant.withdrawn',
  'grant.lapsed': 'grant.lapsed',
  'grant.refused': 'grant.refused',
} as const satisfies Partial<Record<EntryKind, string>>;

/** Events about a change: it waits for approvals, and it has all that it needs. */
const CHANGE_EVENTS = {
  awaiting_review: 'change.asked',
  approved: 'change.approved',
} as const satisfies Partial<Record<Outcome, string>>;

type Table = typeof GRANT_EVENTS & typeof CHANGE_EVENTS;

/** The kinds of entries that can become events. */
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
 * The event for an entry, or null for none. Events out are a view of the ledger: the same entry always gives the same
 * event. A decision becomes an event only when its outcome has changed, so the first of two approvals does not.
 * `repository` is `owner/name` of the access repository.
 */
export function eventOut({ entry, grant, before }: Tellable, repository: string): EventOut | null {
  const { seq, hash, at: timestamp, pull_request } = entry;
  // An id must not contain a full stop, or the signed text would be ambiguous (Standard Webhooks 1.0.0).
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
