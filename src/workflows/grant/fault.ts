import { EngineFault, RateLimited, TargetFault, Unreadable } from '../../ports.js';

/**
 * A fault as the ledger, and with it a comment, may tell it: in its own words where those are Daypass's or were made
 * for it. The words of what nobody foresaw may hold a secret, and are for the log (invariant 24).
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
