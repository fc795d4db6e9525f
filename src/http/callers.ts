import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ShownCredential } from '../core/use/callers.js';

/** Says what a request proves about whoever sends it; null where it proves nothing. */
export type NamesCaller = (
  request: IncomingMessage,
) => Promise<ShownCredential | null> | ShownCredential | null;

/** A JSON Web Token in its compact form (RFC 7515). */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

interface CallerProofs {
  /** The tokens of each enforcement point in the operator's environment. */
  readonly enforcers: Readonly<Record<string, readonly string[]>>;
  /** What a token of an issuer proves. */
  readonly verify: (token: string) => Promise<ShownCredential | null>;
}

/**
 * Callers by their bearer token: one of the operator's or one of an issuer. The operator's are looked up by digest, so
 * that how long it takes says nothing about a token.
 */
export function callersByToken({ enforcers, verify }: CallerProofs): NamesCaller {
  const names = new Map(
    Object.entries(enforcers).flatMap(([name, tokens]) =>
      tokens.map((token) => [digest(token), name] as const),
    ),
  );
  return ({ headers }) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (token === undefined) return null;
    const name = names.get(digest(token));
    if (name !== undefined) return { kind: 'token', name };
    return JWT.test(token) ? verify(token) : null;
  };
}

const digest = (token: string) => hash('sha256', token, 'base64');
