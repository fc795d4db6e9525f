import type { GrantRecord } from '../../core/grant/record.js';
import type { Bodies, NewEntry } from '../../core/ledger/events.js';
import type { ReasonCode } from '../../core/reading/reason.js';
import { EngineFault, RateLimited, TargetFault, Unreadable } from '../../ports.js';
import { entryAbout } from './entries.js';

/** The most characters of an error in an entry. */
const LONGEST = 1000;

const CODES: readonly (readonly [new (...args: never[]) => Error, ReasonCode])[] = [
  [EngineFault, 'engine_fault'],
  [RateLimited, 'rate_limited'],
  [Unreadable, 'unreadable'],
];

/**
 * A fault in the words that the ledger, and so a comment, may show: its own message if Daypass wrote it or it was
 * written for Daypass. The message of an unforeseen error may hold a secret, so it goes to the log only (invariant
 * 24).
 */
export function toldFault(error: unknown): TargetFault {
  if (error instanceof TargetFault) return error;
  const fault = (message: string, code: ReasonCode) =>
    new TargetFault(message, false, { cause: error, code });
  for (const [known, code] of CODES) {
    if (error instanceof known) return fault(error.message, code);
  }
  const { name, status } = error instanceof Error ? (error as Error & { status?: unknown }) : {};
  if (typeof status === 'number') return fault(`GitHub answered ${status}`, 'unreadable');
  return fault(
    `an unexpected error in Daypass (${name ?? typeof error}); see its log`,
    'internal_error',
  );
}

/** What entries about a failed attempt say of the fault: its words, its code, and whether it needs a person. */
export type Failure = Required<
  Pick<Bodies['grant.attempt_failed'], 'error' | 'reasons' | 'lasting'>
>;

export function failure(fault: Pick<TargetFault, 'message' | 'code' | 'lasting'>): Failure {
  const { message, code, lasting } = fault;
  const error = message.slice(0, LONGEST);
  return { error, reasons: [{ code, message: error }], lasting };
}

/** The entry for an attempt to start or end a grant that failed. */
export const attemptFailed = (
  record: GrantRecord,
  ending: boolean,
  failed: Failure,
  retry_at: Date,
): NewEntry =>
  entryAbout(record, 'grant.attempt_failed', {
    ending,
    ...failed,
    retry_at: retry_at.toISOString(),
  });
