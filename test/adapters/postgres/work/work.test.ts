import { beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { createWork } from '../../../../src/adapters/postgres/work/work.js';
import type { Lane } from '../../../../src/core/work/lanes.js';
import { pullTopic } from '../../../../src/core/work/topic.js';
import type { Job, Work } from '../../../../src/ports.js';
import { GRANT, told, window } from '../../../../lab/acme/story.js';
import { at, of } from '../entries.js';
import { ledgerDatabase, poolOf, type Urls } from '../released.js';

let urls: Urls;
let owner: pg.Pool;
let pool: pg.Pool;
let work: Work;
/** The lane that the test takes from. */
let lane: Lane;
beforeEach(async () => {
  lane = 'others';
  urls = await ledgerDatabase();
  owner = poolOf(urls.owner, 1);
  pool = poolOf(urls.worker);
  work = createWork(pool);
});

const HOLD = 60_000;
const topics = (taken: readonly Job[]) => taken.map(({ topic }) => topic).sort();
async function takeOne(now = at(0)): Promise<Job> {
  const [taken] = await work.take(now, 'me', lane, 1, HOLD);
  if (!taken) throw new Error('nothing was due');
  return taken;
}
/** Makes this much of every hold pass in the database. */
const passes = (ms: number) =>
  owner.query(`UPDATE daypass.work SET taken_until = taken_until - $1 * interval '1 millisecond'`, [
    ms,
  ]);

describe('a wanted topic', () => {
  test('is taken when it is due, by one worker, and gone when it is done', async () => {
    await work.want(['pulls', 'pull:7'], at(1));
    expect(await work.take(at(0), 'me', lane, 10, HOLD)).toEqual([]);
    expect(await work.nextDue(lane)).toEqual(at(1));
    const [mine, others] = [
      await work.take(at(1), 'me', lane, 10, HOLD),
      await createWork(poolOf(urls.worker)).take(at(1), 'you', lane, 10, HOLD),
    ];
    expect(topics(mine)).toEqual(['pull:7', 'pulls']);
    expect(others).toEqual([]);
    expect(await work.nextDue(lane)).toBeNull();
    for (const taken of mine) await work.done(taken);
    expect(await work.take(at(99), 'me', lane, 10, HOLD)).toEqual([]);
  });

  test('of several that are done together, each is put back as it should be', async () => {
    await work.want(['pull:1', 'pull:2', 'pull:3'], at(0));
    const mine = await work.take(at(0), 'me', lane, 10, HOLD);
    await work.want(['pull:2'], at(0));
    await Promise.all(
      mine.map((taken) => work.done(taken.topic === 'pull:3' ? { ...taken, owner: 'you' } : taken)),
    );
    expect(topics(await work.take(at(0), 'you', lane, 10, HOLD))).toEqual(['pull:2']);
    const { rows } = await pool.query('SELECT topic FROM daypass.work ORDER BY topic');
    expect(rows).toEqual([{ topic: 'pull:2' }, { topic: 'pull:3' }]);
  });

  test('is due at the earliest of the times that it is wanted at', async () => {
    await work.want(['pulls'], at(5));
    await work.want(['pulls'], at(3));
    await work.want(['pulls', 'pulls'], at(9));
    expect(await work.nextDue(lane)).toEqual(at(3));
  });

  test('invariant 17: if it is wanted while it is taken, it runs once more', async () => {
    await work.want(['pull:7'], at(0));
    const first = await takeOne();
    await work.want(['pull:7'], at(0));
    expect(await work.take(at(0), 'you', lane, 10, HOLD)).toEqual([]);
    await work.done(first);
    await work.done(await takeOne());
    expect(await work.nextDue(lane)).toBeNull();
  });

  test('if it is wanted for later while it is taken, it runs later, not at once', async () => {
    await work.want(['pull:7'], at(0));
    const first = await takeOne();
    await work.want(['pull:7'], at(30));
    await work.done(first);
    expect(await work.take(at(29), 'me', lane, 10, HOLD)).toEqual([]);
    expect((await takeOne(at(30))).topic).toBe('pull:7');
  });

  test('invariant 17: if its worker died, it is taken again after the hold, with its errors', async () => {
    await work.want(['pull:7'], at(0));
    const lost = await takeOne();
    await work.want(['pull:7'], at(30));
    await passes(HOLD);
    expect(await work.nextDue(lane)).toEqual(at(0));
    const [again] = await work.take(at(0), 'you', lane, 10, HOLD);
    expect(again).toMatchObject({ topic: 'pull:7', attempts: 2 });
    // The worker that was thought dead has no say any more.
    await work.done(lost);
    await work.failed(lost, 'late', at(0));
    expect(await work.renew([lost], HOLD)).toBe(false);
    expect(await work.renew([again as Job], HOLD)).toBe(true);
    await work.done(again as Job);
    expect(await work.nextDue(lane)).toEqual(at(30));
  });

  test('a hold that is renewed is not lost', async () => {
    await work.want(['pull:7'], at(0));
    const mine = await takeOne();
    for (let i = 0; i < 4; i++) {
      await passes(HOLD * 0.75);
      expect(await work.take(at(0), 'you', lane, 10, HOLD)).toEqual([]);
      expect(await work.renew([mine], HOLD)).toBe(true);
    }
  });

  test('that failed comes back when it is to be retried, or sooner if it is wanted', async () => {
    await work.want(['pull:7'], at(0));
    await work.failed(await takeOne(), 'connection refused', at(5));
    expect(await work.nextDue(lane)).toEqual(at(5));
    expect((await pool.query('SELECT last_error FROM daypass.work')).rows).toEqual([
      { last_error: 'connection refused' },
    ]);
    expect(await work.failures('pull:7')).toBe(1);
    const second = await takeOne(at(5));
    expect(second.attempts).toBe(2);
    expect(await work.failures('pull:7')).toBe(1);
    await work.want(['pull:7'], at(5));
    await work.failed(second, 'connection refused', at(9));
    expect(await work.nextDue(lane)).toEqual(at(5));
    expect(await work.failures('pull:7')).toBe(2);
    await work.done(await takeOne(at(5)));
    expect(await work.failures('pull:7')).toBe(0);
  });

  test('that is looked at again later has not failed', async () => {
    await work.want(['pull:7'], at(0));
    for (const minutes of [1, 2, 3])
      await work.failed(await takeOne(at(minutes)), '', at(minutes + 1));
    expect(await work.failures('pull:7')).toBe(0);
    expect((await takeOne(at(4))).attempts).toBe(1);
  });

  test('invariant 16: grants are taken and waited for beside all other work, and nothing else with them', async () => {
    await work.want(['pull:7', 'pulls', 'comment:7', 'tip', 'grant:a@1'], at(0));
    await work.want(['grant:b@1'], at(2));
    const taken = async (of: Lane) => topics(await work.take(at(1), 'me', of, 10, HOLD));
    expect(await taken('grants')).toEqual(['grant:a@1']);
    expect(await work.nextDue('grants')).toEqual(at(2));
    expect(await work.nextDue('others')).toEqual(at(0));
    expect(await taken('others')).toEqual(['pull:7', 'pulls']);
    expect(await work.nextDue('others')).toBeNull();
    expect(await work.nextDue('tip')).toEqual(at(0));
    expect(await taken('tip')).toEqual(['tip']);
    expect(await work.nextDue('tip')).toBeNull();
    expect(await work.nextDue('comments')).toEqual(at(0));
    expect(await taken('comments')).toEqual(['comment:7']);
    expect(await work.nextDue('comments')).toBeNull();
  });

  test('invariant 16: a start does not belong to the work of grants until its intent is written', async () => {
    const ledger = createLedger(pool);
    const taken = async (of: Lane) => topics(await work.take(at(9), 'me', of, 10, HOLD));
    await ledger.append(at(0), [of(GRANT, told.approved())]);
    expect(await work.nextDue('grants')).toBeNull();
    expect(await work.nextDue('starts')).toEqual(at(0));
    expect(await taken('grants')).toEqual([]);
    const [start] = await work.take(at(9), 'me', 'starts', 10, HOLD);
    expect(start?.topic).toBe(`grant:${GRANT}`);
    await ledger.append(at(1), [of(GRANT, told.activating(1))]);
    expect(await taken('grants')).toEqual([]);
    await work.done(start as Job);
    expect(await taken('starts')).toEqual([]);
    expect(await taken('grants')).toEqual([`grant:${GRANT}`]);
  });

  test('10,000 that are due are taken by two workers, each once', async () => {
    const all = Array.from({ length: 10_000 }, (_, i) => pullTopic(i + 1));
    await work.want(all, at(0));
    const took = async (by: Work, owner: string) => {
      const mine: string[] = [];
      for (;;) {
        const batch = await by.take(at(0), owner, lane, 500, HOLD);
        if (batch.length === 0) return mine;
        mine.push(...topics(batch));
      }
    };
    const [mine, yours] = await Promise.all([
      took(work, 'me'),
      took(createWork(poolOf(urls.worker)), 'you'),
    ]);
    expect(new Set([...mine, ...yours]).size).toBe(10_000);
    expect(mine.length + yours.length).toBe(10_000);
  });

  test('many writers who want the same topics in any order do not deadlock', async () => {
    const some = Array.from({ length: 40 }, (_, i) => pullTopic(i));
    const other = createWork(poolOf(urls.worker));
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        (i % 2 ? work : other).want(i % 3 ? some : some.toReversed(), at(i)),
      ),
    );
    expect(await work.take(at(60), 'me', lane, 100, HOLD)).toHaveLength(40);
  });
});

