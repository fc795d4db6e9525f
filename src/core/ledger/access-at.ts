import type { Entry } from './events.js';
import { isOverdue } from './due.js';
import { fold, isGrantEntry } from './fold.js';
import {
  begun,
  withHeldEnd,
  type BegunState,
  type GrantRecord,
  type Who,
} from '../grant/record.js';
import type { Scope } from '../grant/grant.js';

/** Access of one subject by one grant at a moment. */
export interface AccessAt {
  readonly grant: string;
  readonly subject: Who;
  readonly environment: string;
  readonly resource: string;
  readonly role: string;
  readonly scope: Scope | null;
  /** What held it to the scope: the target, or enforcement points alone (`at_use`); null where there was no scope. */
  readonly scope_held: 'target' | 'at_use' | null;
  /** `activating`: an intent was written but no outcome yet, so the access may have existed. */
  readonly state: BegunState;
  /** The window frozen with the intent, RFC 3339 in UTC. */
  readonly starts_at: string;
  readonly ends_at: string;
  /** It was past its end, or its end had been requested. */
  readonly ending: boolean;
  /** It should have been gone, and had not been seen to be gone (`isOverdue`). */
  readonly overdue: boolean;
  /** Why it would end early, where that is held; null otherwise. */
  readonly end_held: string | null;
  readonly pull_request: number | null;
}

/**
 * Who had access at a moment, from the entries of any number of grants, with each grant's oldest first: a fold of the
 * entries written by then. Access lasts until it was seen to be gone (invariant 14).
 */
export function accessAt(entries: Iterable<Entry>, at: Date): readonly AccessAt[] {
  const moment = at.toISOString();
  const records = new Map<string, GrantRecord>();
  const later = new Set<string>();
  for (const entry of entries) {
    if (!isGrantEntry(entry) || entry.grant === null) continue;
    // Entries after a later one of the same grant are later too, whatever another process's clock said.
    if (entry.at > moment) later.add(entry.grant);
    if (later.has(entry.grant)) continue;
    records.set(entry.grant, fold(records.get(entry.grant) ?? null, entry));
  }
  return [...records.values()].flatMap((record) => accessOf(record, at) ?? []);
}

/** The access that a record shows at its moment; null where there was none. */
function accessOf(record: GrantRecord, at: Date): AccessAt | null {
  const { state, window, declared } = record;
  if (!begun(state) || window === null) return null;
  return {
    grant: record.id,
    subject: record.subject,
    environment: declared.environment,
    resource: declared.resource,
    role: declared.role,
    scope: declared.scope,
    scope_held: declared.scope && (record.entitled?.enforces_scope ? 'target' : 'at_use'),
    state,
    ...window,
    ending: record.revoked_by !== null || window.ends_at <= at.toISOString(),
    overdue: isOverdue(record, at),
    end_held: withHeldEnd([record])[0]?.end_held?.why ?? null,
    pull_request: record.pull_request,
  };
}
