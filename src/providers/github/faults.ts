import { graphqlRateLimitWait, rateLimitWait } from '../../core/work/rate-limit.js';
import { TargetFault } from '../../ports.js';

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/** The HTTP status that GitHub answered with; null where there was no answer. */
export function statusOf(error: unknown): number | null {
  if (error instanceof TargetFault) return statusOf(error.cause);
  const status = field(error, 'status');
  return field(error, 'response') !== undefined && typeof status === 'number' ? status : null;
}

const headersOf = (error: unknown): Readonly<Record<string, unknown>> => {
  const headers = field(field(error, 'response'), 'headers') ?? field(error, 'headers');
  return typeof headers === 'object' && headers !== null ? { ...headers } : {};
};

/** What went wrong in GitHub's own words. No answer, a 5xx and a rate limit pass; the rest needs a person. */
export function faultOf(error: unknown): TargetFault {
  if (error instanceof TargetFault) return error;
  const status = statusOf(error);
  const headers = headersOf(error);
  const message = error instanceof Error ? error.message.slice(0, 300) : '';
  if (error instanceof Error && error.name === 'GraphqlResponseError') {
    const wait = graphqlRateLimitWait({ errors: field(error, 'errors') }, headers);
    return new TargetFault(`GitHub could not tell: ${message}`, wait === null, {
      cause: error,
      retry_after_ms: wait ?? 0,
    });
  }
  if (status === null)
    return new TargetFault('GitHub could not be reached', false, { cause: error });
  const wait = rateLimitWait({ status, headers, message });
  return new TargetFault(`GitHub answered ${status}: ${message}`, status < 500 && wait === null, {
    cause: error,
    retry_after_ms: wait ?? 0,
  });
}
