import { Gauge, Registry } from 'prom-client';
import { within } from '../clients/deadline.js';

/** Gauges whose values come from elsewhere: fetches the values and registers the gauges with them. */
export type Reading = (into: Registry) => Promise<void>;

/** Answers a scrape. */
export type Scraped = Pick<Registry, 'contentType' | 'metrics'>;

/** A scrape waits this long for a reading, ms; Prometheus gives up after 10 s by default. */
const DEADLINE_MS = 2_000;

/**
 * The metrics of a process: those of `registry`, and the current value of each reading. A reading that fails or times
 * out is left out, and `daypass_reading_success` names it, so an unreachable database affects no other metric. Each
 * reading runs once at a time, however often the process is scraped.
 */
export function withReadings(
  registry: Registry,
  readings: Readonly<Record<string, Reading>>,
  deadline_ms = DEADLINE_MS,
): Scraped {
  const asked = new Map<string, Promise<Registry>>();
  const ask = (name: string, reading: Reading): Promise<Registry> => {
    const under_way = asked.get(name);
    if (under_way) return under_way;
    const into = new Registry();
    const asking = reading(into)
      .then(() => into)
      .finally(() => asked.delete(name));
    asked.set(name, asking);
    return asking;
  };
  return {
    contentType: registry.contentType,
    metrics: async () => {
      const told = new Registry();
      const success = new Gauge({
        name: 'daypass_reading_success',
        help: '1 if this reading answered in time; 0 if not, and then its metrics are missing',
        labelNames: ['reading'],
        registers: [told],
      });
      const answers = Object.entries(readings).map(async ([name, reading]) => {
        const answered = await within(deadline_ms, () => ask(name, reading)).catch(() => null);
        success.set({ reading: name }, answered ? 1 : 0);
        return answered ? [answered] : [];
      });
      return Registry.merge([registry, told, ...(await Promise.all(answers)).flat()]).metrics();
    },
  };
}
