import { beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { NEXT_DUE } from '../../../../src/adapters/postgres/work/lanes.js';
import { createWork } from '../../../../src/adapters/postgres/work/work.js';
import { LANE_NAMES, type Lane } from '../../../../src/core/work/lanes.js';
import type { Work } from '../../../../src/ports.js';
import { GRANT, told } from '../../../../lab/acme/story.js';
import { at, of } from '../entries.js';
import { ledgerDatabase, poolOf } from '../released.js';

let owner: pg.Pool;
let pool: pg.Pool;
let work: Work;
beforeEach(async () => {
  const urls = await ledgerDatabase();
  owner = poolOf(urls.owner, 1);
  pool = poolOf(urls.worker);
  work = createWork(pool);
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** The nodes of a plan, made by a planner that uses indexes where it can. */
async function plan(sql: string): Promise<readonly Plan[]> {
  await owner.query('SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off');
  const { rows } = await owner.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(
    `EXPLAIN (FORMAT JSON) ${sql}`,
  );
  const nodes = (one: Plan): readonly Plan[] => [one, ...(one.Plans ?? []).flatMap(nodes)];
  return rows.flatMap((row) => nodes(row['QUERY PLAN'][0].Plan));
}

const INDEXES: Readonly<Record<Lane, string>> = {
  grants: 'work_due_grants',
  starts: 'work_due_starts',
  // It finds two rows.
  tip: 'work_pkey',
  comments: 'work_due_comments',
  requests: 'work_due_requests',
  others: 'work_due_others',
};

test('what is due in each lane is found by an index that fits', async () => {
  const nodes = await plan(NEXT_DUE);
  const indexes = LANE_NAMES.map((lane) => INDEXES[lane]);
  expect(nodes.flatMap((node) => node['Index Name'] ?? [])).toEqual(indexes);
});

test('every partial index on work belongs to a lane', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT indexrelid::regclass::text AS name FROM pg_index
     WHERE indrelid = 'daypass.work'::regclass AND indpred IS NOT NULL ORDER BY name`,
  );
  const names = rows.map(({ name }) => name.replace('daypass.', ''));
  expect(names).toEqual(
    Object.values(INDEXES)
      .filter((name) => name !== 'work_pkey')
      .sort(),
  );
});

test('every topic is in exactly one lane, even one of another version', async () => {
  await createLedger(pool).append(at(0), [of(GRANT, told.approved())]);
  const topics = [
    'tip',
    'people',
    'pulls',
    'pulls:all',
    'pull:7',
    'comment:7',
    'request:r-1',
    'grant:a@1',
    'label:7',
  ];
  await owner.query(
    `INSERT INTO daypass.work (topic, wanted_at) SELECT topic, $2 FROM unnest($1::text[]) AS t(topic)`,
    [topics, at(0)],
  );
  const taken: Partial<Record<Lane, readonly string[]>> = {};
  for (const lane of LANE_NAMES) {
    const jobs = await work.take(at(9), 'me', lane, 100, 60_000);
    taken[lane] = jobs.map(({ topic }) => topic).sort();
  }
  expect(taken).toEqual({
    grants: ['grant:a@1'],
    starts: [`grant:${GRANT}`],
    tip: ['people', 'tip'],
    comments: ['comment:7'],
    requests: ['request:r-1'],
    others: ['label:7', 'pull:7', 'pulls', 'pulls:all'],
  });
});

test('the depth of each lane says how many are due, how many wait in all, and since when the oldest has been due', async () => {
  await work.want(['pull:1', 'pull:2'], at(1));
  await work.want(['pull:3'], at(3));
  await work.want(['pull:4'], at(60));
  await work.want(['comment:7'], at(30));
  await work.want(['tip'], at(0));
  await work.take(at(1), 'me', 'others', 1, 60_000);
  await work.take(at(1), 'me', 'tip', 1, 60_000);
  expect(await work.depths(at(5))).toEqual({
    grants: { due: 0, waiting: 0, oldest: null },
    starts: { due: 0, waiting: 0, oldest: null },
    tip: { due: 0, waiting: 0, oldest: null },
    comments: { due: 0, waiting: 1, oldest: null },
    requests: { due: 0, waiting: 0, oldest: null },
    others: { due: 2, waiting: 3, oldest: at(1) },
  });
});
