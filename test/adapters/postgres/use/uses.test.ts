import { beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { pino } from 'pino';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { verifyLedger } from '../../../../src/adapters/postgres/ledger/verify-ledger.js';
import {
  createUseBatches,
  createUseLog,
  readUses,
} from '../../../../src/adapters/postgres/use/uses.js';
import type { UseRow } from '../../../../src/core/use/use-row.js';
import type { UseBatches, World } from '../../../../src/ports.js';
import { recordUses } from '../../../../src/workflows/run/record-uses.js';
import { at, entry, started } from '../entries.js';
import { ledgerDatabase, poolOf, sessionOf } from '../released.js';

const NONE = { allowed: 0, denied: 0 };
const use = (n: number, more: Partial<UseRow> = {}): UseRow => ({
  ...{ at: at(n).toISOString(), evaluation: `e${n}`, point: 'orders-api', policy: 't1' },
  ...{ subject_id: 101, subject: 'alice', resource: 'orders-api', environment: 'production' },
  ...{ action: 'restart', allowed: false, code: 'out_of_scope', message: 'No.', grant: null },
  ...{ break_glass: false, ...more },
});

let worker: pg.Pool;
let pdp: pg.Pool;
let owner: pg.Client;
beforeEach(async () => {
  const urls = await ledgerDatabase();
  worker = poolOf(urls.worker);
  pdp = poolOf(urls.pdp);
  owner = await sessionOf(urls.owner);
  await createLedger(worker).append(at(0), [started('decaf')]);
});

const log = (...rows: UseRow[]) => createUseLog(pdp).write(rows, NONE);
let now = at(10);
/** The settings say nothing about uses. */
const record = (change: Partial<UseBatches> = {}) => {
  const ledger = createLedger(worker);
  return recordUses({
    batches: { ...createUseBatches(worker), ...change },
    clock: { now: async () => now },
    ledger: { ...ledger, state: async () => ({ ...(await ledger.state()), policy: null }) },
    policy: {} as World['policy'],
    log: pino({ level: 'silent' }),
  });
};
const recorded = async () => {
  const entries = await createLedger(worker).entries({ limit: 100 });
  return entries.flatMap((entry) => (entry.kind === 'uses.recorded' ? [entry.body] : []));
};
const verified = async () => {
  const found = await verifyLedger(worker, [], now);
  return found.ok ? 'whole' : found.why;
};

describe('decided uses in the ledger', () => {
  test('invariant 22: a batch is one entry with the digest of its rows, and is recorded once', async () => {
    await log(use(1), use(2, { allowed: true, code: 'allowed_by_grant' }));
    await createUseLog(pdp).write([use(3)], { allowed: 7, denied: 1 });
    await Promise.all([record(), record()]);
    await record();
    expect(await recorded()).toMatchObject([
      { count: 3, denied: 2, lost: 8, from: at(1).toISOString(), to: at(3).toISOString() },
    ]);
    expect(await verified()).toBe('whole');
  });

  test.each(['open', 'entry', 'recorded'] as const)(
    'one that was killed after %s is taken up again, and has one entry',
    async (after) => {
      await log(use(1), use(2));
      const killed = () => Promise.reject(new Error('killed'));
      const batches = createUseBatches(worker);
      if (after === 'open') await batches.open(10);
      if (after === 'entry') await record({ recorded: killed });
      if (after === 'recorded') await record({ olderThan: killed });
      await log(use(3));
      await record();
      const counts = (await recorded()).map(({ count }) => count);
      expect(counts).toEqual([2, 1]);
      expect(await verified()).toBe('whole');
    },
  );

  test.each([
    [
      'a row is changed',
      `UPDATE daypass.uses SET body = replace(body, 'alice', 'bob') WHERE seq = 1`,
      /something was altered in the 2 uses of batch/,
    ],
    [
      'a row is gone',
      'DELETE FROM daypass.uses WHERE seq = 1',
      /^1 are there of the 2 uses of batch/,
    ],
    [
      'what it is found by is changed',
      'UPDATE daypass.uses SET allowed = true WHERE seq = 1',
      /something was altered/,
    ],
    [
      'a row is no JSON',
      `UPDATE daypass.uses SET body = '{' WHERE seq = 2`,
      /something was altered/,
    ],
    [
      'a row was added',
      `INSERT INTO daypass.uses (at, allowed, body, batch) SELECT at, allowed, body, batch FROM daypass.uses WHERE seq = 1`,
      /^3 are there of the 2/,
    ],
  ])('invariant 22: verification says that %s', async (_, sql, says) => {
    await log(use(1), use(2));
    await record();
    await owner.query(sql);
    expect(await verified()).toMatch(says);
  });

  test('rows of somebody else keep none from being chained, found or verified', async () => {
    await log(use(1));
    for (const body of ['{', 'null', '{"subject":"alice","at":7}', '{"subject":"\\u0000alice"}'])
      await pdp.query('INSERT INTO daypass.uses (at, allowed, body) VALUES (now(), false, $1)', [
        body,
      ]);
    await record();
    expect(await recorded()).toMatchObject([{ count: 5, denied: 1, unread: 4 }]);
    expect(await verified()).toBe('whole');
    const found = await readUses(worker, {
      since: null,
      until: null,
      subject: 'alice',
      denied: true,
      limit: 9,
    });
    expect(found.map(({ evaluation }) => evaluation)).toEqual(['e1']);
  });

  test('a row that the ledger does not take keeps no other from being written', async () => {
    const long = use(2, { message: 'x'.repeat(9_000) });
    expect(await createUseLog(pdp).write([use(1), long, use(3)], NONE)).toBe(1);
    const found = await readUses(worker, {
      since: null,
      until: null,
      subject: null,
      denied: false,
      limit: 9,
    });
    expect(found.map(({ evaluation }) => evaluation)).toEqual(['e1', 'e3']);
  });

  test('invariant 22: a batch that was recorded twice is told', async () => {
    await log(use(1));
    await record();
    const [body] = await recorded();
    if (body)
      await createLedger(worker).append(at(11), [entry('uses.recorded', { ...body, count: 0 })]);
    expect(await verified()).toMatch(/records batch \d+ a second time/);
  });

  test('rows are kept as long as the settings say; that they are gone is an entry before', async () => {
    await log(use(1));
    await record();
    await log(use(2));
    await record();
    await owner.query(
      `UPDATE daypass.uses SET stored_at = $1::timestamptz - interval '91 days'
       WHERE batch = (SELECT min(batch) FROM daypass.uses)`,
      [now.toISOString()],
    );
    await record({ forget: () => Promise.reject(new Error('killed')) });
    expect(
      await readUses(worker, { since: null, until: null, subject: null, denied: false, limit: 9 }),
    ).toHaveLength(2);
    await record();
    expect(
      await readUses(worker, { since: null, until: null, subject: null, denied: false, limit: 9 }),
    ).toHaveLength(1);
    expect(await verified()).toBe('whole');
    now = at(10);
  });

  test('they are found by person, moment and whether they were denied', async () => {
    await log(
      use(1),
      use(2, { allowed: true, code: 'allowed_by_grant' }),
      use(3, { subject: 'Bob', subject_id: 102 }),
      use(4),
    );
    const found = async (asked: object) => {
      const all = { since: null, until: null, subject: null, denied: false, limit: 9 };
      return (await readUses(worker, { ...all, ...asked })).map(({ evaluation }) => evaluation);
    };
    expect(await found({})).toEqual(['e1', 'e2', 'e3', 'e4']);
    expect(await found({ denied: true, subject: 'ALICE' })).toEqual(['e1', 'e4']);
    expect(await found({ subject: '102' })).toEqual(['e3']);
    expect(await found({ since: at(2), until: at(4) })).toEqual(['e2', 'e3']);
    expect(await found({ limit: 2 })).toEqual(['e3', 'e4']);
  });
});
