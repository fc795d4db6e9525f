import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Says which enforcement point a request comes from, by its credential; null for none. */
export type NamesCaller = (request: IncomingMessage) => string | null;

/**
 * Callers by the tokens in the operator's environment. They are looked up by digest, so that how long it takes says
 * nothing about a token.
 */
export function callersByToken(
  enforcers: Readonly<Record<string, readonly string[]>>,
): NamesCaller {
  const names = new Map(
    Object.entries(enforcers).flatMap(([name, tokens]) =>
      tokens.map((token) => [digest(token), name] as const),
    ),
  );
  return ({ headers }) => {
    const [, token] = /^Bearer +(\S{1,1024})$/i.exec(headers.authorization ?? '') ?? [];
    return token === undefined ? null : (names.get(digest(token)) ?? null);
  };
}

const digest = (token: string) => createHash('sha256').update(token).digest('base64');
