import { afterEach, describe, expect, test } from '@jest/globals';
import type { Lane } from '../../../src/core/work/lanes.js';
import type { Alarm, Job, World } from '../../../src/ports.js';
import type { Loop } from '../../../src/workflows/run/loop.js';
import { sortStored } from '../../../src/workflows/run/sort-stored.js';
import { runJobs } from '../../../src/workflows/run/run-topic.js';
import { watch } from '../../../src/workflows/run/watch.js';
import { until } from '../../../lab/until.js';

const LANE_OF: Readonly<Record<string, Lane>> = {
  grant: 'grants',
  tip: 'tip',
  comment: 'comments',
};
const laneOf = (topic: string): Lane => LANE_OF[topic.split(':')[0] ?? ''] ?? 'others';

/** A worker whose only rows are these topics, by when they are due; and what ran, and when. */
function worker(due: Map<string, Date>) {
  const ran: { topic: string; at: number }[] = [];
  const world = {
    clock: { now: async () => new Date() },
    work: {
      sortDeliveries: async () => ({ sorted: 0, collapsed: 0, woken: 0 }),
      want: async () => undefined,
      plan: async () => 0,
      take: async (now: Date, _: string, lane: Lane): Promise<Job[]> => {
        const topics = [...due]
          .filter(([topic, at]) => at <= now && laneOf(topic) === lane)
          .map(([topic]) => topic);
        for (const topic of topics) due.delete(topic);
        return topics.map((topic) => ({ topic, version: 1, attempts: 1, owner: 'me' }));
      },
      done: async () => undefined,
      nextDue: async (lane: Lane) => {
        const dues = [...due].filter(([topic]) => laneOf(topic) === lane).map(([, at]) => at);
        return dues.sort((a, b) => a.getTime() - b.getTime())[0] ?? null;
      },
    },
    ledger: {
      grant: async (id: string) => {
        ran.push({ topic: `grant:${id}`, at: Date.now() });
        return null;
      },
    },
    owner: 'me',
    hold_ms: 15_000,
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    },
  } as unknown as World;
  return { world, ran };
}

/** Far longer than a test may take, so that nothing runs because of these. */
const EVERY = { poll_ms: 3_600_000, sweep_ms: 3_600_000 };

const silent: Alarm = {
  ring: async () => undefined,
  listen: async () => undefined,
  close: async () => undefined,
};

let watching: Loop | undefined;
afterEach(() => watching?.stop());

