import { describe, expect, test } from '@jest/globals';
import { isStale, nextAfter, type Answer } from '../../../src/core/events/answer.js';

const now = new Date('2026-11-24T12:00:00.000Z');
const answered = (status: number, retry_after: string | null = null): Answer => ({
  status,
  retry_after,
});

describe('what happens after the answer of a receiver', () => {
  test.each([200, 202, 204])('%i: the event was delivered', (status) => {
    expect(nextAfter(answered(status), 1, now)).toEqual({ then: 'on' });
  });

  test.each([301, 307, 400, 401, 403, 404, 408, 418, 429, 500, 502, 503, 504])(
    '%i: the event is sent again',
    (status) => {
      expect(nextAfter(answered(status), 1, now)).toMatchObject({
        then: 'again',
        at: new Date('2026-11-24T12:00:01.000Z'),
        why: `answered ${String(status)}`,
      });
    },
  );

  test('410 stops all events; 413 and 422 refuse this one', () => {
    expect(nextAfter(answered(410), 1, now).then).toBe('pause');
    expect(nextAfter(answered(413), 1, now).then).toBe('leave_out');
    expect(nextAfter(answered(422), 1, now).then).toBe('leave_out');
  });

  test.each([
    [1, 1],
    [2, 2],
    [5, 16],
    [10, 512],
    [11, 600],
    [10_000, 600],
  ])('after failure %i Daypass waits %i s', (failures, seconds) => {
    const next = nextAfter({ fault: 'no answer' }, failures, now);
    expect(next).toEqual({
      then: 'again',
      at: new Date(now.getTime() + seconds * 1000),
      why: 'no answer',
    });
  });

  test.each<[string, number, string | null, number]>([
    ['seconds', 429, '120', 120],
    ['a date', 503, 'Tue, 24 Nov 2026 12:02:00 GMT', 120],
    ['less than the wait of its own', 429, '0', 1],
    ['a date that is past', 429, 'Tue, 24 Nov 2026 11:00:00 GMT', 1],
    ['more than an hour', 429, '86400', 3600],
    ['nonsense', 429, 'soon', 1],
    ['nothing', 429, null, 1],
    ['something with another status', 500, '120', 1],
  ])('Retry-After of %s', (_, status, header, seconds) => {
    expect(nextAfter(answered(status, header), 1, now)).toMatchObject({
      at: new Date(now.getTime() + seconds * 1000),
    });
  });

  test('an event is not sent any more three days after it happened', () => {
    expect(isStale('2026-11-21T12:00:00.000Z', now)).toBe(false);
    expect(isStale('2026-11-21T11:59:59.999Z', now)).toBe(true);
  });
});
