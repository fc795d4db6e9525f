import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Log } from '../../ports.js';
import { readDocument } from './document.js';

/** Keys are read anew after so long; where that fails they are trusted up to an hour after they were read, ms. */
const FRESH_MS = 600_000;
const TRUSTED_MS = 3_600_000;

/** Whatever callers send, an issuer is asked no more often than this, ms. */
const COOLDOWN_MS = 30_000;

/** As many issuers as a policy may have enforcement points. */
const MOST_ISSUERS = 1_000;

interface KnownIssuer {
  keys: { readonly find: JWTVerifyGetKey; readonly read_ms: number } | null;
  tried_ms: number | null;
  reading: Promise<void> | null;
}

/**
 * The public keys of issuers (OpenID Connect Discovery 1.0). Ask only for an issuer that the policy names: each is
 * called. `steady_ms` reads a clock that only goes forward.
 */
export function createIssuerKeys({
  steady_ms,
  log,
}: {
  readonly steady_ms: () => number;
  readonly log: Log;
}): (issuer: string) => JWTVerifyGetKey {
  const issuers = new LRUCache<string, KnownIssuer>({ max: MOST_ISSUERS });

  /** Reads the keys, unless that was tried a moment ago. Never throws: the keys that were there stay. */
  const refresh = (issuer: string, known: KnownIssuer): Promise<void> => {
    const at = steady_ms();
    if (known.reading) return known.reading;
    if (known.tried_ms !== null && at - known.tried_ms < COOLDOWN_MS) return Promise.resolve();
    known.tried_ms = at;
    known.reading = readKeys(issuer)
      .then((keys) => void (known.keys = { find: createLocalJWKSet(keys), read_ms: at }))
      .catch((error: unknown) => log.warn({ err: error, issuer }, 'could not read its keys'))
      .finally(() => void (known.reading = null));
    return known.reading;
  };

  const trusted = ({ keys }: KnownIssuer, for_ms: number): JWTVerifyGetKey | null =>
    keys && steady_ms() - keys.read_ms < for_ms ? keys.find : null;

  return (issuer) => async (header, token) => {
    const known = issuers.get(issuer) ?? { keys: null, tried_ms: null, reading: null };
    issuers.set(issuer, known);
    if (!trusted(known, FRESH_MS)) await refresh(issuer, known);
    const find = trusted(known, TRUSTED_MS);
    if (!find) throw new errors.JWKSNoMatchingKey('the keys of the issuer are not known');
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh(issuer, known);
      return (trusted(known, TRUSTED_MS) ?? find)(header, token);
    }
  };
}

/** Where the keys are, the issuer itself says, and they are nowhere else than where it is. */
async function readKeys(issuer: string): Promise<JSONWebKeySet> {
  const path = '/.well-known/openid-configuration';
  const found = await readDocument(new URL(`${issuer.replace(/\/$/, '')}${path}`));
  const { issuer: named, jwks_uri } = found as { issuer?: unknown; jwks_uri?: unknown };
  if (named !== issuer) throw new Error('its configuration names another issuer');
  if (typeof jwks_uri !== 'string' || !URL.canParse(jwks_uri))
    throw new Error('its configuration has no jwks_uri');
  const url = new URL(jwks_uri);
  if (url.protocol !== 'https:' || url.host !== new URL(issuer).host)
    throw new Error('its jwks_uri is on another host than the issuer');
  return (await readDocument(url)) as JSONWebKeySet;
}
