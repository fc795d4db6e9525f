import { addMilliseconds } from 'date-fns/addMilliseconds';
import { max } from 'date-fns/max';
import { retryAt } from '../../core/work/backoff.js';
import { RateLimited, TargetFault } from '../../ports.js';

/** The longest wait before a retry, unless somebody asks to wait longer. */
export const CAP_SECONDS = 60;

/**
 * When to retry after the `attempts`th failure: by the backoff, and not before a rate limit passes, because calls made
 * meanwhile may get an App banned ("Best practices for using the REST API", GitHub's documentation).
 */
export function tryAgainAt(now: Date, attempts: number, error: unknown): Date {
  const asked =
    error instanceof RateLimited || error instanceof TargetFault ? error.retry_after_ms : 0;
  const backoff = retryAt(now, attempts, CAP_SECONDS);
  return max([backoff, addMilliseconds(now, asked)]);
}