describe('invariant 17: a worker whose bell never rings', () => {
  test.each<[string, Alarm]>([
    ['is silent', silent],
    ['cannot be rung', { ...silent, ring: () => Promise.reject(new Error('the queue is away')) }],
  ])('runs what is due, in order and never early, if the bell %s', async (_, alarm) => {
    const start = Date.now();
    const dues = [60, 180, 120, -5].map((ms) => new Date(start + ms));
    const due = new Map(dues.map((at, n) => [`grant:${n}`, at]));
    const { world, ran } = worker(due);
    watching = watch(world, runJobs(world), alarm, EVERY);
    await until('all four', async () => ran.length === 4);
    expect(ran.map(({ topic }) => topic)).toEqual(['grant:3', 'grant:0', 'grant:2', 'grant:1']);
    for (const { topic, at } of ran) {
      const planned = dues[Number(topic.slice('grant:'.length))]?.getTime() ?? Infinity;
      expect(at).toBeGreaterThanOrEqual(planned);
    }
  });

  test.each<[Lane, string]>([
    ['starts', 'grant:late'],
    ['tip', 'tip'],
    ['comments', 'comment:7'],
    ['others', 'pull:7'],
  ])('invariant 16: no grant waits for what hangs among %s', async (lane, topic) => {
    const { world, ran } = worker(new Map());
    let release: () => void = () => undefined;
    const hanging = new Promise<never>((_, reject) => {
      release = () => reject(new Error('at last'));
    });
    let hung = false;
    const hang = () => {
      hung = true;
      return hanging;
    };
    let left = 2;
    const grant = world.ledger.grant.bind(world.ledger);
    Object.assign(world, {
      repository: { source: hang },
      ledger: {
        state: hang,
        shown: async () => ({ listed: true }),
        grants: hang,
        grant: (id: string) => (id === 'late' ? hang() : grant(id)),
      },
      work: {
        ...world.work,
        take: async (_now: Date, _owner: string, of: Lane): Promise<Job[]> => {
          if (of === lane && left === 2) {
            left = 1;
            return [{ topic, version: 1, attempts: 1, owner: 'me' }];
          }
          if (of !== 'grants' || !hung || left === 0) return [];
          left = 0;
          return [{ topic: 'grant:7', version: 1, attempts: 1, owner: 'me' }];
        },
        nextDue: async (of: Lane) =>
          (of === lane && left === 2) || (of === 'grants' && hung && left === 1)
            ? new Date(0)
            : null,
        failed: async () => undefined,
      },
    });
    watching = watch(world, runJobs(world), silent, EVERY);
    await until('the look that hangs', async () => hung);
    watching.wake();
    await until('the grant', async () => ran.length === 1);
    release();
  });

  test('invariant 16: rows that cannot be taken for a moment do not delay what runs', async () => {
    const { world, ran } = worker(new Map());
    let release: () => void = () => undefined;
    const hanging = new Promise<null>((resolve) => {
      release = () => resolve(null);
    });
    const grant = world.ledger.grant.bind(world.ledger);
    let takes = 0;
    Object.assign(world, {
      ledger: { grant: (id: string) => (id === 'hangs' ? hanging : grant(id)) },
      work: {
        ...world.work,
        take: async (_now: Date, _owner: string, of: Lane): Promise<Job[]> => {
          if (of !== 'grants') return [];
          takes += 1;
          if (takes === 2) throw new Error('the database is away for a moment');
          const topic = { 1: 'grant:hangs', 3: 'grant:7' }[takes];
          return topic ? [{ topic, version: 1, attempts: 1, owner: 'me' }] : [];
        },
        nextDue: async (of: Lane) => (of === 'grants' && takes < 3 ? new Date(0) : null),
      },
    });
    watching = watch(world, runJobs(world), silent, EVERY);
    await until('the grant', async () => ran.length === 1);
    release();
  });

  test('takes nothing in a lane that has nothing due', async () => {
    const later = new Date(Date.now() + 3_600_000);
    const { world, ran } = worker(new Map([['grant:0', new Date(0)]]).set('tip', later));
    const { take } = world.work;
    const lanes = new Set<Lane>();
    Object.assign(world.work, {
      take: (...args: Parameters<typeof take>) => {
        lanes.add(args[2]);
        return take(...args);
      },
    });
    watching = watch(world, runJobs(world), silent, EVERY);
    watching.wake();
    await until('the grant', async () => ran.length === 1);
    await watching.stop();
    expect([...lanes]).toEqual(['grants']);
  });

  test('runs nothing more once it is stopped', async () => {
    const { world, ran } = worker(new Map([['grant:0', new Date(Date.now() + 50)]]));
    const stopping = watch(world, runJobs(world), silent, EVERY);
    await stopping.stop();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(ran).toEqual([]);
  });
});

