import { givesAccess, isToRestore, lapsesAt } from './due.js';
import type { Bodies, Entry } from './events.js';
import {
  BEGUN_STATES,
  LIVE_STATES,
  OVER_STATES,
  type GrantRecord,
  type GrantState,
} from '../grant/record.js';
import { earlier } from '../reading/timestamp.js';

/** An entry that changes a grant's record. Decisions may name a grant too, but do not change it. */
export type GrantEntry = Extract<Entry, { kind: `grant.${string}` | 'drift.seen' }>;

/** True for the entries that `fold` accepts. */
export function isGrantEntry(entry: Entry): entry is GrantEntry {
  return entry.grant !== null && (entry.kind.startsWith('grant.') || entry.kind === 'drift.seen');
}

/** An entry says something that cannot have happened to its grant; it must not be written. */
export class ImpossibleEntry extends Error {
  override readonly name = 'ImpossibleEntry';
}

/** No attempt has failed since the last success. */
const UNTROUBLED = { attempts: 0, error: null, retry_at: null };

type LaterKind = Exclude<GrantEntry['kind'], 'grant.approved' | 'grant.quarantined'>;

/** The states in which each entry is possible. `revoked` needs no `ending` before it (invariant 21). */
const FROM: Readonly<Record<LaterKind, readonly GrantState[]>> = {
  'grant.extended': LIVE_STATES,
  'grant.narrowed': LIVE_STATES,
  'grant.reworded': LIVE_STATES,
  'grant.ending': BEGUN_STATES,
  'grant.withdrawn': ['requested', 'scheduled'],
  'grant.lapsed': ['scheduled', 'activating'],
  'grant.refused': ['scheduled'],
  'grant.end_held': LIVE_STATES,
  'grant.end_released': LIVE_STATES,
  'grant.activating': ['scheduled'],
  'grant.activated': BEGUN_STATES,
  'grant.ending_soon': ['active'],
  'grant.attempt_failed': LIVE_STATES,
  'grant.overdue': BEGUN_STATES,
  'grant.expired': BEGUN_STATES,
  'grant.revoked': BEGUN_STATES,
  // Another worker may have recorded the end first.
  'grant.taken_away': [...BEGUN_STATES, ...OVER_STATES, 'lapsed'],
  'drift.seen': BEGUN_STATES,
};

/**
 * The record of a grant after one more of its entries, `null` before the first. Ended states are final.
 * Throws `ImpossibleEntry` on an entry that cannot follow, so that it is never written.
 */
export function fold(record: GrantRecord | null, entry: Entry): GrantRecord {
  if (!isGrantEntry(entry)) throw new ImpossibleEntry(`${entry.kind} changes no grant`);
  if (entry.kind === 'grant.approved' || entry.kind === 'grant.quarantined') {
    if (record !== null) throw impossible(record, entry, 'it has landed already');
    return landed(entry);
  }
  if (record === null) throw impossible(record, entry, 'it has not landed');
  if (entry.grant !== record.id) throw impossible(record, entry, `the record is ${record.id}`);
  if (entry.seq <= record.version)
    throw impossible(record, entry, `entry ${record.version} is newer`);
  if (!FROM[entry.kind].includes(record.state)) {
    throw impossible(record, entry, `it is ${record.state}`);
  }
  return { ...record, ...changed(record, entry), version: entry.seq };
}

function impossible(record: GrantRecord | null, entry: GrantEntry, why: string): ImpossibleEntry {
  return new ImpossibleEntry(
    `Entry ${entry.seq} ${entry.kind} of ${entry.grant ?? record?.id ?? 'no grant'}: ${why}`,
  );
}

function landed(
  entry: Extract<GrantEntry, { kind: 'grant.approved' | 'grant.quarantined' }>,
): GrantRecord {
  const { declared, subject, requester, entitled, digest, window, parent, commit } = entry.body;
  const approved = entry.kind === 'grant.approved' ? entry.body : null;
  return {
    id: entry.grant ?? `${declared.path}@${commit}`,
    state: approved ? 'scheduled' : 'requested',
    quarantined: approved === null,
    overdue: false,
    drift: [],
    declared,
    subject,
    ...(entry.body.member && { member: true }),
    ...(approved?.unreviewed !== undefined && { unreviewed: approved.unreviewed }),
    requester,
    pull_request: entry.pull_request,
    entitled,
    digest,
    step: { parent, commit },
    landed_at: entry.at,
    merged_at: approved?.merged_at ?? null,
    // A quarantined grant never starts, so it has no start to miss.
    activate_within_seconds: approved?.activate_within_seconds ?? 0,
    ending_soon_seconds: approved?.ending_soon_seconds ?? null,
    told_end: null,
    window_declared: window,
    window: null,
    fingerprint: null,
    pin: null,
    baseline: [],
    rights: null,
    left: [],
    revoked_by: null,
    end_held: null,
    why: entry.kind === 'grant.quarantined' ? entry.body.why : [],
    ...UNTROUBLED,
    ended_at: null,
    version: entry.seq,
  };
}

