import type { Receiver } from '../../ports.js';
import { sign } from './sign.js';

export interface ReceiverOptions {
  /** Where the operator has events sent; it may hold a secret, and is never told (invariant 24). */
  readonly url: string;
  /** `whsec_…`, one or more. */
  readonly secrets: readonly string[];
  /** Whole milliseconds. */
  readonly deadline_ms: number;
}

const LATE = new Error('the deadline of the call');

/**
 * Sends events as signed webhooks. Redirects are not followed, since whoever is there was not named by the
 * operator. Only status and headers of an answer are read: its body is dropped unread, however long or slow.
 */
export function createReceiver({ url, secrets, deadline_ms }: ReceiverOptions): Receiver {
  return {
    deadline_ms,
    send: async ({ id, type, timestamp, data }, at, closing) => {
      const body = JSON.stringify({ type, timestamp, data });
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'daypass',
        ...sign(id, at, body, secrets),
      };
      // Not `AbortSignal.any` of a timeout: Node may lose the timeout as it collects garbage (nodejs/node#57736).
      const call = new AbortController();
      const stop = () => call.abort(closing.reason);
      const timer = setTimeout(() => call.abort(LATE), deadline_ms);
      closing.addEventListener('abort', stop);
      if (closing.aborted) stop();
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers,
          body,
          redirect: 'manual',
          signal: call.signal,
        });
        drop(answer);
        return { status: answer.status, retry_after: answer.headers.get('retry-after') };
      } catch (error) {
        return { fault: error === LATE ? `no answer within ${deadline_ms} ms` : faultOf(error) };
      } finally {
        clearTimeout(timer);
        closing.removeEventListener('abort', stop);
      }
    },
  };
}

/** The connection goes with what was not read. */
function drop({ body }: Response): void {
  body?.cancel().catch(() => undefined);
}

/** What went wrong by its code alone: messages of the network name addresses. */
function faultOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return `the call failed (${cause?.code ?? name ?? 'unknown'})`;
}
