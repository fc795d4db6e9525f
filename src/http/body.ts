import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { sameSecret } from './same-secret.js';

/** GitHub sends at most 25 MB ("Webhook events and payloads", GitHub Docs: payload cap). */
export const WEBHOOK_LIMIT_BYTES = 25 * 1024 * 1024;

/** What all bodies together may take: two of the largest, and many of the usual ones beside them. */
export const WEBHOOK_BUDGET_BYTES = 64 * 1024 * 1024;

/** What a piece of a body costs beside its bytes, so that a body in very many pieces is not free. */
const PIECE_BYTES = 256;

/** A signed body and its text, which counts until `release` is called; or why there is none. */
export type Body =
  | { readonly text: string; readonly release: () => void }
  | { readonly refused: 'too large' | 'too slow' | 'no room' | 'not signed' };

export interface BodyReceiver {
  /** Receives the body of a request. `signature` is what the sender says it is: `sha256=<hex>`. */
  receive(request: IncomingMessage, signature: string): Promise<Body>;
}

/** A body that is being received. */
interface Part {
  bytes: number;
  readonly refuse: () => void;
}

/**
 * Receives bodies of at most `limit` bytes each, within `within_ms`, and `budget` bytes together. The signature is
 * computed while a body arrives, so one that is not signed with `secret` never becomes text. Where the budget is
 * used up, the body that has been arriving longest is refused, whatever its size: whoever wants to keep GitHub's out,
 * which arrive at once, has to send the whole budget anew in that time.
 */
export function createBodies(options: {
  readonly secret: string;
  readonly limit: number;
  readonly budget: number;
  readonly within_ms: number;
}): BodyReceiver {
  // The one that has been arriving longest is the first.
  const parts = new Set<Part>();
  let used = 0;

  const grow = (part: Part, bytes: number): void => {
    part.bytes += bytes;
    used += bytes;
    for (const oldest of parts) {
      if (used <= options.budget) return;
      oldest.refuse();
    }
  };

  const forget = (part: Part): void => {
    parts.delete(part);
    used -= part.bytes;
    part.bytes = 0;
  };

  return {
    receive: (request, signature) =>
      new Promise((resolve) => {
        const hmac = createHmac('sha256', options.secret);
        const chunks: Buffer[] = [];
        let size = 0;

        const onData = (chunk: Buffer): void => {
          size += chunk.length;
          if (size > options.limit) {
            refuse('too large');
            return;
          }
          hmac.update(chunk);
          chunks.push(chunk);
          grow(part, chunk.length + PIECE_BYTES);
        };
        const onEnd = (): void => {
          if (!sameSecret(signature, `sha256=${hmac.digest('hex')}`)) {
            refuse('not signed');
            return;
          }
          stop();
          const text = Buffer.concat(chunks).toString('utf8');
          // It counts for as long as it is handled, and is not refused any more.
          parts.delete(part);
          resolve({ text, release: () => forget(part) });
        };
        const onBroken = (): void => refuse('too slow');

        const stop = (): void => {
          clearTimeout(timer);
          request.off('data', onData).off('end', onEnd).off('close', onBroken);
          request.pause();
        };
        const refuse = (refused: 'too large' | 'too slow' | 'no room' | 'not signed'): void => {
          stop();
          chunks.length = 0;
          forget(part);
          resolve({ refused });
        };

        const timer = setTimeout(onBroken, options.within_ms);
        const part: Part = { bytes: 0, refuse: () => refuse('no room') };
        parts.add(part);
        request.on('error', onBroken).on('close', onBroken).on('end', onEnd).on('data', onData);
        if (Number(request.headers['content-length'] ?? 0) > options.limit) refuse('too large');
      }),
  };
}
