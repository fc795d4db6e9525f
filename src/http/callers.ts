import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ShownCredential } from '../core/use/callers.js';

/** Says what a request proves about whoever sends it; null where it proves nothing. */
export type NamesCaller = (
  request: IncomingMessage,
) => Promise<ShownCredential | null> | ShownCredential | null;

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
    const name = token === undefined ? undefined : names.get(digest(token));
    return name === undefined ? null : { kind: 'token', name };
  };
}

const digest = (token: string) => createHash('sha256').update(token).digest('base64');
