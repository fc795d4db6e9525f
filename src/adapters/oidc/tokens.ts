import { createHash } from 'node:crypto';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { hasClaims, type OidcCaller } from '../../core/policy/enforcement/point.js';
import type { ShownCredential } from '../../core/use/callers.js';
import type { Log, TokenVerifier } from '../../ports.js';
import { createIssuerKeys } from './keys.js';

/** Signatures by a private key only: what verifies one can make none. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** The longest token that is read: those of GitHub Actions have about 2,000 characters. */
const LONGEST = 8_192;

/** However long its issuer lets it hold, a token holds no longer than this from its beginning, s. */
const MAX_AGE_S = 3_600;

/** An issuer's clock may be ahead by so much, s. Nothing holds longer by that. */
const AHEAD_S = 30;

/** Verified tokens that are remembered, by their digests. */
const REMEMBERED = 1_000;

type VerifiedToken = Extract<ShownCredential, { readonly kind: 'oidc' }>;

/**
 * Verifies tokens of issuers (RFC 7519, OpenID Connect). A token that was verified is remembered until its end, because
 * a signature costs half a millisecond. Why one proves nothing is logged by the code of the fault, for debugging.
 */
export function createTokenVerifier(world: {
  readonly steady_ms: () => number;
  readonly log: Log;
}): TokenVerifier {
  const keysOf = createIssuerKeys(world);
  const verified = new LRUCache<
    string,
    { readonly shown: VerifiedToken; readonly until_ms: number }
  >({
    max: REMEMBERED,
  });
  return {
    verify: async (token, trusting, now) => {
      if (token.length > LONGEST) return null;
      const digest = createHash('sha256').update(token).digest('base64');
      const known = verified.get(digest);
      if (known) return now.getTime() < known.until_ms ? known.shown : null;
      try {
        const claimed = decodeJwt(token);
        const trusted = trusting(claimed.iss ?? '').filter((by) => isBy(by, claimed));
        const [first] = trusted;
        // Nobody is called, and no signature looked at, for what would prove nothing if it were true.
        if (!first) return null;
        const { payload } = await jwtVerify(token, keysOf(first.issuer), {
          ...{ algorithms: ALGORITHMS, issuer: first.issuer, currentDate: now },
          audience: trusted.map(({ audience }) => audience),
          requiredClaims: ['exp', 'iat', 'sub'],
          ...{ maxTokenAge: MAX_AGE_S, clockTolerance: AHEAD_S },
        });
        const { exp = 0, iat = 0 } = payload;
        const until_ms = Math.min(exp, iat + MAX_AGE_S) * 1_000;
        if (now.getTime() >= until_ms) return null;
        const audiences = audiencesOf(payload);
        const shown = { kind: 'oidc', issuer: first.issuer, audiences, claims: payload } as const;
        verified.set(digest, { shown, until_ms });
        return shown;
      } catch (error) {
        const code = error instanceof errors.JOSEError ? error.code : 'unreadable';
        world.log.debug({ code }, 'a token of an issuer proves nothing');
        return null;
      }
    },
  };
}

const audiencesOf = ({ aud = [] }: JWTPayload): readonly string[] =>
  typeof aud === 'string' ? [aud] : aud;

const isBy = (by: OidcCaller, claims: JWTPayload): boolean =>
  audiencesOf(claims).includes(by.audience) && hasClaims(by, claims);
