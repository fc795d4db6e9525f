import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { fromUnixTime } from 'date-fns/fromUnixTime';

/** GitHub's documentation asks for a minute's wait at its secondary limit when the answer says nothing else. */
const DEFAULT_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

/** The parts of GitHub's answer that say whether a limit was hit. */
export interface LimitAnswer {
  readonly status: number | null;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/**
 * How long GitHub asks to wait, ms, at most an hour; null where its answer is not a rate limit. The reset time is
 * compared with GitHub's own clock ("Rate limits for the REST API", GitHub's documentation).
 */
export function rateLimitWait({ status, headers, message }: LimitAnswer): number | null {
  const limited =
    status === 429 ||
    (status === 403 &&
      (headers['retry-after'] !== undefined ||
        headers['x-ratelimit-remaining'] === '0' ||
        /rate limit/i.test(message)));
  return limited ? waitOf(headers) : null;
}

/**
 * The same for a GraphQL answer, whose status is a success: its errors show the limit by their type or, for the
 * secondary limit, only in words ("Rate limits and query limits for the GraphQL API").
 */
export function graphqlRateLimitWait(
  body: unknown,
  headers: LimitAnswer['headers'],
): number | null {
  const whole = Object(body) as LimitMessage & { readonly errors?: unknown };
  const errors = Array.isArray(whole.errors) ? whole.errors : [];
  const said = [whole, ...errors.map((error: unknown) => Object(error) as LimitMessage)];
  const limited = said.some(
    ({ type, message }) => LIMITED.test(String(type)) || /rate limit/i.test(String(message)),
  );
  return limited ? waitOf(headers) : null;
}

interface LimitMessage {
  readonly type?: unknown;
  readonly message?: unknown;
}
const LIMITED = /^RATE_LIMIT(ED)?$/;

/**
 * The resource whose hourly limit an answer that asks to wait is about; null for a secondary limit, which is about all
 * calls. Only a primary limit leaves nothing, and without `retry-after`.
 */
export function limitedResource(headers: LimitAnswer['headers']): string | null {
  const resource = headers['x-ratelimit-resource'];
  const used_up = headers['x-ratelimit-remaining'] === '0' && headers['retry-after'] === undefined;
  return used_up && typeof resource === 'string' ? resource : null;
}

/** What an answer says of the hourly limit that it counted against; null if not all of it. */
export function hourlyLimit(headers: LimitAnswer['headers']): {
  readonly resource: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resets_in_ms: number;
} | null {
  const resource = headers['x-ratelimit-resource'];
  const limit = Number(headers['x-ratelimit-limit'] ?? NaN);
  const remaining = Number(headers['x-ratelimit-remaining'] ?? NaN);
  const resets_in_ms = resetsIn(headers);
  const whole = limit > 0 && remaining >= 0 && Math.abs(resets_in_ms) <= LONGEST_WAIT_MS;
  return typeof resource === 'string' && whole
    ? { resource, limit, remaining, resets_in_ms }
    : null;
}

/** By GitHub's own clock; no number where it does not say. */
function resetsIn(headers: LimitAnswer['headers']): number {
  const reset = fromUnixTime(Number(headers['x-ratelimit-reset'] ?? NaN));
  return differenceInMilliseconds(reset, String(headers['date']));
}

/** Every answer has the time of the next reset. Waiting for it is needed only where nothing remains. */
function waitOf(headers: LimitAnswer['headers']): number {
  const seconds = Number(headers['retry-after']);
  const reset = headers['x-ratelimit-remaining'] === '0' ? resetsIn(headers) : NaN;
  const wait = [seconds * 1000, reset].find((ms) => ms > 0 && ms <= LONGEST_WAIT_MS);
  return wait ?? DEFAULT_WAIT_MS;
}
