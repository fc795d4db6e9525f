import type { IncomingMessage } from 'node:http';

/** GitHub sends at most 25 MB ("Webhook events and payloads", GitHub Docs: payload cap). */
export const WEBHOOK_LIMIT_BYTES = 25 * 1024 * 1024;

export type Body = { readonly text: string } | { readonly refused: 413 | 400 | 408 };

/**
 * Reads a request's body, at most `limit` bytes, within `within_ms`. A body that is announced as larger, or
 * grows larger, is refused and not kept.
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  within_ms: number,
): Promise<Body> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) return { refused: 413 };
  const timer = setTimeout(() => request.destroy(new Error('body too slow')), within_ms);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) return { refused: 413 };
      chunks.push(chunk);
    }
    return { text: Buffer.concat(chunks).toString('utf8') };
  } catch {
    return { refused: 408 };
  } finally {
    clearTimeout(timer);
  }
}
