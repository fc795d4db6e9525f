import { addMilliseconds } from 'date-fns/addMilliseconds';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { isBefore } from 'date-fns/isBefore';
import { max } from 'date-fns/max';
import { subHours } from 'date-fns/subHours';
import { retryAt } from '../work/backoff.js';

/** The result of one call to the receiver of events: its answer, or why there was none. */
export type Answer =
  { readonly status: number; readonly retry_after: string | null } | { readonly fault: string };

/** What to do next: go on, because the event was accepted; send it again; leave it out; or send nothing more at all. */
export type Next =
  | { readonly then: 'on' }
  | { readonly then: 'again'; readonly at: Date; readonly why: string }
  | { readonly then: 'leave_out'; readonly why: string }
  | { readonly then: 'pause'; readonly why: string };

/** The longest wait before an event is sent again, and the longest that a receiver may ask for. Seconds. */
const CAP_SECONDS = 600;
const ASKED_CAP_SECONDS = 3600;

/** Events older than this are not sent; the ledger has them. */
const KEPT_HOURS = 72;

/**
 * Reads an answer (Standard Webhooks 1.0.0: 2xx is success, 410 asks to stop, everything else is a failure that is
 * tried again). Only 413 and 422 are final, because they refuse this very body. Other client errors come from the
 * receiver's configuration, which somebody will fix. `failures` includes this one.
 */
export function nextAfter(answer: Answer, failures: number, now: Date): Next {
  const again = retryAt(now, failures - 1, CAP_SECONDS);
  if ('fault' in answer) return { then: 'again', at: again, why: answer.fault };
  const { status, retry_after } = answer;
  const why = `answered ${String(status)}`;
  if (status >= 200 && status < 300) return { then: 'on' };
  if (status === 410) return { then: 'pause', why };
  if (status === 413 || status === 422) return { then: 'leave_out', why };
  const asked = status === 429 || status === 503 ? askedFor(retry_after, now) : 0;
  return { then: 'again', at: max([again, addMilliseconds(now, asked)]), why };
}

/** How long `Retry-After` asks to wait, ms, at most an hour: seconds or a date (RFC 9110, 10.2.3). */
function askedFor(header: string | null, now: Date): number {
  if (header === null) return 0;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : differenceInMilliseconds(text, now);
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), ASKED_CAP_SECONDS * 1000);
}

/** Whether something that happened at `timestamp` is too old to be sent. */
export function isStale(timestamp: string, now: Date): boolean {
  return isBefore(timestamp, subHours(now, KEPT_HOURS));
}
