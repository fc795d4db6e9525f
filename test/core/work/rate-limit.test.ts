import { describe, expect, test } from '@jest/globals';
import { graphqlRateLimitWait, rateLimitWait } from '../../../src/core/work/rate-limit.js';

const date = 'Tue, 24 Nov 2026 11:00:00 GMT';
const inSeconds = (s: number) => String(Date.parse(date) / 1000 + s);

describe('what GitHub answers at a rate limit', () => {
  test.each([
    ['Retry-After', 429, { 'retry-after': '7' }, '', 7_000],
    ['nothing more', 429, {}, '', 60_000],
    ['the secondary limit', 403, { 'retry-after': '30' }, '', 30_000],
    [
      'a reset, by its own clock',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(90), date },
      '',
      90_000,
    ],
    [
      'a reset that has passed',
      429,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(-5), date },
      '',
      60_000,
    ],
    [
      'the secondary limit, while the hour has calls left',
      403,
      { 'x-ratelimit-remaining': '4990', 'x-ratelimit-reset': inSeconds(3_300), date },
      'You have exceeded a secondary rate limit.',
      60_000,
    ],
    ['a wait beyond an hour', 429, { 'retry-after': '86400' }, '', 60_000],
    ['no number', 429, { 'retry-after': 'soon' }, '', 60_000],
    ['words alone', 403, {}, 'You have exceeded a secondary rate limit.', 60_000],
    ['a refusal', 403, { 'x-ratelimit-remaining': '4999' }, 'Resource not accessible', null],
    ['a fault', 500, { 'retry-after': '7' }, 'rate limit', null],
    ['no answer', null, {}, 'rate limit', null],
  ])('%s', (_, status, headers, message, wait) => {
    expect(rateLimitWait({ status, headers, message })).toBe(wait);
  });
});

describe('what GitHub answers to GraphQL at a rate limit, with status 200', () => {
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(90), date };
  test.each([
    ['the type', { errors: [{ type: 'RATE_LIMITED', message: 'x' }] }, 90_000],
    ['another type', { errors: [{ type: 'RATE_LIMIT', code: 'graphql_rate_limit' }] }, 90_000],
    ['words alone', { errors: [{ message: 'You have exceeded a secondary rate limit' }] }, 90_000],
    ['words and no errors', { message: 'You have exceeded a secondary rate limit' }, 90_000],
    [
      'another error beside',
      { data: {}, errors: [{ type: 'NOT_FOUND', message: 'no team' }] },
      null,
    ],
    ['an answer', { data: { repository: null } }, null],
    ['errors of no shape', { errors: [null, 7, 'RATE_LIMITED'] }, null],
    ['nothing', null, null],
    ['text', 'rate limit', null],
  ])('%s', (_, body, wait) => {
    expect(graphqlRateLimitWait(body, headers)).toBe(wait);
  });
});
