import type { IncomingMessage } from 'node:http';

/** Why there is no body: the status to answer with, and why in words. */
export interface RefusedBody {
  readonly status: 400 | 408 | 413 | 415;
  readonly why: string;
}

/** How long a small body may take to arrive. */
const WITHIN_MS = 5_000;

/**
 * Reads the JSON body of a request of at most `limit` bytes. Its Content-Type must be application/json (RFC 8259; a
 * charset may follow).
 */
export function readJson(
  request: IncomingMessage,
  limit: number,
): Promise<{ readonly value: unknown } | RefusedBody> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== 'application/json')
    return Promise.resolve({ status: 415, why: 'the Content-Type must be application/json' });
  const large: RefusedBody = { status: 413, why: `the body has more than ${limit} bytes` };
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve(large);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (found: { readonly value: unknown } | RefusedBody): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onLate).off('error', onLate);
      resolve(found);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) settle(large);
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle(parsed(chunks));
    const onLate = (): void =>
      settle({ status: 408, why: 'the body did not arrive whole in time' });
    const timer = setTimeout(onLate, WITHIN_MS);
    request.on('data', onData).on('end', onEnd).on('close', onLate).on('error', onLate);
  });
}

function parsed(chunks: readonly Buffer[]): { readonly value: unknown } | RefusedBody {
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  if (bytes.length === 0) return { status: 400, why: 'the body is empty' };
  const text = bytes.toString('utf8');
  // Two bodies that are not UTF-8 would be read as the same text.
  if (text.includes('\uFFFD') && !bytes.includes('\uFFFD'))
    return { status: 400, why: 'the body is not UTF-8' };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { status: 400, why: 'the body is not JSON' };
  }
}
