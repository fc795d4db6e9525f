import { Counter, Gauge, type Registry } from 'prom-client';
import type { Work } from '../ports.js';
import type { Reading } from './readings.js';

/** Counts the deliveries that came in a flood, and were not looked at one by one. */
export function countCollapsed(work: Work, registry: Registry): Work {
  const counter = new Counter({
    name: 'daypass_deliveries_collapsed_total',
    help: 'Deliveries that were too many to be looked at one by one: all that may have changed was read instead',
    registers: [registry],
  });
  return {
    ...work,
    sortDeliveries: async (now) => {
      const done = await work.sortDeliveries(now);
      counter.inc(done.collapsed);
      return done;
    },
  };
}

/** How many deliveries wait to be sorted. */
export function readDeliveries(work: Pick<Work, 'deliveriesWaiting'>): Reading {
  return async (into) => {
    const gauge = new Gauge({
      name: 'daypass_deliveries_waiting',
      help: 'Stored deliveries that no worker has sorted yet; web stores no more when 10000 wait',
      registers: [into],
    });
    gauge.set(await work.deliveriesWaiting());
  };
}
