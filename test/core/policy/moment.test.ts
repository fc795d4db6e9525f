import { expect, test } from '@jest/globals';
import { inZone, momentOf } from '../../../src/core/policy/moment.js';

test.each([
  ['2026-11-24T23:30:00Z', 'Europe/Berlin', { hour: 0, minute: 30, weekday: 'wed' }],
  ['2026-07-01T23:30:00Z', 'Europe/Berlin', { hour: 1, minute: 30, weekday: 'thu' }],
  ['2026-11-24T00:00:00Z', 'UTC', { hour: 0, minute: 0, weekday: 'tue' }],
  ['2026-11-24T00:15:00Z', 'Asia/Kathmandu', { hour: 6, minute: 0, weekday: 'tue' }],
  ['2026-11-22T05:00:00Z', 'America/New_York', { hour: 0, minute: 0, weekday: 'sun' }],
])('invariant 13: %s in %s', (at, zone, local) => {
  const now = new Date(at);
  expect(momentOf(now, zone)).toMatchObject({
    rfc3339: now.toISOString(),
    ...inZone(now, 'UTC'),
    zone: { name: zone, ...local },
  });
  expect(() => momentOf(now, 'Mars/Base')).toThrow(RangeError);
});
