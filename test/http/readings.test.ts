import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { readGrants } from '../../src/http/metrics.js';
import { withReadings } from '../../src/http/readings.js';
import { readLanes } from '../../src/http/work-metrics.js';
import type { Depth } from '../../src/ports.js';

const now = new Date('2026-11-24T12:00:00Z');
const none: Depth = { due: 0, waiting: 0, oldest: null };
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

/** The lines of Daypass's own metrics, without the help. */
const lines = (text: string) => text.split('\n').filter((line) => line.startsWith('daypass_'));

const counts = { live: 3, overdue: 1, one_overdue: 'a@1' };
const clock = { now: async () => now };
const grants = readGrants({ clock, ledger: { counts: async () => counts } });

test('each lane has the number that is due, the number that waits in all, and the age of the oldest', async () => {
  const lanes = readLanes({
    clock: { now: async () => now },
    work: {
      depths: async () => ({
        grants: { due: 2, waiting: 9, oldest: ago(1.5) },
        starts: none,
        tip: { due: 1, waiting: 1, oldest: ago(-0.2) },
        comments: none,
        requests: none,
        others: { due: 0, waiting: 4, oldest: null },
      }),
    },
  });
  const text = await withReadings(new Registry(), { lanes }).metrics();
  expect(lines(text)).toEqual([
    'daypass_reading_success{reading="lanes"} 1',
    'daypass_lane_due{lane="grants"} 2',
    'daypass_lane_due{lane="starts"} 0',
    'daypass_lane_due{lane="tip"} 1',
    'daypass_lane_due{lane="comments"} 0',
    'daypass_lane_due{lane="requests"} 0',
    'daypass_lane_due{lane="others"} 0',
    'daypass_lane_waiting{lane="grants"} 9',
    'daypass_lane_waiting{lane="starts"} 0',
    'daypass_lane_waiting{lane="tip"} 1',
    'daypass_lane_waiting{lane="comments"} 0',
    'daypass_lane_waiting{lane="requests"} 0',
    'daypass_lane_waiting{lane="others"} 4',
    'daypass_lane_oldest_due_seconds{lane="grants"} 1.5',
    'daypass_lane_oldest_due_seconds{lane="starts"} 0',
    'daypass_lane_oldest_due_seconds{lane="tip"} 0',
    'daypass_lane_oldest_due_seconds{lane="comments"} 0',
    'daypass_lane_oldest_due_seconds{lane="requests"} 0',
    'daypass_lane_oldest_due_seconds{lane="others"} 0',
  ]);
});

test('a reading that fails is left out and logged, and other metrics are not affected', async () => {
  let away = false;
  const flaky = readGrants({
    clock,
    ledger: {
      counts: () => (away ? Promise.reject(new Error('away')) : Promise.resolve(counts)),
    },
  });
  const scraped = withReadings(new Registry(), { flaky });
  expect(lines(await scraped.metrics())).toEqual([
    'daypass_reading_success{reading="flaky"} 1',
    'daypass_grants{flag="active"} 3',
    'daypass_grants{flag="overdue"} 1',
  ]);
  away = true;
  expect(lines(await scraped.metrics())).toEqual(['daypass_reading_success{reading="flaky"} 0']);
  away = false;
  expect(lines(await scraped.metrics())).toHaveLength(3);
});

test('a reading that hangs is waited for until its deadline, and not started again meanwhile', async () => {
  let asked = 0;
  let answer: () => void = () => undefined;
  const hanging = () => {
    asked += 1;
    return new Promise<void>((resolve) => (answer = resolve));
  };
  const scraped = withReadings(new Registry(), { hanging, grants }, 50);
  const [one, other] = await Promise.all([scraped.metrics(), scraped.metrics()]);
  for (const text of [one, other, await scraped.metrics()]) {
    expect(lines(text)).toEqual([
      'daypass_reading_success{reading="grants"} 1',
      'daypass_reading_success{reading="hanging"} 0',
      'daypass_grants{flag="active"} 3',
      'daypass_grants{flag="overdue"} 1',
    ]);
  }
  expect(asked).toBe(1);
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  const text = scraped.metrics();
  answer();
  expect(lines(await text)).toContain('daypass_reading_success{reading="hanging"} 1');
  expect(asked).toBe(2);
});
