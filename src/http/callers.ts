import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ShownCredential } from '../core/use/callers.js';
import { provedUris } from './certificates.js';

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
  /** The time of this machine, by which a certificate holds. */
  readonly now: () => Date;
}

/**
 * Callers by their bearer token (one of the operator's or one of an issuer) or by their client certificate. A request with
 * an `Authorization` is its token's alone: a wrong one proves nothing, whatever the connection has. The operator's tokens
 * are looked up by digest, so that how long it takes says nothing about one.
 */
export function callersBy({ enforcers, verify, now }: CallerProofs): NamesCaller {
  const names = new Map(
    Object.entries(enforcers).flatMap(([name, tokens]) =>
      tokens.map((token) => [digest(token), name] as const),
    ),
  );
  return ({ headers, socket }) => {
    if (headers.authorization === undefined) {
      const uris = provedUris(socket, now());
      return uris.length === 0 ? null : { kind: 'mtls', uris };
    }
    const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization) ?? [];
    if (token === undefined) return null;
    const name = names.get(digest(token));
    if (name !== undefined) return { kind: 'token', name };
    return JWT.test(token) ? verify(token) : null;
  };
}

const digest = (token: string) => hash('sha256', token, 'base64');
