import { beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { createWork } from '../../../../src/adapters/postgres/work/work.js';
import { nextDue } from '../../../../src/core/ledger/due.js';
import type { Lane } from '../../../../src/core/work/lanes.js';
import type { Ledger, Work } from '../../../../src/ports.js';
import { record, told, window, type Told } from '../../../../lab/acme/story.js';
import { at, of } from '../entries.js';
import { ledgerDatabase, poolOf } from '../released.js';

let owner: pg.Pool;
/** With the worker's own role, as whoever took it over would have it. */
let worker: pg.Pool;
let ledger: Ledger;
let work: Work;
beforeEach(async () => {
  const urls = await ledgerDatabase();
  owner = poolOf(urls.owner, 1);
  worker = poolOf(urls.worker);
  ledger = createLedger(worker);
  work = createWork(worker);
});

const tell = (id: string, ...story: readonly Told[]) =>
  ledger.append(
    at(0),
    story.map((event) => of(id, event)),
  );
const active = [told.approved(), told.activating(0, window(0, 60)), told.activated(0)];
const soon = told.soon(46, 60);
const due = async (lane: Lane, minute: number) =>
  (await work.take(at(minute), 'me', lane, 10, 60_000)).map(({ topic }) => topic);

describe('invariant 17: with the worker’s own role', () => {
  test.each([
    ['is deleted', 'DELETE FROM daypass.work'],
    ['is put off for ever', `UPDATE daypass.work SET planned_at = 'infinity'`],
    ['is due no more', 'UPDATE daypass.work SET planned_at = NULL'],
    [
      'is put off by an hour',
      `UPDATE daypass.work SET planned_at = planned_at + interval '1 hour'`,
    ],
    [
      'is held for ever',
      `UPDATE daypass.work SET taken_by = 'nobody', taken_until = 'infinity', taken_at = now()`,
    ],
    ['is moved to the starts', 'UPDATE daypass.work SET starts = true'],
  ])('the row of a grant %s: it is due at its end anyway', async (_, change) => {
    await tell('one', ...active, soon);
    await worker.query(change);
    expect(await work.plan(at(59), false)).toBe(0);
    await work.plan(at(60), false);
    expect(await due('grants', 60)).toEqual(['grant:one']);
  });

  test('a row that was deleted long before is written again as it was, with the announcement of the end', async () => {
    await tell('one', ...active);
    const before = await owner.query('SELECT topic, due_at, starts FROM daypass.work');
    await worker.query('DELETE FROM daypass.work');
    expect(await work.plan(at(1), true)).toBe(1);
    const after = await owner.query('SELECT topic, due_at, starts FROM daypass.work');
    expect(after.rows).toEqual(before.rows);
    expect(await work.plan(at(1), true)).toBe(0);
  });

  test('the rows of a start, a retry and an early end are written again, too', async () => {
    await tell('start', told.approved(2));
    await tell('retry', told.approved(), told.activating(1), told.failed(2, false, 5));
    await tell('ended', ...active, told.ending(0));
    await tell('over', ...active, told.expired(1));
    await tell('kept', told.quarantined());
    await worker.query('DELETE FROM daypass.work');
    expect(await work.plan(at(4), false)).toBe(2);
    expect(await due('starts', 4)).toEqual(['grant:start']);
    expect(await due('grants', 4)).toEqual(['grant:ended']);
    expect(await work.plan(at(5), false)).toBe(1);
    expect(await due('grants', 5)).toEqual(['grant:retry']);
  });

  test('a record that cannot be read does not delay other grants', async () => {
    await tell('broken', ...active);
    await tell('one', ...active);
    await worker.query('DELETE FROM daypass.work');
    await worker.query(`UPDATE daypass.grants SET record = '{}' WHERE id = 'broken'`);
    await work.plan(at(60), true);
    expect((await due('grants', 60)).sort()).toEqual(['grant:broken', 'grant:one']);
  });
});

test('correct rows stay as they are: due later, being worked on, or postponed by a moment', async () => {
  await tell('later', ...active, soon);
  await tell('worked-on', ...active, soon);
  await tell('failed', ...active, told.failed(0, true, 59));
  await tell('again', ...active, told.ending(0));
  await worker.query(`UPDATE daypass.work SET planned_at = $1 WHERE topic = 'grant:worked-on'`, [
    at(0),
  ]);
  const jobs = await work.take(at(0), 'me', 'grants', 10, 60_000);
  expect(jobs.map(({ topic }) => topic).sort()).toEqual(['grant:again', 'grant:worked-on']);
  for (const job of jobs) if (job.topic === 'grant:again') await work.failed(job, '', at(1));
  const rows = () => owner.query('SELECT * FROM daypass.work ORDER BY topic');
  const before = (await rows()).rows;
  expect(await work.plan(at(0), true)).toBe(0);
  expect((await rows()).rows).toEqual(before);
});

test('a grant that is being written is planned by its writer, and no look waits for it', async () => {
  await tell('one', ...active);
  await worker.query('DELETE FROM daypass.work');
  const client = await worker.connect();
  try {
    await client.query('BEGIN');
    await client.query(`UPDATE daypass.grants SET overdue = overdue WHERE id = 'one'`);
    expect(await work.plan(at(60), false)).toBe(0);
    await client.query('ROLLBACK');
    expect(await work.plan(at(60), false)).toBe(1);
  } finally {
    client.release();
  }
});

const STORIES: Readonly<Record<string, readonly Told[]>> = {
  scheduled: [told.approved(3)],
  'merged before it landed': [told.approved(3, { merged_at: at(1).toISOString() })],
  'with a start': [
    told.approved(3, {
      window: { starts_at: at(30).toISOString(), duration_seconds: 3600, expires_at: null },
    }),
  ],
  'tried in vain': [told.approved(3), told.failed(4, false, 5)],
  'about to lapse': [told.approved(3), told.failed(62, false, 70)],
  activating: [told.approved(), told.activating(1)],
  'ended while it began': [told.approved(), told.activating(1), told.ending(2)],
  active: [...active],
  'told that it ends': [...active, soon],
  'extended after its end': [...active, told.extended(61, 4, window(0, 240))],
  'ended early': [...active, told.ending(9)],
  'not to be ended': [...active, told.failed(60, true, 61)],
};

test.each(Object.entries(STORIES))(
  'the index says when a grant that is %s is due, at the latest',
  async (_, story) => {
    const next = nextDue(record(...story));
    for (const event of story) await ledger.append(at(event[0]), [of('one', event)]);
    const { rows } = await owner.query<{ due: string }>(
      'SELECT daypass.due_of(state, record) AS due FROM daypass.grants',
    );
    const says = rows[0]?.due ?? '';
    if (next?.what === 'soon' || next?.what === 'lapse') expect(says >= next.at).toBe(true);
    else expect(says).toBe(next?.at);
  },
);

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

test('among very many live grants, those that are due are found only by indexes', async () => {
  await tell('one', ...active, soon);
  await owner.query(`
    INSERT INTO daypass.grants
    SELECT (json_populate_record(g, json_build_object('id', 'n' || n))).*
    FROM daypass.grants g, generate_series(1, 3000) AS n WHERE g.id = 'one'`);
  await owner.query(`
    INSERT INTO daypass.work (topic, planned_at)
    SELECT 'grant:' || id, ends_at FROM daypass.grants WHERE id <> 'one'`);
  await owner.query('ANALYZE daypass.grants; ANALYZE daypass.work');
  const asked: string[] = [];
  const listening = {
    connect: async () => {
      const client = await owner.connect();
      return Object.assign(Object.create(client) as pg.PoolClient, {
        query: (sql: string, values?: unknown[]) => {
          if (sql.includes('FOR SHARE')) asked.push(sql);
          return client.query(sql, values);
        },
        release: (broken: boolean) => client.release(broken),
      });
    },
  } as unknown as pg.Pool;
  expect(await createWork(listening).plan(at(59), false)).toBe(0);
  const { rows } = await owner.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(
    `EXPLAIN (FORMAT JSON) ${asked[0] ?? ''}`,
    [at(59).toISOString(), '', 1000],
  );
  const nodes = (one: Plan): readonly Plan[] => [one, ...(one.Plans ?? []).flatMap(nodes)];
  const all = rows.flatMap((row) => nodes(row['QUERY PLAN'][0].Plan));
  expect(all.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  const used = new Set(all.flatMap((node) => node['Index Name'] ?? []));
  expect([...used].sort()).toEqual(['grants_due', 'grants_pkey', 'work_pkey']);
});
