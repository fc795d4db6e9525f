import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Entry } from '../core/ledger/events.js';
import type { Clock, Deliveries, Ledger } from '../ports.js';
import type { Reading } from './readings.js';

/** A registry for one process, with the default process metrics and the build's version. */
export function createRegistry(version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: 'daypass_build_info',
    help: 'Always 1; the version is that of package.json',
    labelNames: ['version'],
    registers: [registry],
  });
  build.set({ version }, 1);
  return registry;
}

/** Counts the verified deliveries that web stored or failed to store. */
export function countDeliveries(deliveries: Deliveries, registry: Registry): Deliveries {
  const stored = new Counter({
    name: 'daypass_deliveries_total',
    help: 'Verified webhook deliveries, stored or not stored',
    labelNames: ['result'],
    registers: [registry],
  });
  return {
    store: async (delivery) => {
      try {
        await deliveries.store(delivery);
        stored.inc({ result: 'stored' });
      } catch (error) {
        stored.inc({ result: 'not_stored' });
        throw error;
      }
    },
  };
}

/** Counts ledger entries by kind, and how late starts and ends were. */
export function countEntries(ledger: Ledger, registry: Registry): Ledger {
  const entries = new Counter({
    name: 'daypass_entries_total',
    help: 'Ledger entries written by this process, by kind',
    labelNames: ['kind'],
    registers: [registry],
  });
  const lateness = new Histogram({
    name: 'daypass_lateness_seconds',
    help: 'Seconds from the planned moment until access was seen to be there (start) or gone (end)',
    labelNames: ['moment'],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 3600],
    registers: [registry],
  });
  const count = (entry: Entry) => {
    entries.inc({ kind: entry.kind });
    if (entry.kind === 'grant.activated')
      lateness.observe({ moment: 'start' }, entry.body.late_ms / 1000);
    if (entry.kind === 'grant.expired' || entry.kind === 'grant.revoked') {
      lateness.observe({ moment: 'end' }, entry.body.late_ms / 1000);
    }
  };
  return {
    ...ledger,
    append: async (now, news, options) => {
      const written = await ledger.append(now, news, options);
      written.forEach(count);
      return written;
    },
  };
}

/** How many grants are active, and how many are overdue: past their end, and not seen gone yet. */
export function readGrants(from: {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'counts'>;
}): Reading {
  return async (into) => {
    const { live, overdue } = await from.ledger.counts(await from.clock.now());
    const grants = new Gauge({
      name: 'daypass_grants',
      help: 'Grants whose access exists: all of them, and those past their end and not seen gone',
      labelNames: ['flag'],
      registers: [into],
    });
    grants.set({ flag: 'active' }, live);
    grants.set({ flag: 'overdue' }, overdue);
  };
}