describe('the row of a grant', () => {
  const topic = `grant:${GRANT}`;
  const tell = (...story: Parameters<typeof of>[1][]) =>
    createLedger(pool).append(
      at(0),
      story.map((event) => of(GRANT, event)),
    );
  beforeEach(async () => {
    lane = 'grants';
    const soon = told.soon(46, 60);
    await tell(told.approved(), told.activating(0, window(0, 60)), told.activated(), soon);
  });

  test('invariants 16, 17: however often it is looked at before, its end stays due', async () => {
    await work.want([topic], at(1));
    await work.done(await takeOne(at(1)));
    expect(await work.nextDue(lane)).toEqual(at(60));
    await work.want([topic], at(2));
    await work.failed(await takeOne(at(2)), 'x', at(3));
    await work.done(await takeOne(at(3)));
    expect(await work.nextDue(lane)).toEqual(at(60));
  });

  test('invariant 16: an end that was looked at and did not happen is due again, but not in a hot loop', async () => {
    await work.done(await takeOne(at(60)));
    const next = await work.nextDue(lane);
    expect(next?.getTime()).toBe(at(60).getTime() + 15_000);
    await work.failed(await takeOne(next ?? at(0)), 'target away', at(62));
    expect(await work.nextDue(lane)).toEqual(at(62));
  });

  test('an end that happened while it was held is done', async () => {
    const taken = await takeOne(at(60));
    await tell(told.expired(60));
    await work.done(taken);
    expect((await pool.query('SELECT FROM daypass.work')).rowCount).toBe(0);
  });

  test('an act that comes while it is held makes it due again at once', async () => {
    const taken = await takeOne(at(60));
    await tell(told.ending(0));
    await work.done(taken);
    expect(await work.nextDue(lane)).toEqual(at(0));
  });
});