test('invariant 17: when it is stopped, it ends after the running work has ended, and that is done', async () => {
  const { world } = worker(new Map([['grant:one', new Date(0)]]));
  const happened: string[] = [];
  let release: () => void = () => undefined;
  Object.assign(world.ledger, {
    grant: async () => {
      happened.push('begun');
      await new Promise<void>((resolve) => (release = resolve));
      return null;
    },
  });
  Object.assign(world.work, { done: async () => void happened.push('done') });
  watching = watch(world, runJobs(world), silent, EVERY);
  await until('the work', async () => happened.length === 1);
  const stopped = watching.stop().then(() => happened.push('stopped'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(happened).toEqual(['begun']);
  release();
  await stopped;
  expect(happened).toEqual(['begun', 'done', 'stopped']);
});

test('invariants 16, 17: no lane waits while deliveries are sorted, however many there are', async () => {
  const { world, ran } = worker(new Map());
  let sorting = 0;
  let release: () => void = () => undefined;
  let tips = 0;
  const rows = new Map([
    ['tip', new Date(0)],
    ['grant:7', new Date(0)],
  ]);
  const other = worker(rows);
  Object.assign(world, {
    ledger: other.world.ledger,
    landing: { repository: { source: async () => Promise.reject(new Error(`${(tips += 1)}`)) } },
    work: {
      ...other.world.work,
      failed: async () => undefined,
      sortDeliveries: async () => {
        sorting += 1;
        await new Promise<void>((resolve) => (release = resolve));
        return { sorted: 1, collapsed: 0, woken: 1 };
      },
    },
  });
  watching = watch(world, runJobs(world), silent, EVERY);
  await until('both lanes', async () => tips === 1 && other.ran.length === 1);
  expect([sorting, ran]).toEqual([1, []]);
  // What was sorted wakes the lanes at once.
  rows.set('tip', new Date(0));
  release();
  await until('the tip again', async () => tips === 2);
});

test('invariant 25: after a flood of deliveries none is sorted before the next poll, and this is logged', async () => {
  const { world } = worker(new Map());
  const said: [object, string][] = [];
  let sorts = 0;
  let woken = 0;
  Object.assign(world, {
    log: { error: (fields: object, why: string) => said.push([fields, why]) },
  });
  Object.assign(world.work, {
    sortDeliveries: async () => {
      sorts += 1;
      return { sorted: 0, collapsed: 10_000, woken: 2 };
    },
  });
  const once = sortStored(world, EVERY.poll_ms, () => (woken += 1));
  for (let i = 0; i < 5; i += 1) await once();
  expect([sorts, woken]).toEqual([1, 1]);
  expect(said).toEqual([[{ collapsed: 10_000 }, expect.stringMatching(/^too many deliveries/)]]);
});

test('invariant 25: deliveries that keep coming wake ever fewer looks, and those that wake nothing hold up none', async () => {
  const { world } = worker(new Map());
  let sorts = 0;
  let woken = 0;
  Object.assign(world.work, {
    sortDeliveries: async () => {
      sorts += 1;
      return { sorted: 1, collapsed: 0, woken };
    },
  });
  const once = sortStored(world, EVERY.poll_ms, () => undefined);
  for (let i = 0; i < 100; i += 1) await once();
  expect(sorts).toBe(100);
  woken = 2;
  for (let i = 0; i < 100; i += 1) await once();
  expect(sorts).toBe(130);
});

test('invariant 17: the tip, who has left and open pull requests are wanted at boot and repeatedly, without a delivery', async () => {
  const { world } = worker(new Map());
  const wanted: (readonly string[])[] = [];
  Object.assign(world.work, {
    want: async (topics: readonly string[]) => void wanted.push(topics),
  });
  watching = watch(world, runJobs(world), silent, { ...EVERY, sweep_ms: 20 });
  await until('three sweeps', async () => wanted.length >= 3);
  expect(wanted.slice(0, 3)).toEqual([
    ['tip', 'people', 'pulls'],
    ['tip', 'people', 'pulls'],
    ['tip', 'people', 'pulls'],
  ]);
});

test('invariant 17: what is due is planned from the grants at boot and at each poll', async () => {
  const due = new Map<string, Date>();
  const { world, ran } = worker(due);
  let looks = 0;
  Object.assign(world.work, {
    plan: async (now: Date, all: boolean) => {
      if (all) return 0;
      looks += 1;
      if (looks === 1) throw new Error('the database is away for a moment');
      if (looks !== 3) return 0;
      due.set('grant:lost', now);
      return 1;
    },
  });
  watching = watch(world, runJobs(world), silent, { poll_ms: 20, sweep_ms: 3_600_000 });
  await until('the grant whose row was lost', async () => ran.length === 1);
  expect(ran[0]?.topic).toBe('grant:lost');
});

test('invariant 17: everything is planned from the grants at boot and at each sweep, without delaying what is due', async () => {
  const { world } = worker(new Map());
  let release: () => void = () => undefined;
  const planned = { all: 0, due: 0 };
  Object.assign(world.work, {
    plan: async (_: Date, all: boolean) => {
      planned[all ? 'all' : 'due'] += 1;
      if (all && planned.all === 2) await new Promise<void>((resolve) => (release = resolve));
      return 0;
    },
  });
  watching = watch(world, runJobs(world), silent, { poll_ms: 20, sweep_ms: 20 });
  await until('the second look at all', async () => planned.all === 2);
  const before = planned.due;
  await until('looks at what is due', async () => planned.due > before + 2);
  release();
});

test('invariant 17: the bell is set for what is due next', async () => {
  const at = new Date(Date.now() + 3_600_000);
  const rung: Date[] = [];
  const { world } = worker(new Map([['grant:later', at]]));
  watching = watch(
    world,
    runJobs(world),
    { ...silent, ring: async (due) => void rung.push(due) },
    EVERY,
  );
  await until('the bell', async () => rung.length > 0);
  expect(rung[0]).toEqual(at);
});
