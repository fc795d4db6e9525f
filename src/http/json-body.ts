import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** Why there is no body: the status to answer with, and why in words. */
export interface RefusedBody {
  readonly status: 400 | 408 | 413;
  readonly why: string;
}

/** How long a small body may take to arrive. */
const WITHIN_MS = 5_000;

/**
 * Reads the JSON body of a request of at most `limit` bytes. Its Content-Type must be application/json (RFC 8259; a
 * charset may follow); where it is not, AuthZEN's certification wants a 400, not a 415.
 */
export function readJson(
  request: IncomingMessage,
  limit: number,
): Promise<{ readonly value: unknown } | RefusedBody> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== 'application/json')
    return Promise.resolve({ status: 400, why: 'the Content-Type must be application/json' });
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

/** The deepest nesting of objects and lists: what handles JSON often calls itself for each level. */
const DEEPEST = 64;

function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === BRACE || byte === BRACKET) depth += 1;
    else if (byte === BRACE_END || byte === BRACKET_END) depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

const [QUOTE, BACKSLASH, BRACE, BRACKET, BRACE_END, BRACKET_END] = Buffer.from('"\\{[}]');

function parsed(chunks: readonly Buffer[]): { readonly value: unknown } | RefusedBody {
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  if (bytes.length === 0) return { status: 400, why: 'the body is empty' };
  if (isTooDeep(bytes)) return { status: 400, why: `the body is nested more than ${DEEPEST} deep` };
  // Two bodies that are not UTF-8 would otherwise be read as the same text.
  if (!isUtf8(bytes)) return { status: 400, why: 'the body is not UTF-8' };
  try {
    return { value: JSON.parse(bytes.toString('utf8')) as unknown };
  } catch {
    return { status: 400, why: 'the body is not JSON' };
  }
}
