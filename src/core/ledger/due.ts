import { addMilliseconds } from 'date-fns/addMilliseconds';
import { addSeconds } from 'date-fns/addSeconds';
import { subSeconds } from 'date-fns/subSeconds';
import { startOf } from '../grant/window.js';
import { canonical } from '../reading/canonical.js';
import { begun, dueEnd, mergeOf, type GrantRecord } from '../grant/record.js';

/** When something is due for a grant, and what. Whoever handles it also sees what else is due then. */
export interface Due {
  /** RFC 3339 in UTC; a time in the past means at once. */
  readonly at: string;
  readonly what: 'start' | 'lapse' | 'soon' | 'end' | 'retry';
}

function startsAt(record: GrantRecord): string {
  return startOf(record.window_declared, mergeOf(record));
}

/**
 * When a grant that has not been activated lapses: `activate_within` after its start, or at its own end if that is
 * earlier (invariant 12). From then on it must not be activated.
 */
export function lapsesAt(record: GrantRecord): string {
  const within = addSeconds(startsAt(record), record.activate_within_seconds).toISOString();
  const over = record.window?.ends_at ?? record.window_declared.expires_at;
  return over !== null && over < within ? over : within;
}

/**
 * Whether an intent had no outcome in time. Access may have been given all the same, so it is taken away and seen to be
 * gone before the grant lapses.
 */
export function isMissed(record: GrantRecord, now: Date): boolean {
  const { state, revoked_by } = record;
  return state === 'activating' && revoked_by === null && lapsesAt(record) <= now.toISOString();
}

/**
 * Whether a grant gives its access at `now`, by its record alone: it has begun, nobody ended it, its window is open, and
 * it was given in time. `now` only grows, so without another entry the answer never turns from no to yes.
 */
export function givesAccess(record: GrantRecord, now: Date): boolean {
  const { state, revoked_by, window } = record;
  const open = window !== null && window.ends_at > now.toISOString();
  return begun(state) && revoked_by === null && open && !isMissed(record, now);
}

/**
 * Whether access should be gone and has not been seen gone: it is past its end, or a try to take it away has failed. It
 * does not matter whether anything was tried (invariant 17).
 */
export function isOverdue(record: GrantRecord, now: Date): boolean {
  if (!begun(record.state)) return false;
  const end = dueEnd(record);
  return record.overdue || (end !== null && end <= now.toISOString());
}

/** Whether a grant was extended after its end had begun: access that the end may have taken must be restored. */
export function isToRestore({ state, revoked_by, overdue, retry_at }: GrantRecord): boolean {
  return state === 'active' && revoked_by === null && !overdue && retry_at !== null;
}

/**
 * What is due next for a grant, from its record alone: no queue remembers it (invariant 17). Null where nothing is due,
 * for grants that are quarantined or have ended. An intent without an outcome is taken up again at once.
 */
export function nextDue(record: GrantRecord): Due | null {
  switch (record.state) {
    case 'scheduled': {
      const due: Due = record.retry_at
        ? { at: record.retry_at, what: 'retry' }
        : { at: startsAt(record), what: 'start' };
      return first(due, { at: lapsesAt(record), what: 'lapse' });
    }
    case 'activating': {
      if (record.revoked_by !== null) return ending(record, record.revoked_by.at);
      const at = record.retry_at ?? record.window?.starts_at ?? record.landed_at;
      if (at < lapsesAt(record)) return { at, what: 'retry' };
      return { at, what: record.window !== null && record.window.ends_at <= at ? 'end' : 'lapse' };
    }
    case 'active': {
      const end = record.revoked_by?.at ?? record.window?.ends_at ?? record.landed_at;
      const soon = soonAt(record);
      return soon === null
        ? ending(record, end)
        : first({ at: soon, what: 'soon' }, ending(record, end));
    }
    default:
      return null;
  }
}

/**
 * When to announce that an active grant ends soon: once for each end, so an extension moves it. Null where that end was
 * announced, where somebody ended the grant or its end has failed already, and where the whole window is no longer than
 * the lead: its end was known when it began.
 */
function soonAt(record: GrantRecord): string | null {
  const { window, ending_soon_seconds, revoked_by, retry_at, told_end } = record;
  if (window === null || ending_soon_seconds === null) return null;
  if (revoked_by !== null || retry_at !== null || told_end === window.ends_at) return null;
  const at = subSeconds(window.ends_at, ending_soon_seconds).toISOString();
  return at > window.starts_at ? at : null;
}

function ending(record: GrantRecord, at: string): Due {
  return record.retry_at === null ? { at, what: 'end' } : { at: record.retry_at, what: 'retry' };
}

function first(one: Due, other: Due): Due {
  return other.at <= one.at ? other : one;
}

/** How long the end of a grant waits for a start on the same slot that follows on it, ms. */
const HANDOVER_MS = 10_000;

/**
 * Whether the end of a grant should wait a moment, because another of the subject's grants starts on the same slot just
 * then: otherwise access that is approved without a gap would be taken away and given again. Only for its own end, only
 * until the start was tried once, and for at most `HANDOVER_MS`. `scheduled` are the subject's grants that have not begun.
 */
export function handsOver(
  record: GrantRecord,
  scheduled: readonly GrantRecord[],
  now: Date,
): boolean {
  const end = record.window?.ends_at;
  if (record.revoked_by !== null || record.state !== 'active' || end === undefined) return false;
  if (now.toISOString() >= addMilliseconds(end, HANDOVER_MS).toISOString()) return false;
  return scheduled.some(
    (next) =>
      next.state === 'scheduled' &&
      next.attempts === 0 &&
      startsAt(next) <= now.toISOString() &&
      lapsesAt(next) > now.toISOString() &&
      sameSlot(next, record),
  );
}

const sameSlot = (one: GrantRecord, other: GrantRecord): boolean =>
  one.entitled !== null &&
  other.entitled !== null &&
  canonical(one.entitled.slot) === canonical(other.entitled.slot);
