import { setTimeout as pause } from 'node:timers/promises';
import type { Octokit } from '@octokit/rest';
import type { GitHubCall } from '../../core/work/github-call.js';
import type { CallPurpose } from '../../core/work/budget.js';
import {
  graphqlRateLimitWait,
  limitedResource,
  rateLimitWait,
} from '../../core/work/rate-limit.js';
import { RateLimited, TargetFault } from '../../ports/faults.js';
import { PastDeadline, within } from '../deadline.js';
import type { NotNow, Quota } from './quota.js';

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

/**
 * The HTTP status of a failed request: 500 when there was no answer at all; null for any other error. A target's fault
 * has the status of its cause.
 */
export function statusOf(error: unknown): number | null {
  if (error instanceof TargetFault) return statusOf(error.cause);
  if (error instanceof PastDeadline) return 500;
  const { status } = fields(error);
  return error instanceof Error && typeof status === 'number' ? status : null;
}

/** Whether GitHub answered a request that failed: Octokit gives a missing answer the status 500 too. */
export const isAnswer = (error: unknown): boolean =>
  statusOf(error) !== null && fields(error)['response'] !== undefined;

const headersOf = (error: unknown): Fields => fields(fields(fields(error)['response'])['headers']);

/** The port's error for a rate limit; `wait` is in ms. */
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

/** The limits of a client's requests, and the listener for them. */
export interface RequestBounds {
  /** Waits before a failed read is tried again, milliseconds. */
  readonly retries_ms: readonly number[];
  /** How long one request may take, milliseconds. */
  readonly deadline_ms: number;
  readonly onCall?: ((call: GitHubCall) => void) | undefined;
}

/** As whom requests are sent, and what for. */
export interface Sender {
  /** Shared by everything that asks as one installation. */
  readonly quota: Quota;
  readonly purpose: CallPurpose;
  readonly token?: (refresh: boolean) => Promise<string>;
}

/** The port's error for a call that is not sent now. */
const notSent = ({ why, wait_ms }: NotNow, resource: string): RateLimited =>
  why === 'limited'
    ? rateLimited(wait_ms)
    : new RateLimited(
        `what is left of GitHub's hourly limit (${resource}) is kept for ends and the default branch, wait ${Math.ceil(wait_ms / 1000)} s`,
        wait_ms,
      );

/**
 * Gives each request a deadline, retries a read after a 5xx or no answer at all, and turns GitHub's rate limits into
 * `RateLimited`; until one has passed, nothing more that it is about is sent. So it does with the last tenth of an hour's
 * limit, which is only for ends and the default branch. Writes, including GraphQL mutations, are tried once,
 * except after a 401, which did nothing: the token was revoked, or GitHub's clock is ahead of ours. A request's own
 * signal ends it too, and it is not sent once that is aborted.
 */
export function guardRequests(
  octokit: Octokit,
  { retries_ms, deadline_ms, onCall }: RequestBounds,
  { quota, purpose, token }: Sender,
): void {
  const asksToWait = (wait: number, headers: Fields, cause?: unknown): RateLimited => {
    quota.limited(wait, limitedResource(headers));
    return rateLimited(wait, cause);
  };
  octokit.hook.wrap('request', async (request, options) => {
    const graphql = options.url.endsWith('/graphql');
    const resource = graphql ? 'graphql' : 'core';
    const read = options.method === 'GET' || (graphql && !/^mutation\b/.test(options.query));
    const closing = options.request.signal;
    const call = {
      kind: graphql ? 'graphql' : 'rest',
      route: `${options.method} ${options.url}`,
    } as const;
    const tell = (answer: Fields) => {
      quota.told(fields(answer['headers']));
      onCall?.({ ...call, ...toldBy(answer) });
    };
    const spend = () => {
      const not_now = quota.spend(purpose, resource);
      if (not_now === null) return;
      const untold = { status: null, remaining: null, limit: null };
      if (not_now.why === 'reserved') onCall?.({ ...call, resource, ...untold, held_back: true });
      throw notSent(not_now, resource);
    };
    let refresh = false;
    const send = async () => {
      if (token) options.headers.authorization = `token ${await token(refresh)}`;
      return within(
        deadline_ms,
        async (signal) => {
          // Inner hooks see changes to the options object, but not a new one.
          options.request = { ...options.request, signal };
          try {
            const answer = await request(options);
            tell(fields(answer));
            return answer;
          } catch (error) {
            tell(fields(fields(error)['response']));
            throw error;
          }
        },
        closing,
      );
    };
    for (let attempt = 0; ;) {
      spend();
      try {
        const answer = await send();
        const wait = graphql ? graphqlRateLimitWait(answer.data, answer.headers) : null;
        if (wait !== null) throw asksToWait(wait, answer.headers);
        return answer;
      } catch (error) {
        const status = statusOf(error);
        if (error instanceof RateLimited) throw error;
        const asked = waitAfter(error);
        if (asked !== null) throw asksToWait(asked, headersOf(error), error);
        if (status === 401 && token && !refresh) {
          refresh = true;
          continue;
        }
        const wait = closing?.aborted ? undefined : retries_ms[attempt];
        if (!read || status === null || status < 500 || wait === undefined) throw error;
        await pause(wait, undefined, closing ? { signal: closing } : {});
        attempt += 1;
      }
    }
  });
}

/** What an answer says about itself and the hourly budget; all null if there was no answer. */
function toldBy(answer: Fields): Pick<GitHubCall, 'status' | 'resource' | 'remaining' | 'limit'> {
  const headers = fields(answer['headers']);
  const number = (name: string) => {
    const value = headers[name];
    return value === undefined || !Number.isFinite(Number(value)) ? null : Number(value);
  };
  const resource = headers['x-ratelimit-resource'];
  return {
    status: typeof answer['status'] === 'number' ? answer['status'] : null,
    resource: typeof resource === 'string' ? resource : null,
    remaining: number('x-ratelimit-remaining'),
    limit: number('x-ratelimit-limit'),
  };
}
