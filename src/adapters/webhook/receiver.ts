import { PastDeadline, within } from '../../clients/deadline.js';
import type { Receiver } from '../../ports.js';
import { sign } from './sign.js';

export interface ReceiverOptions {
  /** The receiver's URL from the operator; it may hold a secret and is never shown (invariant 24). */
  readonly url: string;
  /** `whsec_…`, one or more. */
  readonly secrets: readonly string[];
  /** Whole milliseconds. */
  readonly deadline_ms: number;
}

/**
 * Sends events as signed webhooks. Redirects are not followed, because the operator did not name their target. Only
 * status and headers of an answer are read: its body is dropped unread, however long or slow.
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
      const post = async (signal: AbortSignal) => {
        const call = { method: 'POST', headers, body, redirect: 'manual', signal } as const;
        const answer = await fetch(url, call);
        drop(answer);
        return answer;
      };
      try {
        const answer = await within(deadline_ms, post, closing);
        return { status: answer.status, retry_after: answer.headers.get('retry-after') };
      } catch (error) {
        const late = error instanceof PastDeadline;
        return { fault: late ? `no answer within ${deadline_ms} ms` : faultOf(error) };
      }
    },
  };
}

/** Cancelling the unread body closes the connection. */
function drop({ body }: Response): void {
  body?.cancel().catch(() => undefined);
}

/** Only the code of an error, because network errors name addresses in their messages. */
function faultOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return `the call failed (${cause?.code ?? name ?? 'unknown'})`;
}
