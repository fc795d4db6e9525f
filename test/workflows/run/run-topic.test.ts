import { describe, expect, test } from '@jest/globals';
import { Conflict, Late, RateLimited } from '../../../src/ports.js';
import type { Job, World } from '../../../src/ports.js';
import type { Lane } from '../../../src/core/work/lanes.js';
import { drain } from '../../../src/workflows/run/drain.js';
import { runJobs } from '../../../src/workflows/run/run-topic.js';
import { noteWrites } from '../../../src/workflows/run/note-writes.js';
import { minute, record, told } from '../../../lab/acme/story.js';

type Line = [level: string, fields: Record<string, unknown>, message: string];

/** Runs one job of a lane in a world of these parts; returns what was recorded of it, and what was logged. */
async function run(lane: Lane, topic: string, parts: object) {
  const kept: [string, string][] = [];
  const logged: Line[] = [];
  const log =
    (level: string) =>
    (fields: object, message: string): void =>
      void logged.push([level, { ...fields }, message]);
  const jobs: Job[] = [{ topic, version: 1, attempts: 3, owner: 'me' }];
  const world = {
    clock: { now: async () => new Date(minute(0)) },
    work: {
      sortDeliveries: async () => ({ sorted: 0, collapsed: 0, woken: 0 }),
      take: async () => jobs.splice(0),
      done: async () => undefined,
      failed: async (_: Job, error: string, at: Date) => void kept.push([error, at.toISOString()]),
    },
    owner: 'me',
    hold_ms: 15_000,
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    ...parts,
  } as unknown as World;
  await drain(world, runJobs(world), lane, () => false);
  return { kept, logged };
}

/** What happens to a topic that fails for the third time: its error, and when it is retried. */
async function afterwards(fails: Error, topic = 'comment:7') {
  const away = () => Promise.reject(fails);
  const ledger = { grants: away, state: away, shown: async () => ({ listed: true }) };
  return (await run('others', topic, { ledger, repository: { source: away } })).kept;
}

const seconds = (count: number) => new Date(Date.parse(minute(0)) + count * 1000).toISOString();

test.each<[string, Error, number]>([
  ['by the backoff', new Error('GitHub answered 500'), 8],
  ['at once, where it only has to be read again', new Conflict('read again'), 0],
  ['when GitHub says so, however often it failed', new RateLimited('wait', 90_000), 90],
  ['not before the backoff, where GitHub asks for less', new RateLimited('wait', 1_000), 8],
])('work that failed is retried %s', async (_, fails, after) => {
  expect(await afterwards(fails)).toEqual([[fails.message, seconds(after)]]);
});

test('a pull request whose head is slow to fetch seldom delays the others, and no landing', async () => {
  const late = new Late('git fetch did not end within 60000 ms');
  expect(await afterwards(late, 'pull:7')).toEqual([[late.message, seconds(600)]]);
  expect(await afterwards(late, 'tip')).toEqual([[late.message, seconds(8)]]);
});

test('invariant 16: the default branch is read with fetches that only landings use', async () => {
  const away = (by: string) => ({ source: () => Promise.reject(new Error(by)) });
  const landing = { repository: away('the landing'), pullRequests: {} };
  const { kept } = await run('tip', 'tip', { repository: away('the others'), landing });
  expect(kept.map(([error]) => error)).toEqual(['the landing']);
});

test('invariant 16: who has left is asked with what is kept for landings', async () => {
  const asking = (by: string) => ({ departed: () => Promise.reject(new Error(by)) });
  const { kept } = await run('tip', 'people', {
    ledger: {
      grants: async () => [{ ...record(told.approved()), member: true }],
      state: async () => ({ started: { source: { owner_id: 1 } }, policy: null, stopped: null }),
    },
    pullRequests: asking('the others'),
    landing: { repository: {}, pullRequests: asking('the landing') },
  });
  expect(kept.map(([error]) => error)).toEqual(['the landing']);
});

test('invariant 25: a job for a pull request that is not in the list of open ones reads the list, and nothing else', async () => {
  const wanted: (readonly string[])[] = [];
  const { kept, logged } = await run('others', 'pull:1000007', {
    // Anything else that is asked of it fails.
    ledger: { shown: async () => ({ listed: false }) },
    work: {
      take: (
        (jobs) => async () =>
          jobs.splice(0)
      )([{ topic: 'pull:1000007', version: 1, attempts: 1, owner: 'me' }]),
      want: async (topics: readonly string[]) => void wanted.push(topics),
      done: async () => undefined,
    },
  });
  expect([kept, wanted]).toEqual([[], [['pulls']]]);
  expect(logged.map(([level]) => level)).toEqual(['debug']);
});

/** A ledger with one grant of pull request 7, on which GitHub has a comment or none. */
const commented = (comment: string | null) => ({
  ledger: {
    grants: async () => [record(told.approved())],
    stepOf: async () => null,
    shown: async () => ({ comment, comment_id: null }),
    show: async () => undefined,
  },
  reports: { comment: async () => 1 },
});

describe('a job that ends is logged with its lane and its milliseconds', () => {
  const ms = expect.any(Number);
  const job = { topic: 'comment:7', lane: 'comments', ms };

  test('at level info if it wrote something', async () => {
    const { logged } = await run('comments', 'comment:7', commented(null));
    expect(logged).toEqual([['info', { ...job, outcome: 'done' }, 'job finished']]);
  });

  test('at level debug if there was nothing to do', async () => {
    const { logged } = await run('comments', 'comment:7', {
      ledger: { grants: async () => [], stepOf: async () => null },
    });
    expect(logged).toEqual([['debug', { ...job, outcome: 'idle' }, 'job finished']]);
  });

  test('as one that waits if it is to be run again, and the row keeps the time', async () => {
    const asked = record(told.approved(0), told.activating(1), told.activated(2));
    const { kept, logged } = await run('grants', `grant:${asked.id}`, {
      ledger: { grant: async () => asked },
    });
    expect(kept).toEqual([['', expect.any(String)]]);
    expect(Date.parse(kept[0]?.[1] ?? '')).toBeGreaterThan(Date.parse(minute(0)));
    const done = { topic: `grant:${asked.id}`, lane: 'grants', ms, outcome: 'waits' };
    expect(logged).toEqual([['debug', done, 'job finished']]);
  });

  test.each([
    ['an entry in the ledger', (to: World) => to.ledger.append(new Date(0), [])],
    ['a check', (to: World) => to.reports.check({} as never, null)],
    ['a comment', (to: World) => to.reports.comment(7, null, '…')],
  ])('%s counts as written, and a read does not', async (_, write) => {
    const answer = async () => [];
    const noted = noteWrites({
      ledger: { append: answer, grants: answer },
      reports: { check: answer, comment: answer },
    } as unknown as World);
    await noted.world.ledger.grants({});
    expect(noted.wrote()).toBe(false);
    await write(noted.world);
    expect(noted.wrote()).toBe(true);
  });

  test('as a warning if it failed, with the error and the time of the next attempt', async () => {
    const err = new Error('GitHub answered 500');
    const { logged } = await run('comments', 'comment:7', {
      ledger: { grants: () => Promise.reject(err) },
    });
    const retry_at = new Date(seconds(8));
    expect(logged).toEqual([
      ['warn', { ...job, outcome: 'failed', err, retry_at }, 'job failed and will be retried'],
    ]);
  });
});
