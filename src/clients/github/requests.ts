import { setTimeout as pause } from 'node:timers/promises';
import type { Octokit } from '@octokit/rest';
import { graphqlRateLimitWait, rateLimitWait } from '../../core/work/rate-limit.js';
import { RateLimited } from '../../ports/faults.js';

type Headers = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Headers =>
  typeof value === 'object' && value !== null ? (value as Headers) : {};

/** The HTTP status of a failed request: 500 when there was no answer at all; null for any other error. */
export function statusOf(error: unknown): number | null {
  const { status } = fields(error);
  return error instanceof Error && typeof status === 'number' ? status : null;
}

/** Whether GitHub answered a request that failed: Octokit calls silence a status of 500, too. */
export const isAnswer = (error: unknown): boolean =>
  statusOf(error) !== null && fields(error)['response'] !== undefined;

const headersOf = (error: unknown): Headers => fields(fields(fields(error)['response'])['headers']);

/** The port's error for a limit that holds for so long, ms. */
const rateLimited = (wait: number, cause?: unknown): RateLimited =>
  new RateLimited(`GitHub's rate limit is reached, wait ${Math.ceil(wait / 1000)} s`, wait, {
    cause,
  });

const waitAfter = (error: unknown): number | null =>
  error instanceof Error
    ? rateLimitWait({
        status: statusOf(error),
        headers: headersOf(error),
        message: error.message,
      })
    : null;

/**
 * Gives each request a deadline, tries a read again after a 5xx or no answer at all, and turns
 * GitHub's rate limits into `RateLimited`; until one has passed nothing more is sent. Writes (GraphQL's mutations, too) are tried once, save
 * after a 401, which did nothing: the token was revoked, or GitHub's clock is ahead of ours.
 */
export function guardRequests(
  octokit: Octokit,
  {
    retries_ms,
    deadline_ms,
  }: { readonly retries_ms: readonly number[]; readonly deadline_ms: number },
  token?: (refresh: boolean) => Promise<string>,
): void {
  /** By the machine's steady clock. */
  let limited_until = 0;
  const limit = (wait: number, cause?: unknown): RateLimited => {
    limited_until = Math.max(limited_until, performance.now() + wait);
    return rateLimited(wait, cause);
  };
  octokit.hook.wrap('request', async (request, options) => {
    const left = limited_until - performance.now();
    if (left > 0) throw rateLimited(left);
    const graphql = options.url.endsWith('/graphql');
    const read = options.method === 'GET' || (graphql && !/^mutation\b/.test(options.query));
    let refresh = false;
    const send = async () => {
      if (token) options.headers.authorization = `token ${await token(refresh)}`;
      // Hooks within this one see changes of the options, but no options of ours.
      options.request = { ...options.request, signal: AbortSignal.timeout(deadline_ms) };
      return request(options);
    };
    for (let attempt = 0; ;) {
      try {
        const answer = await send();
        const wait = graphql ? graphqlRateLimitWait(answer.data, answer.headers) : null;
        if (wait !== null) throw limit(wait);
        return answer;
      } catch (error) {
        const status = statusOf(error);
        if (error instanceof RateLimited) throw error;
        const asked = waitAfter(error);
        if (asked !== null) throw limit(asked, error);
        if (status === 401 && token && !refresh) {
          refresh = true;
          continue;
        }
        const wait = retries_ms[attempt];
        if (!read || status === null || status < 500 || wait === undefined) throw error;
        await pause(wait);
        attempt += 1;
      }
    }
  });
}
