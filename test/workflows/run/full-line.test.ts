import { expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import type { Connection, Provider, Job, World } from '../../../src/ports.js';
import { createTargets } from '../../../src/providers/targets/targets.js';
import { activate } from '../../../src/workflows/grant/activate.js';
import { drain } from '../../../src/workflows/run/drain.js';
import { runJobs } from '../../../src/workflows/run/run-topic.js';
import { minute, record, told, window } from '../../../lab/acme/story.js';
import { until } from '../../../lab/until.js';
import { providers } from '../../support/core/policy-files.js';

const active = record(told.approved(), told.activating(1, window(1, 31)), told.activated(1));
if (!active.entitled) throw new Error('the story has no slot');
const entitled = active.entitled;

/** A grant on `dead` or `healthy` that is due. */
function grantOn(target: string, id: string): GrantRecord {
  const slot = { ...entitled.slot, target, identity: id };
  return { ...active, id, entitled: { ...entitled, slot }, fingerprint: target, pin: null };
}

const DEAD = ['dead', 'dead-1', 'dead-2', 'dead-3', 'dead-4', 'dead-5'];

/** A worker whose targets `dead` do not answer until they are let go. */
function worker(grants: readonly GrantRecord[], late_ms = 1_000) {
  const began = performance.now();
  const now = () =>
    new Date(Date.parse(minute(31)) + late_ms + Math.floor(performance.now() - began));
  const rows = new Map(grants.map(({ id }) => [`grant:${id}`, now()]));
  const byId = new Map(grants.map((one) => [one.id, one]));
  const taken = new Set<string>();
  const written: (NewEntry & { grant: string })[] = [];
  const waited: string[] = [];
  const failures: string[] = [];
  const letGo = new AbortController();
  const dead = new Promise<void>((resolve) => {
    letGo.signal.addEventListener('abort', () => resolve());
  });
  const provider = {
    ...providers['postgres'],
    join: (levels: readonly string[]) => levels[0] ?? null,
    realm: (of: string) => of,
    connect: async ({ url }: { url: string }) =>
      ({
        fingerprint: async () => {
          if (DEAD.includes(url)) await dead;
          return url;
        },
        observe: async () => [[]],
        set: async () => undefined,
      }) as unknown as Connection,
  } as unknown as Provider;
  const world = {
    clock: { now: async () => now() },
    ledger: {
      state: async () => ({ policy: null, stopped: null }),
      grant: async (id: string) => byId.get(id) ?? null,
      // Each grant has its own identity, and its id is the name of that.
      scheduledFor: async () => [],
      onSlot: async ({ identity }: { identity: string }) =>
        [byId.get(identity)].filter((one) => one !== undefined),
      append: async (_: Date, entries: readonly (NewEntry & { grant: string })[]) => {
        written.push(...entries);
        for (const { kind, grant } of entries) {
          const one = byId.get(grant);
          if (one && kind === 'grant.overdue') byId.set(grant, { ...one, overdue: true });
        }
        return [];
      },
    },
    work: {
      take: async (at: Date, owner: string, _: string, limit: number) => {
        const due = [...rows].filter(([topic, due_at]) => due_at <= at && !taken.has(topic));
        due.sort(([, one], [, other]) => one.getTime() - other.getTime());
        return due.slice(0, limit).map(([topic]): Job => {
          taken.add(topic);
          return { topic, version: 1, attempts: 1, owner };
        });
      },
      failed: async ({ topic }: Job, error: string, at: Date) => {
        if (error === '') waited.push(topic);
        else failures.push(error);
        taken.delete(topic);
        rows.set(topic, at);
      },
      done: async ({ topic }: Job) => void rows.delete(topic),
      hold: async () => true,
    },
    providers: { postgres: provider },
    targets: createTargets(
      { postgres: provider },
      Object.fromEntries([...DEAD, 'healthy'].map((name) => [name, name])),
      async () => [],
    ),
    leases: {
      acquire: async () => ({ remaining: () => 30_000, release: async () => undefined }),
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
  const running = { stop: false };
  const draining = drain(world, runJobs(world), 'grants', () => running.stop);
  const settle = async () => {
    running.stop = true;
    letGo.abort();
    await draining;
  };
  return {
    world,
    written,
    waited,
    failures,
    taken,
    now,
    settle,
    want: (id: string) => rows.set(`grant:${id}`, now()),
  };
}

const deads = (count: number, target = 'dead') =>
  Array.from({ length: count }, (_, n) => grantOn(target, `${target[5] ?? 'd'}${String(n)}`));

test.each([1, DEAD.length])(
  'invariants 14, 16: a thousand ends at %i targets that hang do not delay an end at another target, and are not failures',
  async (hanging) => {
    const { written, failures, taken, settle, want, now } = worker([
      ...DEAD.slice(0, hanging).flatMap((target) => deads(Math.ceil(1_000 / hanging), target)),
      grantOn('healthy', 'h'),
    ]);
    const wanted = now().getTime();
    want('h');
    const ended = () => written.find(({ kind }) => kind === 'grant.expired');
    while (!ended() && now().getTime() - wanted < 4_000) await new Promise((r) => setTimeout(r, 5));
    expect(ended()).toMatchObject({ grant: 'h' });
    // The hanging ones have a part of the lane each, and nothing was recorded about any of them.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken.size).toBeLessThanOrEqual(64 * hanging + 1);
    expect([written.length, failures]).toEqual([1, []]);
    await settle();
  },
);

test('invariant 16: an end that waits for a place becomes overdue by its own time, once, and waiting is no failure', async () => {
  const { written, waited, failures, settle } = worker(deads(70), 16_000);
  await until('all that wait are overdue', async () => written.length >= 6);
  waited.length = 0;
  await until('each has come again since', async () => new Set(waited).size === 6);
  expect(written.map(({ kind, grant }) => `${kind} ${grant}`).sort()).toEqual(
    [64, 65, 66, 67, 68, 69].map((n) => `grant.overdue d${String(n)}`),
  );
  expect(failures).toEqual([]);
  await settle();
});

test('a start at a target whose line is full asks nobody, writes nothing and comes again', async () => {
  const { world, written, settle } = worker(deads(64));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const asking = record(told.approved());
  const slot = { ...entitled.slot, target: 'dead' };
  const start = { ...asking, entitled: { ...entitled, slot } };
  const again = await activate(world, start, new Date(minute(1)));
  const after_ms = (again?.getTime() ?? 0) - Date.parse(minute(1));
  expect(after_ms).toBeGreaterThanOrEqual(300);
  // A failed attempt would be retried after two seconds at the earliest.
  expect(after_ms).toBeLessThan(2_000);
  expect(written).toEqual([]);
  await settle();
});
