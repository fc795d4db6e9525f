import { Gauge } from 'prom-client';
import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { LANE_NAMES } from '../core/work/lanes.js';
import type { Clock, Work } from '../ports.js';
import type { Reading } from './readings.js';

/** What waits in each lane, and for how long. */
export function readLanes(from: {
  readonly clock: Clock;
  readonly work: Pick<Work, 'depths'>;
}): Reading {
  return async (into) => {
    const now = await from.clock.now();
    const depths = await from.work.depths(now);
    const gauge = (name: string, help: string) =>
      new Gauge({ name, help, labelNames: ['lane'], registers: [into] });
    const due = gauge('daypass_lane_due', 'Jobs that are due and not running');
    const waiting = gauge(
      'daypass_lane_waiting',
      'Jobs that are not running, including those due later',
    );
    const oldest = gauge(
      'daypass_lane_oldest_due_seconds',
      'How long the oldest job that is due and not running has been due; 0 if there is none',
    );
    for (const lane of LANE_NAMES) {
      const depth = depths[lane];
      due.set({ lane }, depth.due);
      waiting.set({ lane }, depth.waiting);
      const waited = depth.oldest ? differenceInMilliseconds(now, depth.oldest) : 0;
      oldest.set({ lane }, Math.max(0, waited) / 1000);
    }
  };
}
