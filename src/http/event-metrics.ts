import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { EventsOut } from '../workflows/tell/send-events.js';
import type { Reading } from './readings.js';

/** Counts calls to the receiver of events by their result, and the events that were left out. */
export function countEvents(registry: Registry): EventsOut['count'] {
  const events = new Counter({
    name: 'daypass_events_out_total',
    help: 'Calls to the receiver of events by result, and events that were left out',
    labelNames: ['result'],
    registers: [registry],
  });
  for (const result of ['sent', 'failed', 'left_out']) events.inc({ result }, 0);
  return (result) => events.inc({ result });
}

/** How long the oldest unsent event has waited, in seconds; `oldest` answers it. */
export function readEvents(oldest: () => Promise<number>): Reading {
  return async (into) => {
    const seconds = await oldest();
    const waited = new Gauge({
      name: 'daypass_events_out_oldest_seconds',
      help: 'Age of the oldest event that the receiver has not accepted yet; 0 if there is none',
      registers: [into],
    });
    waited.set(seconds);
  };
}
