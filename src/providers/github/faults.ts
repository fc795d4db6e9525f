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

/** A rate limit passes; https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function isRateLimit(error: unknown, status: number | null): boolean {
  if (status !== 403 && status !== 429) return false;
  const headers = field(field(error, 'response'), 'headers');
  return (
    status === 429 ||
    field(headers, 'retry-after') !== undefined ||
    field(headers, 'x-ratelimit-remaining') === '0' ||
    (error instanceof Error && /rate limit/i.test(error.message))
  );
}

/** What went wrong in GitHub's own words. No answer, a 5xx and a rate limit pass; the rest needs a person. */
export function faultOf(error: unknown): TargetFault {
  if (error instanceof TargetFault) return error;
  const status = statusOf(error);
  if (error instanceof Error && error.name === 'GraphqlResponseError') {
    const limited = /rate limit/i.test(error.message);
    const said = error.message.slice(0, 300);
    return new TargetFault(`GitHub could not tell: ${said}`, !limited, { cause: error });
  }
  if (status === null)
    return new TargetFault('GitHub could not be reached', false, { cause: error });
  const said = error instanceof Error ? error.message.slice(0, 300) : '';
  const lasting = status < 500 && !isRateLimit(error, status);
  return new TargetFault(`GitHub answered ${status}: ${said}`, lasting, { cause: error });
}
