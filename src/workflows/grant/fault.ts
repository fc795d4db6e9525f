import { EngineFault, RateLimited, TargetFault, Unreadable } from '../../ports.js';

/**
 * A fault in the words that the ledger, and so a comment, may show: its own message if Daypass wrote it or it was
 * written for Daypass. The message of an unforeseen error may hold a secret, so it goes to the log only (invariant
 * 24).
 */
export function toldFault(error: unknown): TargetFault {
  if (error instanceof TargetFault) return error;
  const options = { cause: error };
  for (const known of [EngineFault, RateLimited, Unreadable]) {
    if (error instanceof known) return new TargetFault(error.message, false, options);
  }
  const { name, status } = error instanceof Error ? (error as Error & { status?: unknown }) : {};
  if (typeof status === 'number')
    return new TargetFault(`GitHub answered ${status}`, false, options);
  return new TargetFault(
    `an internal fault of Daypass (${name ?? typeof error}); see its log`,
    false,
    options,
  );
}
