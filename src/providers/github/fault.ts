import { UnexpectedAnswer, QueryFailed } from '../../clients/github/answers.js';
import { isAnswer, statusOf } from '../../clients/github/requests.js';
import { OverLimits, RateLimited, TargetFault } from '../../ports.js';

/**
 * What went wrong in GitHub's own words. A missing answer, a 5xx and a rate limit are temporary; the rest needs a
 * person.
 */
export function targetFaultOf(error: unknown): TargetFault {
  if (error instanceof TargetFault) return error;
  const why = error instanceof Error ? error.message.slice(0, 300) : '';
  const fault = (message: string, lasting: boolean, retry_after_ms = 0) =>
    new TargetFault(message, lasting, { cause: error, retry_after_ms });
  if (error instanceof RateLimited) return fault(limitIn(error), false, error.retry_after_ms);
  if (error instanceof QueryFailed || error instanceof OverLimits) return fault(why, true);
  if (error instanceof UnexpectedAnswer) return fault(error.message, false);
  const status = statusOf(error);
  if (status === null || !isAnswer(error)) return fault('GitHub could not be reached', false);
  return fault(`GitHub answered ${status}: ${why}`, status < 500);
}

/** With GitHub's own words, if it answered this call. */
function limitIn({ message, cause }: RateLimited): string {
  return cause instanceof Error ? `${message}: ${cause.message.slice(0, 300)}` : message;
}

/** Takes a 404 for done: somebody else took it away meanwhile. The next observation is the proof, not this answer. */
export async function unlessGone(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (statusOf(error) !== 404) throw error;
  });
}
