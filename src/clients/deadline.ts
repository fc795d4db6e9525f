/** The work did not end in time. */
export class PastDeadline extends Error {
  override readonly name = 'PastDeadline';
  constructor(ms: number) {
    super(`it did not end within ${ms} ms`);
  }
}

/**
 * Runs work for at most `ms` milliseconds, and no longer than until `closing` is aborted. Then its signal is aborted,
 * its result is ignored, and this throws `PastDeadline` or the reason why `closing` was aborted.
 */
export async function within<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  closing?: AbortSignal,
): Promise<T> {
  closing?.throwIfAborted();
  // Not `AbortSignal.any` of a timeout: Node may lose the timeout as it collects garbage (nodejs/node#57736).
  const stopping = new AbortController();
  const stop = () => stopping.abort(closing?.reason);
  const timer = setTimeout(() => stopping.abort(new PastDeadline(ms)), ms);
  closing?.addEventListener('abort', stop);
  const stopped = new Promise<never>((_, reject) => {
    stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason as Error));
  });
  try {
    return await Promise.race([work(stopping.signal), stopped]);
  } finally {
    clearTimeout(timer);
    closing?.removeEventListener('abort', stop);
  }
}
