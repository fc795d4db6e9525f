import { addSeconds } from 'date-fns/addSeconds';

/**
 * When to try again after `attempts` failures: 1 s doubled each time, at most `cap_seconds`. It needs no jitter: one
 * worker at a time tries each grant, and its row says when.
 */
export function retryAt(now: Date, attempts: number, cap_seconds: number): Date {
  const seconds = Math.min(2 ** Math.min(attempts, 20), cap_seconds);
  return addSeconds(now, seconds);
}
