import { ANONYMOUS, identify, readAuthorization } from './auth.js';
import type { GitHub } from './github.js';
import type { Reply } from './http.js';
import { rateHeaders } from './rate-limits.js';
import type { Resource } from './rate-limits.js';
import { Refusal } from './refusal.js';
import type { Identity } from './state.js';

/** Who calls, and the headers of every answer to them. */
export interface Admitted {
  identity: Identity;
  /** Headers. */
  rate: Record<string, string>;
}

const EXCEEDED = 'API rate limit exceeded';

/**
 * Identifies the caller and counts the call, whatever the answer; git's own calls are not counted. Null if they may
 * continue; throws Refusal for unknown callers and at the rate limit.
 */
export function admit(
  { state, limits }: Pick<GitHub, 'state' | 'limits'>,
  asked: {
    readonly authorization: string | undefined;
    readonly path: string;
    readonly git: boolean;
  },
  admitted: Admitted,
): Reply | null {
  const secret = readAuthorization(asked.authorization);
  admitted.identity = secret === null ? ANONYMOUS : identify(state, secret, new Date());
  if (asked.git) return null;
  const graphql = asked.path === '/graphql';
  const resource: Resource = graphql ? 'graphql' : 'core';
  const { identity } = admitted;
  const free = asked.path === '/rate_limit';
  const rate = free ? limits.read(identity, resource) : limits.count(identity, resource);
  admitted.rate = rateHeaders(rate, resource);
  if (rate.remaining >= 0) return null;
  if (!graphql) throw new Refusal(403, EXCEEDED);
  // "Rate limits and query limits for the GraphQL API": the status is 200.
  return { status: 200, body: { errors: [{ type: 'RATE_LIMIT', message: EXCEEDED }] } };
}