/** What an entry after the landing changes. */
function changed(
  record: GrantRecord,
  entry: Exclude<GrantEntry, { kind: 'grant.approved' | 'grant.quarantined' }>,
): Partial<GrantRecord> {
  switch (entry.kind) {
    case 'grant.extended': {
      const { unreviewed = record.unreviewed } = entry.body;
      const next = rewindowed(record, entry, record.declared.scope);
      return unreviewed === undefined ? next : { ...next, unreviewed };
    }
    case 'grant.narrowed':
      return rewindowed(record, entry, entry.body.scope);
    case 'grant.reworded': {
      const { reason, ticket, who } = entry.body;
      return { reworded: { reason, ticket, who, at: entry.at } };
    }
    case 'grant.activating': {
      const { window, fingerprint, pin = null, entitled, baseline, rights = null } = entry.body;
      const frozen = { window, fingerprint, pin, entitled, baseline, rights };
      return { state: 'activating', ...frozen, retry_at: null };
    }
    case 'grant.activated':
      return { state: 'active', ...UNTROUBLED };
    case 'grant.attempt_failed':
      return failed(record, entry);
    case 'grant.ending':
      // The first request to end it counts; a later one only causes another attempt at once.
      return { revoked_by: record.revoked_by ?? { ...entry.body, at: entry.at }, ...UNTROUBLED };
    case 'grant.end_held':
      return { end_held: { ...entry.body, at: entry.at } };
    case 'grant.end_released':
      return { end_held: null };
    case 'grant.ending_soon':
      return { told_end: entry.body.ends_at };
    case 'grant.overdue':
      return { overdue: true };
    case 'grant.taken_away':
      // Extended, or another grant's end took it along: it is given back.
      return record.state === 'active' && givesAccess(record, new Date(entry.at))
        ? { ...UNTROUBLED, retry_at: entry.at }
        : {};
    case 'drift.seen':
      return { drift: entry.body.drift, baseline: entry.body.baseline ?? record.baseline };
    case 'grant.expired':
      return { ...ended('expired', entry.at), ...seen(entry.body) };
    case 'grant.revoked': {
      const { observed: _observed, late_ms: _late_ms, gained: _gained, ...act } = entry.body;
      return {
        ...ended('revoked', entry.at),
        ...seen(entry.body),
        revoked_by: record.revoked_by ?? { ...act, at: entry.at },
      };
    }
    case 'grant.withdrawn':
      return { ...ended('withdrawn', entry.at), revoked_by: { ...entry.body, at: entry.at } };
    case 'grant.lapsed':
      return { ...ended('lapsed', entry.at), ...seen(entry.body), why: [entry.body.why] };
    case 'grant.refused':
      return { ...ended('refused', entry.at), why: entry.body.why };
  }
}

function ended(state: GrantState, ended_at: string): Partial<GrantRecord> {
  return { state, ended_at, overdue: false, drift: [], ...UNTROUBLED };
}

/** What is still there after an end, and what the person gained meanwhile. Both stay in the record to be reported. */
function seen({
  observed = [],
  gained = [],
}: Pick<Bodies['grant.lapsed'], 'observed' | 'gained'>): Partial<GrantRecord> {
  return { left: observed, drift: gained.map((right) => `gained meanwhile: ${right}`) };
}

/**
 * A failed start is looked at again no later than when it lapses, because it may have given access all the same. A start
 * that fails after somebody ended the grant does not delay that end.
 */
function failed(
  record: GrantRecord,
  entry: Extract<GrantEntry, { kind: 'grant.attempt_failed' }>,
): Partial<GrantRecord> {
  const { ending, retry_at } = entry.body;
  if (ending ? record.state === 'scheduled' : record.state === 'active' && !isToRestore(record)) {
    throw impossible(
      record,
      entry,
      `it is ${record.state}: no ${ending ? 'end' : 'start'} can fail`,
    );
  }
  const tried = { attempts: record.attempts + 1, error: entry.body.error };
  if (ending) return { ...tried, retry_at };
  if (record.revoked_by !== null) return { ...tried, retry_at: record.retry_at };
  const latest = record.state === 'active' ? record.window?.ends_at : lapsesAt(record);
  return { ...tried, retry_at: latest === undefined ? retry_at : earlier(retry_at, latest) };
}

/** A new window. A grant whose end had failed and now lies ahead is no longer overdue. */
function rewindowed(
  record: GrantRecord,
  entry: Extract<GrantEntry, { kind: 'grant.extended' | 'grant.narrowed' }>,
  scope: Bodies['grant.narrowed']['scope'],
): GrantRecord {
  const { window: declared, frozen } = entry.body;
  if ((frozen === null) !== (record.window === null)) {
    const is = record.window === null ? 'not frozen yet' : 'frozen, and must stay so';
    throw impossible(record, entry, `its window is ${is}`);
  }
  const revoked = record.revoked_by !== null;
  const next: GrantRecord = {
    ...record,
    declared: { ...record.declared, window: declared, scope },
    window_declared: declared,
    window: frozen,
    overdue: record.overdue && (revoked || frozen === null || frozen.ends_at <= entry.at),
  };
  if (record.state === 'active' && !revoked) {
    // An end that was due may have taken the access: it is restored, and no end counts as failed.
    const begun = record.retry_at !== null || (record.window?.ends_at ?? entry.at) <= entry.at;
    return begun ? { ...next, ...UNTROUBLED, retry_at: entry.at } : next;
  }
  if (record.retry_at === null) return next;
  return { ...next, retry_at: earlier(record.retry_at, lapsesAt(next)) };
}
