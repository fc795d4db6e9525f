import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EventsOut } from '../workflows/tell/send-events.js';
import type { Reading } from './readings.js';

/** Counts calls to the receiver of events by what came of them, and what was left out. */
export function countEvents(registry: Registry): EventsOut['count'] {
  const events = new Counter({
    name: 'daypass_events_out_total',
    help: 'Calls to the receiver of events, sent or failed, and events that were left out',
    labelNames: ['result'],
    registers: [registry],
  });
  for (const result of ['sent', 'failed', 'left_out']) events.inc({ result }, 0);
  return (result) => events.inc({ result });
}

/** How long the oldest event that was not told has waited, as `oldest` answers it, seconds. */
export function readEvents(oldest: () => Promise<number>): Reading {
  return async (into) => {
    const seconds = await oldest();
    const waited = new Gauge({
      name: 'daypass_events_out_oldest_seconds',
      help: 'How long the oldest event has waited that its receiver has not taken; 0 where there is none',
      registers: [into],
    });
    waited.set(seconds);
  };
}
