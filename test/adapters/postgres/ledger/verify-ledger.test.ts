import { beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { entryRow } from '../../../../src/adapters/postgres/ledger/rows.js';
import { chain } from '../../../../src/core/ledger/chain.js';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { verifyLedger } from '../../../../src/adapters/postgres/ledger/verify-ledger.js';
import type { KeptHead } from '../../../../src/core/ledger/kept-head.js';
import type { Ledger } from '../../../../src/ports.js';
import { told, window } from '../../../../lab/acme/story.js';
import { at, landed, of, policy, started } from '../entries.js';
import { asSuperuser, ledgerDatabase, poolOf, type Urls } from '../released.js';

let urls: Urls;
let worker: pg.Pool;
let ledger: Ledger;

/** One grant in each state that matters: scheduled, active, active with a drift, over, and over without access. */
beforeEach(async () => {
  urls = await ledgerDatabase();
  worker = poolOf(urls.worker);
  ledger = createLedger(worker);
  await ledger.append(at(0), [started('c0'), landed('c1', 7)]);
  const tell = async (id: string, ...story: ReturnType<typeof told.approved>[]) => {
    for (const event of story) await ledger.append(at(event[0]), [of(id, event)]);
  };
  await tell('coming', told.approved(2));
  const unreviewed = told.approved(2, { unreviewed: true });
  await tell('live', unreviewed, told.activating(3, window(3, 243)), told.activated(3));
  await tell('drifted', told.approved(2), told.activating(4, window(4, 244)), told.activated(4));
  await tell('drifted', told.drift(5, 'admin by hand'));
  await tell('over', told.approved(2), told.activating(5, window(5, 65)), told.activated(5));
  await tell('over', told.expired(66));
  await tell('lapsed', told.approved(2), told.lapsed(66));
}, 60_000);

/** With the auditor's role, at minute 70. */
const verify = (heads: readonly KeptHead[] = []) => verifyLedger(poolOf(urls.audit), heads, at(70));

test('invariant 22: a ledger whose tables match its entries is intact', async () => {
  const { head } = await ledger.state();
  expect(await verify([head, { seq: null, hash: head.hash }])).toEqual({
    ok: true,
    head,
    grants: 5,
    policies: [{ digests: policy, seq: 1 }],
  });
});

describe('invariant 22: a change of a table with the worker’s own role is detected', () => {
  const byWorker = (sql: string) => worker.query(sql);
  const WHERE = `WHERE id = 'over'`;

  test.each([
    [
      'when a grant landed',
      `UPDATE daypass.grants SET landed_at = landed_at + interval '1 day' ${WHERE}`,
      'its column landed_at',
    ],
    [
      'when it ended',
      `UPDATE daypass.grants SET ended_at = NULL ${WHERE}`,
      'its column ended_at is null',
    ],
    [
      'its state',
      `UPDATE daypass.grants SET state = 'active' ${WHERE}`,
      'its column state is "active"',
    ],
    [
      'whose it is',
      `UPDATE daypass.grants SET subject_id = 5 ${WHERE}`,
      'its column subject_id is 5',
    ],
    [
      'its identity',
      `UPDATE daypass.grants SET identity = 'bob_s' ${WHERE}`,
      'its column identity',
    ],
    [
      'its record and columns alike',
      `UPDATE daypass.grants SET state = 'revoked', record = replace(record, '"expired"', '"revoked"') ${WHERE}`,
      'its state is "revoked", but its entries say "expired"',
    ],
    [
      'its record for no JSON',
      `UPDATE daypass.grants SET record = '{' ${WHERE}`,
      'its record is not JSON',
    ],
    [
      'the end of a live one',
      `UPDATE daypass.grants SET ends_at = '2027-01-01T00:00:00Z', record = replace(record, '2026-11-24T21:03:00.000Z', '2027-01-01T00:00:00.000Z') WHERE id = 'live'`,
      'its window is',
    ],
    [
      'whether nobody reviewed it',
      `UPDATE daypass.grants SET record = replace(record, '"unreviewed":true', '"unreviewed":false') WHERE id = 'live'`,
      'its unreviewed is false, but its entries say true',
    ],
    [
      'its drift',
      `UPDATE daypass.grants SET drifted = false, record = replace(record, '["admin by hand"]', '[]') WHERE id = 'drifted'`,
      'its drift is []',
    ],
    [
      'its id',
      `UPDATE daypass.grants SET id = 'other', record = replace(record, '"over"', '"other"') ${WHERE}`,
      'no entry mentions it',
    ],
    [
      'one that nobody granted',
      `INSERT INTO daypass.grants SELECT 'z', path, state, pull_request, quarantined, overdue, drifted, subject_id, provider, target, object, identity, landed_at, starts_at, ends_at, ended_at, version, replace(record, '"over"', '"z"') FROM daypass.grants ${WHERE}`,
      'no entry mentions it',
    ],
  ])('%s', async (_, sql, why) => {
    await byWorker(sql);
    const found = await verify();
    expect(found).toMatchObject({ ok: false, what: 'grant', seq: null });
    expect(found).toHaveProperty('why', expect.stringContaining(why));
  });

  test('a grant whose row is gone, which only the owner can cause', async () => {
    await asSuperuser(urls.superuser, `DELETE FROM daypass.grants WHERE id = 'live'`);
    expect(await verify()).toMatchObject({ ok: false, what: 'grant', id: 'live' });
  });

  test.each([
    ['is gone', `DELETE FROM daypass.work WHERE topic = 'grant:live'`, 'nothing is planned'],
    [
      'is put off',
      `UPDATE daypass.work SET planned_at = planned_at + interval '1 year' WHERE topic = 'grant:live'`,
      'planned for 2027',
    ],
    [
      'waits among starts',
      `UPDATE daypass.work SET starts = true WHERE topic = 'grant:live'`,
      'planned as a start',
    ],
  ])('what is due %s', async (_, sql, why) => {
    await byWorker(sql);
    const found = await verify();
    expect(found).toMatchObject({ ok: false, what: 'due', id: 'live' });
    expect(found).toHaveProperty('why', expect.stringContaining(why));
  });

  test('an entry that says something impossible, though it is chained', async () => {
    const head = (await ledger.state()).head;
    const [forged] = chain(head, at(70), [of('over', told.activated(70))]);
    if (!forged) throw new Error('nothing was chained');
    const row = entryRow(forged);
    await worker.query(
      `INSERT INTO daypass.entries (seq, at, kind, grant_id, pull_request, body, previous, hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [row.seq, row.at, row.kind, row.grant_id, row.pull_request, row.body, row.previous, row.hash],
    );
    await worker.query('UPDATE daypass.head SET seq = $1, hash = $2', [row.seq, row.hash]);
    expect(await verify()).toMatchObject({ ok: false, what: 'entry', seq: row.seq });
  });

  test('the head, which was moved back to hide the newest entries', async () => {
    await worker.query(
      `UPDATE daypass.head SET seq = e.seq, hash = e.hash FROM daypass.entries e WHERE e.seq = 3`,
    );
    expect(await verify()).toMatchObject({ ok: false, what: 'entry' });
  });
});

describe('invariant 22: a head that was kept elsewhere', () => {
  test('shows that the owner cut off the chain, which is consistent in itself', async () => {
    const { head } = await ledger.state();
    await asSuperuser(
      urls.superuser,
      `ALTER TABLE daypass.entries DISABLE TRIGGER append_only;
       DELETE FROM daypass.entries WHERE seq > 3;
       UPDATE daypass.head SET seq = e.seq, hash = e.hash FROM daypass.entries e WHERE e.seq = 3;
       DELETE FROM daypass.grants WHERE id <> 'coming'`,
    );
    expect(await verify([{ ...head, seq: 3 }])).toMatchObject({ ok: false, what: 'head', seq: 3 });
    expect(await verify([head])).toMatchObject({
      ok: false,
      what: 'head',
      seq: head.seq,
      why: `entry ${head.seq} was kept, but the chain ends at entry 3: what came after it is gone`,
    });
    expect(await verify()).toMatchObject({ ok: true, head: { seq: 3 } });
  });
});
