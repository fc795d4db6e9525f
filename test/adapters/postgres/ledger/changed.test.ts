import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { isOverdue } from '../../../../src/core/ledger/due.js';
import type { Ledger } from '../../../../src/ports.js';
import { told, window, type Told } from '../../../../lab/acme/story.js';
import { at, of } from '../entries.js';
import { ledgerDatabase, poolOf } from '../released.js';

let pool: pg.Pool;
let ledger: Ledger;
beforeAll(async () => {
  pool = poolOf((await ledgerDatabase()).worker);
  ledger = createLedger(pool);
});

const tell = (grant: string, ...story: readonly Told[]) =>
  ledger.append(
    at(story[0]?.[0] ?? 0),
    story.map((event) => of(grant, event)),
  );

/** The plan of a query on a table that is too small for indexes. */
async function explained(query: string): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL enable_seqscan = off');
    return JSON.stringify((await client.query(`EXPLAIN ${query}`)).rows);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

describe('grants', () => {
  test('invariant 21: that have changed since an entry are found by it', async () => {
    await tell('one', told.approved());
    await tell('two', told.approved());
    const { head } = await ledger.state();
    expect(await ledger.changedSince(head.seq)).toEqual([]);
    await tell('one', told.activating(), told.activated());
    await tell('three', told.approved());
    const changed = await ledger.changedSince(head.seq);
    expect(changed.map(({ id, state }) => [id, state])).toEqual([
      ['one', 'active'],
      ['three', 'scheduled'],
    ]);
    const plan = await explained(
      'SELECT record FROM daypass.grants WHERE version > 9000 ORDER BY version LIMIT 1000',
    );
    expect(plan).toContain('grants_version');
  });

  test('invariant 17: that somebody ended after their own end are overdue since their own', async () => {
    await tell('late', told.approved(), told.activating(1, window(1, 200)), told.activated(1));
    await tell('late', told.ending(300));
    const late = await ledger.grant('late');
    expect(late && isOverdue(late, at(250))).toBe(true);
    expect(await ledger.counts(at(250))).toMatchObject({ one_overdue: 'late' });
  });

  test('that have not begun are found by their subject', async () => {
    await tell('mine', told.approved());
    await tell('live', told.approved(), told.activating(), told.activated());
    await tell('eves', told.approved(0, { subject: { id: 5, login: 'eve' } }));
    const [alice, eve, bob] = await Promise.all([101, 5, 102].map((id) => ledger.scheduledFor(id)));
    expect(alice?.map(({ id }) => id)).toEqual(['mine', 'three', 'two']);
    expect(eve?.map(({ id }) => id)).toEqual(['eves']);
    expect(bob).toEqual([]);
  });
});
