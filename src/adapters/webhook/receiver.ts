import { PastDeadline, within } from '../../clients/deadline.js';
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

/** The connection goes with what was not read. */
function drop({ body }: Response): void {
  body?.cancel().catch(() => undefined);
}

/** What went wrong by its code alone: messages of the network name addresses. */
function faultOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return `the call failed (${cause?.code ?? name ?? 'unknown'})`;
}
