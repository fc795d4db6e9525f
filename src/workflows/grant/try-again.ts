import { addMilliseconds } from 'date-fns/addMilliseconds';
import { max } from 'date-fns/max';
import { retryAt } from '../../core/work/backoff.js';
import { RateLimited, TargetFault } from '../../ports.js';

/** What failed is tried again at the latest after this, where nobody asks to wait longer. */
export const CAP_SECONDS = 60;

/**
 * When to try again what failed for the `attempts`th time: by the backoff, and not before a rate limit passes;
 * who asks on meanwhile may be shut out ("Best practices for using the REST API", GitHub's documentation).
 */
export function tryAgainAt(now: Date, attempts: number, error: unknown): Date {
  const asked =
    error instanceof RateLimited || error instanceof TargetFault ? error.retry_after_ms : 0;
  const backoff = retryAt(now, attempts, CAP_SECONDS);
  return max([backoff, addMilliseconds(now, asked)]);
}
