import { Gauge, Registry } from 'prom-client';

/** Gauges that something else has to be asked for: asks, and registers them with what it was told. */
export type Reading = (into: Registry) => Promise<void>;

/** What answers a scrape. */
export type Scraped = Pick<Registry, 'contentType' | 'metrics'>;

/** A scrape waits this long for a reading, ms; Prometheus gives up after 10 s by default. */
const DEADLINE_MS = 2_000;

/**
 * The metrics of a process: those of `registry`, and each reading as it is now. A reading that fails or does not answer in
 * time is left out, and `daypass_reading_success` tells which: a database that is away costs no other metric. It is asked
 * once at a time, however often it is scraped.
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
        help: 'Whether what this scrape asks for answered in time: 1, or 0 where its metrics are left out',
        labelNames: ['reading'],
        registers: [told],
      });
      const answers = Object.entries(readings).map(async ([name, reading]) => {
        const answered = await inTime(ask(name, reading), deadline_ms);
        success.set({ reading: name }, answered ? 1 : 0);
        return answered ? [answered] : [];
      });
      return Registry.merge([registry, told, ...(await Promise.all(answers)).flat()]).metrics();
    },
  };
}

/** Null where it fails, or does not come in time. */
async function inTime<T>(coming: Promise<T>, deadline_ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), deadline_ms);
  });
  try {
    return await Promise.race([coming.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
