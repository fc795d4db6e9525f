import { afterEach, describe, expect, test } from '@jest/globals';
import type { Alarm, Taken, World } from '../../src/ports.js';
import type { Lane } from '../../src/workflows/lane.js';
import { watch } from '../../src/workflows/watch.js';
import { until } from '../support/process.js';

/** A worker whose only rows are these topics, by when they are due; what ran, and when. */
function worker(due: Map<string, Date>) {
  const ran: { topic: string; at: number }[] = [];
  const world = {
    clock: { now: async () => new Date() },
    work: {
      sortDeliveries: async () => 0,
      want: async () => undefined,
      take: async (now: Date): Promise<Taken[]> => {
        const topics = [...due].filter(([, at]) => at <= now).map(([topic]) => topic);
        for (const topic of topics) due.delete(topic);
        return topics.map((topic) => ({ topic, version: 1, attempts: 1, owner: 'me' }));
      },
      done: async () => undefined,
      nextDue: async () => [...due.values()].sort((a, b) => a.getTime() - b.getTime())[0] ?? null,
    },
    ledger: {
      grant: async (id: string) => {
        ran.push({ topic: `grant:${id}`, at: Date.now() });
        return null;
      },
    },
    owner: 'me',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  } as unknown as World;
  return { world, ran };
}

/** Far longer than a test may take, so that nothing runs because of them. */
const EVERY = { look_ms: 3_600_000, sweep_ms: 3_600_000, hold_ms: 15_000, limit: 8 };

const silent: Alarm = {
  ring: async () => undefined,
  listen: async () => undefined,
  close: async () => undefined,
};

let watching: Lane | undefined;
afterEach(() => watching?.stop());

describe('invariant 17: a worker whose bell never rings', () => {
  test.each<[string, Alarm]>([
    ['is silent', silent],
    ['cannot be rung', { ...silent, ring: () => Promise.reject(new Error('the queue is away')) }],
  ])('runs what is due, in order and never early, where the bell %s', async (_, alarm) => {
    const start = Date.now();
    const dues = [60, 180, 120, -5].map((ms) => new Date(start + ms));
    const due = new Map(dues.map((at, n) => [`grant:${n}`, at]));
    const { world, ran } = worker(due);
    watching = watch(world, alarm, EVERY);
    await until('all four', async () => ran.length === 4);
    expect(ran.map(({ topic }) => topic)).toEqual(['grant:3', 'grant:0', 'grant:2', 'grant:1']);
    for (const { topic, at } of ran) {
      const planned = dues[Number(topic.slice('grant:'.length))]?.getTime() ?? Infinity;
      expect(at).toBeGreaterThanOrEqual(planned);
    }
  });

  test('runs nothing more once it is stopped', async () => {
    const { world, ran } = worker(new Map([['grant:0', new Date(Date.now() + 50)]]));
    const stopping = watch(world, silent, EVERY);
    await stopping.stop();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(ran).toEqual([]);
  });
});
