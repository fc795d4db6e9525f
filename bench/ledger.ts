import type pg from 'pg';
import { createLedger } from '../src/adapters/postgres/ledger/ledger.js';
import { createPool, HeardClient } from '../src/clients/postgres.js';
import { verifyChain } from '../src/adapters/postgres/ledger/verify.js';
import type { NewEntry } from '../src/core/ledger/events.js';
import type { Benchmark } from './benchmark.js';
import { holds } from './benchmark.js';
import { startDatabase } from './database.js';
import { interleaved, perSecond } from './rounds.js';

const SIZES = {
  full: { rounds: 7, entries: 10_000, commits: 500 },
  quick: { rounds: 1, entries: 256, commits: 20 },
};
const PRODUCERS = 64;

/** The smallest kind of entry; the floor writes a row with the same body. */
const entry = (n: number): NewEntry => ({
  kind: 'step.landed',
  grant: null,
  pull_request: null,
  body: { commit: `commit-${n}`, parent: 'before', pull_request: null, by: null, ignored: [] },
});

/** Chained, durable entries per second, against one durable commit after the other. */
export const ledger: Benchmark = {
  name: 'ledger',
  about: `ledger entries per second from ${PRODUCERS} producers, against single durable commits on the same server`,
  run: async (size) => {
    const { rounds, entries, commits } = SIZES[size];
    const database = await startDatabase();
    const urls = await database.fresh();
    const pool = createPool({ url: urls.worker, application: 'bench', onError: () => undefined });
    const single = new HeardClient({ connectionString: urls.superuser });
    try {
      await single.connect();
      const book = createLedger(pool);
      await single.query('CREATE TABLE single (seq serial PRIMARY KEY, body text NOT NULL)');
      const measured = await interleaved(
        { rounds },
        () =>
          perSecond(entries, () => produce(entries, (n) => book.append(new Date(), [entry(n)]))),
        () => perSecond(commits, () => commitEach(single, commits)),
      );
      const total = (rounds + 1) * entries;
      const verified = await verifyChain(pool);
      holds(
        verified.ok && verified.head.seq === total,
        `the chain is broken or does not have ${total} entries`,
      );
      const { rows } = await single.query<{ n: number }>('SELECT count(*)::int AS n FROM single');
      holds(rows[0]?.n === (rounds + 1) * commits, 'a single commit is missing');
      const row = { name: 'entries', unit: 'a second', floor_name: 'single commits' } as const;
      return [{ ...row, ...measured, goal: null }];
    } finally {
      await single.end();
      await pool.end();
      await database.stop();
    }
  },
};

/** Makes `total` appends from `PRODUCERS` producers; each waits for its append before the next. */
async function produce(total: number, append: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const producer = async () => {
    while (next < total) await append(next++);
  };
  await Promise.all(Array.from({ length: PRODUCERS }, producer));
}

async function commitEach(client: pg.Client, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const body = JSON.stringify(entry(n).body);
    await client.query('INSERT INTO single (body) VALUES ($1)', [body]);
  }
}
