import { describe, expect, test } from '@jest/globals';
import { nextBoundary } from '../../../src/core/policy/boundary.js';
import type { Hours, Settings } from '../../../src/core/policy/catalog.js';

const BERLIN: Hours = {
  zone: 'Europe/Berlin',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '18:00',
};

function settings(...hours: (Hours | null)[]): Settings {
  return {
    teams: [],
    policy_owners: { teams: ['security'], users: [], count: 2 },
    environments: Object.fromEntries(
      hours.map((one, index) => [
        `environment-${String(index)}`,
        { max_duration_seconds: 3600, ...(one && { hours: one }) },
      ]),
    ),
    max_lead_seconds: 3600,
    activate_within_seconds: 3600,
    ending_soon_seconds: 900,
    mass_ending: { share: 0.25, number: 10 },
  };
}

describe('the next boundary of time', () => {
  test.each([
    ['within hours: their end', '2026-11-24T11:00:00Z', [BERLIN], '2026-11-24T17:00:00.000Z'],
    ['at the very start: their end', '2026-11-24T08:00:00Z', [BERLIN], '2026-11-24T17:00:00.000Z'],
    [
      'at the very end: the next start',
      '2026-11-24T17:00:00Z',
      [BERLIN],
      '2026-11-25T08:00:00.000Z',
    ],
    ['over the weekend', '2026-11-27T20:00:00Z', [BERLIN], '2026-11-30T08:00:00.000Z'],
    ['over a clock change', '2026-03-27T20:00:00Z', [BERLIN], '2026-03-30T07:00:00.000Z'],
    ['seconds are cut', '2026-11-24T16:59:59.999Z', [BERLIN], '2026-11-24T17:00:00.000Z'],
    [
      'hours of minutes are not stepped over',
      '2026-11-24T00:00:00Z',
      [{ ...BERLIN, from: '09:01', to: '09:03' }],
      '2026-11-24T08:01:00.000Z',
    ],
    [
      'the earliest of several',
      '2026-11-24T11:00:00Z',
      [BERLIN, { ...BERLIN, zone: 'Asia/Kathmandu' }, null],
      '2026-11-24T12:15:00.000Z',
    ],
    ['no hours anywhere', '2026-11-24T11:00:00Z', [null], null],
    ['hours of no day', '2026-11-24T11:00:00Z', [{ ...BERLIN, days: [] }], null],
  ] as const)('%s', (_, now, hours, expected) => {
    expect(nextBoundary(settings(...hours), new Date(now))?.toISOString() ?? null).toBe(expected);
  });
});
