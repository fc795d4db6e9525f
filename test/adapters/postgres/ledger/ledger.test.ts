import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { fold, isGrantEntry } from '../../../../src/core/ledger/fold.js';
import type { NewEntry } from '../../../../src/core/ledger/events.js';
import type { Reason } from '../../../../src/core/reading/reason.js';
import type { GrantRecord } from '../../../../src/core/grant/record.js';
import type { Ledger } from '../../../../src/ports.js';
import { Conflict } from '../../../../src/ports.js';
import { LAST_STEP } from '../../../../src/adapters/postgres/ledger/append.js';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { verifyChain } from '../../../../src/adapters/postgres/ledger/verify.js';
import { GRANT, minute, PATH, told, window, type Told } from '../../../../lab/acme/story.js';
import { at, entry, landed, of, policy, source, started } from '../entries.js';
import { asSuperuser, poolOf, ledgerDatabase, type Urls } from '../released.js';

let urls: Urls;
let pool: pg.Pool;
let ledger: Ledger;
beforeEach(async () => {
  urls = await ledgerDatabase();
  pool = poolOf(urls.worker);
  ledger = createLedger(pool);
});

const all = () => ledger.entries({ limit: 100_000 });
const tell = (grant: string, ...story: readonly Told[]) =>
  ledger.append(
    at(story[0]?.[0] ?? 0),
    story.map((event) => of(grant, event)),
  );

describe('one chain', () => {
  test('invariant 22: two processes that append at once form one chain without gaps', async () => {
    const other = createLedger(poolOf(urls.worker));
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, i) =>
        (i % 2 ? ledger : other).append(at(i), [landed(`c${i}a`), landed(`c${i}b`)]),
      ),
    );
    const written = await all();
    expect(written.map(({ seq }) => seq)).toEqual(Array.from({ length: 240 }, (_, i) => i + 1));
    expect(await verifyChain(pool)).toEqual({ ok: true, head: (await ledger.state()).head });
    for (const [first, second] of answers) {
      expect(second?.previous).toBe(first?.hash);
      expect(written).toContainEqual(first);
    }
  });

  test('invariant 21: when append resolves, everybody can read what it returned', async () => {
    const answered = await ledger.append(at(0), [of(GRANT, told.approved())]);
    const other = createLedger(poolOf(urls.worker));
    expect(await other.entries({ limit: 10 })).toEqual(answered);
    expect(await other.grant(GRANT)).toMatchObject({ state: 'scheduled', version: 1 });
  });

  test('invariants 3, 16: characters that PostgreSQL’s JSON cannot contain are stored as U+FFFD, and nothing fails because of them', async () => {
    const nasty = 'nul \0, lone \ud800 and \udc00, \\u0000, quote " and \\ and é, €, 😀';
    const kept = nasty.replace(/[\0\ud800\udc00]/g, '\ufffd');
    const body = { commit: 'c', parent: 'p', pull_request: null, by: null };
    await ledger.append(at(0), [entry('step.landed', { ...body, ignored: [nasty] })]);
    expect((await all())[0]?.body).toEqual({ ...body, ignored: [kept] });
    const decided = { moment: 'pull_request', digest: nasty, replay: { input: { nasty } } };
    const made = { kind: 'decision.made', grant: null, pull_request: 7, body: decided };
    await ledger.append(at(1), [made as unknown as NewEntry]);
    expect(await ledger.state()).toMatchObject({ last_step: 'c' });
    expect(await ledger.lastDecision(7, 'none')).toBeNull();
    expect(await ledger.knownCases(5)).toMatchObject([{ input: { nasty: kept } }]);
    await ledger.append(at(2), [landed('d')], { expect: { last_step: 'c' } });
    expect(await verifyChain(pool)).toMatchObject({ ok: true });
  });

  test.each([
    ['its body', `body = replace(body, 'c2', 'c9')`, 2],
    ['the spelling of its body', `body = body || ' '`, 2],
    ['its body for no JSON', `body = '{'`, 2],
    ['its time', `at = at + interval '1 ms'`, 2],
    ['its kind', `kind = 'grant.approved'`, 2],
    ['its grant', `grant_id = 'x'`, 2],
    ['its pull request', `pull_request = 1`, 2],
    ['its review', `review = 1`, 2],
    ['its place in the chain', `previous = repeat('a', 64)`, 2],
    ['its hash', `hash = repeat('a', 64)`, 2],
    ['its number', `seq = 9`, 2],
  ])('invariant 22: altering %s is detected, at the first such entry', async (_, change, seq) => {
    for (const commit of ['c1', 'c2', 'c3']) await ledger.append(at(0), [landed(commit)]);
    await tamper(`UPDATE daypass.entries SET ${change} WHERE seq = 2`);
    expect(await verifyChain(pool)).toMatchObject({ ok: false, seq });
  });

  test('invariant 22: removing an entry is detected, even the newest or all of them', async () => {
    await ledger.append(at(0), [landed('c1'), landed('c2'), landed('c3')]);
    await tamper('DELETE FROM daypass.entries WHERE seq = 3');
    expect(await verifyChain(pool)).toMatchObject({ ok: false, seq: 3, why: /head is entry 3/ });
    await tamper('DELETE FROM daypass.entries WHERE seq = 1');
    expect(await verifyChain(pool)).toMatchObject({ ok: false, seq: 1 });
    await tamper('DELETE FROM daypass.entries');
    expect(await verifyChain(pool)).toMatchObject({ ok: false, seq: 1 });
  });

  const tamper = (sql: string) =>
    asSuperuser(
      urls.superuser,
      `ALTER TABLE daypass.entries DISABLE TRIGGER append_only; ${sql};
       ALTER TABLE daypass.entries ENABLE ALWAYS TRIGGER append_only`,
    );
});

describe('what an append expects', () => {
  test('of a grant: its version, or 0 for none', async () => {
    const append = (version: number, event: Told) =>
      ledger.append(at(0), [of(GRANT, event)], { expect: { grants: { [GRANT]: version } } });
    await expect(append(1, told.approved())).rejects.toThrow(Conflict);
    await append(0, told.approved());
    await expect(append(0, told.activating())).rejects.toThrow(Conflict);
    await append(1, told.activating());
    expect(await all()).toHaveLength(2);
  });

  test('of the last step: null before the first start', async () => {
    const append = (last_step: string | null, next: NewEntry) =>
      ledger.append(at(0), [next], { expect: { last_step } });
    await expect(append('c0', landed('c1'))).rejects.toThrow(Conflict);
    await append(null, started('c0'));
    await expect(append(null, started('c0'))).rejects.toThrow(Conflict);
    await append('c0', landed('c1'));
    await expect(append('c0', landed('c1'))).rejects.toThrow('The last step is c1');
  });

  test('if two appends expect the same, in one process or two, one is written', async () => {
    const other = createLedger(poolOf(urls.worker));
    const answers = await Promise.allSettled(
      [ledger, ledger, other, other].map((each) =>
        each.append(at(0), [of(GRANT, told.approved())], { expect: { grants: { [GRANT]: 0 } } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await all()).toHaveLength(1);
  });

  test('an append that is refused in a shared transaction writes nothing, and the others are written', async () => {
    const review = { review: 5, pull_request: 7, author: null, commit: 'c', unreadable: null };
    const seen = (digests: string[]) => entry('review.seen', { ...review, digests }, 7);
    await ledger.append(at(0), [seen(['first'])]);
    const answers = await Promise.allSettled([
      ledger.append(at(0), [landed('c1')]),
      ledger.append(at(0), [landed('c2'), of(GRANT, told.activated())], { want: ['tip'] }),
      ledger.append(at(0), [landed('c3'), seen(['second'])], { want: ['tip'] }),
      ledger.append(at(0), [landed('c4')]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(answers[2]).toMatchObject({ reason: { name: 'Conflict' } });
    const steps = (await all()).filter(({ kind }) => kind === 'step.landed');
    expect(steps.map(({ body }) => body)).toMatchObject([{ commit: 'c1' }, { commit: 'c4' }]);
    expect(await ledger.reviewsSeen(7)).toEqual([{ ...review, digests: ['first'] }]);
    expect((await pool.query('SELECT FROM daypass.work')).rowCount).toBe(0);
    expect(await verifyChain(pool)).toMatchObject({ ok: true });
  });
});

describe('grants', () => {
  test('are found by state, path, pull request, subject and end', async () => {
    await tell('one', told.approved());
    await tell('two', told.approved(0, { subject: { id: 5, login: 'eve' }, entitled: null }));
    await tell('over', told.approved(), told.activating(), told.activated());
    await tell('over', told.expired(300));
    const ids = async (filter: Parameters<Ledger['grants']>[0]) =>
      (await ledger.grants(filter)).map(({ id }) => id).sort();
    expect(await ids({})).toEqual(['one', 'over', 'two']);
    expect(await ids({ states: ['scheduled', 'active'] })).toEqual(['one', 'two']);
    expect(await ids({ states: [] })).toEqual([]);
    expect(await ids({ path: PATH, subject: 101 })).toEqual(['one', 'over']);
    expect(await ids({ pull_request: 8 })).toEqual([]);
    expect(await ids({ ended_after: minute(299) })).toEqual(['over']);
    expect(await ids({ ended_after: minute(300) })).toEqual([]);
  });

  test('invariant 17: are counted, and count as overdue after their end, even if no end was tried', async () => {
    expect(await ledger.counts(at(0))).toEqual({ live: 0, overdue: 0, one_overdue: null });
    await tell('waits', told.approved());
    await tell('starts', told.approved(), told.activating(1, window(1, 240)));
    await tell('lasts', told.approved(), told.activating(1, window(1, 200)), told.activated());
    await tell('over', told.approved(), told.activating(), told.activated(), told.overdue(300));
    await tell('over', told.expired(301));
    const none = { live: 2, overdue: 0, one_overdue: null };
    expect(await ledger.counts(new Date(at(200).getTime() - 1))).toEqual(none);
    expect(await ledger.counts(at(200))).toEqual({ ...none, overdue: 1, one_overdue: 'lasts' });
    expect(await ledger.counts(at(240))).toEqual({ ...none, overdue: 2, one_overdue: 'lasts' });
    await tell('failed', told.approved(), told.activating(), told.activated(), told.overdue(2));
    await tell('ended', told.approved(), told.activating(), told.activated(), told.ending(3));
    expect(await ledger.counts(at(2))).toEqual({ live: 4, overdue: 2, one_overdue: 'ended' });
  });

  test('are found by their slots while their access exists', async () => {
    await tell('one', told.approved());
    await tell('live', told.approved(), told.activating(), told.activated());
    await tell('over', told.approved(), told.activating(), told.activated());
    await tell('over', told.expired(300));
    const slot = {
      provider: 'postgres',
      object: 'orders_reader',
      identity: 'alice_s',
    };
    const on = (identity: string) => ledger.onSlot({ ...slot, identity });
    const [alice, bob, again] = await Promise.all([on('alice_s'), on('bob_s'), on('alice_s')]);
    expect(alice.map(({ id }) => id)).toEqual(['live']);
    expect(bob).toEqual([]);
    expect(again).toEqual(alice);
  });

  test('invariant 6: the first user of an identity is remembered for ever, but only people who had access', async () => {
    const identities = async () =>
      (await ledger.identities()).map(({ identity, subject_id }) => [identity, subject_id]);
    await tell('scheduled', told.approved());
    expect(await identities()).toEqual([]);
    await tell('first', told.approved(5), told.activating(6), told.activated(6), told.expired(300));
    await tell('later', told.approved(400, { subject: { id: 5, login: 'eve' } }));
    await tell('later', told.activating(401, window(401, 500)), told.activated(401));
    expect(await identities()).toEqual([['alice_s', 101]]);
  });

  test('invariant 17: the row of work of each grant says when its record is due', async () => {
    const due = async () =>
      (
        await pool.query<{ topic: string; due_at: string }>(
          'SELECT topic, due_at FROM daypass.work',
        )
      ).rows;
    const topic = `grant:${GRANT}`;
    await tell(GRANT, told.approved(3));
    expect(await due()).toEqual([{ topic, due_at: minute(3) }]);
    await tell(GRANT, told.activating(4, window(4, 244)), told.activated(4));
    expect(await due()).toEqual([{ topic, due_at: minute(229) }]);
    await tell(GRANT, told.extended(5, 6, window(4, 364)));
    expect(await due()).toEqual([{ topic, due_at: minute(349) }]);
    await tell(GRANT, told.ending(6));
    expect(await due()).toEqual([{ topic, due_at: minute(6) }]);
    await tell(GRANT, told.failed(7, true, 9));
    expect(await due()).toEqual([{ topic, due_at: minute(9) }]);
    await tell(GRANT, told.revoked(9));
    expect(await due()).toEqual([]);
  });

  const story = fc.array(
    fc
      .tuple(
        fc.constantFrom(
          ...(['approved', 'quarantined', 'activating', 'activated', 'ending', 'overdue'] as const),
          ...(['expired', 'revoked', 'withdrawn', 'lapsed', 'refused'] as const),
        ),
        fc.integer({ min: 0, max: 500 }),
      )
      .map(([kind, minutes]): Told => told[kind](minutes)),
    { minLength: 1, maxLength: 12 },
  );

  test('invariant 22: the record of any story is the fold of its entries', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(story, async (events) => {
        const id = `story ${run++}`;
        const tries = await Promise.allSettled(events.map((event) => tell(id, event)));
        const written = (await ledger.entries({ grant: id, limit: 100 })).filter(isGrantEntry);
        expect(written).toHaveLength(tries.filter(({ status }) => status === 'fulfilled').length);
        const folded = written.reduce<GrantRecord | null>(fold, null);
        expect(await ledger.grant(id)).toEqual(folded);
      }),
      { numRuns: 60 },
    );
    expect(await verifyChain(pool)).toMatchObject({ ok: true });
  });
});

describe('what the ledger says about itself', () => {
  test('its state, from first start on', async () => {
    const head = { seq: 0, hash: '0'.repeat(64) };
    const none = { last_step: null, policy: null, approvers: null, stopped: null };
    expect(await ledger.state()).toEqual({ started: null, ...none, head });
    await ledger.append(at(0), [started('c0')]);
    expect(await ledger.state()).toMatchObject({ started: { source }, last_step: 'c0', policy });
    const why = 'the owner is another';
    const reasons: Reason[] = [{ code: 'source_changed', message: why }];
    const [, last] = await ledger.append(at(1), [
      entry('source.differs', { found: { owner_id: 2 }, why, reasons }),
      landed('c1'),
    ]);
    expect(await ledger.state()).toEqual({
      started: { source },
      last_step: 'c1',
      ...{ policy, approvers: null },
      stopped: { found: { owner_id: 2 }, why, reasons },
      head: { seq: 3, hash: last?.hash },
    });
    await ledger.append(at(2), [started('c2')]);
    expect(await ledger.state()).toMatchObject({ last_step: 'c2', stopped: null });
  });

  test('entries of one grant or pull request, page by page', async () => {
    await ledger.append(at(0), [landed('c1', 7), landed('c2', 8), landed('c3', 7)]);
    await tell(GRANT, told.approved());
    const seqs = async (filter: Parameters<Ledger['entries']>[0]) =>
      (await ledger.entries(filter)).map(({ seq }) => seq);
    expect(await seqs({ pull_request: 7, limit: 10 })).toEqual([1, 3, 4]);
    expect(await seqs({ grant: GRANT, limit: 10 })).toEqual([4]);
    expect(await seqs({ after: 1, limit: 2 })).toEqual([2, 3]);
    expect(await ledger.stepOf(8)).toMatchObject({ commit: 'c2' });
    expect(await ledger.stepOf(9)).toBeNull();
  });

  test('another policy comes into force, and again after a first start or trust', async () => {
    const other = { ...policy, tree: 't9' };
    await ledger.append(at(0), [started('c0')]);
    await ledger.append(at(1), [
      entry('policy.in_force', { policy: other, from: policy.tree, digest: 'd' }, 7),
    ]);
    expect(await ledger.state()).toMatchObject({ policy: other, last_step: 'c0' });
    await ledger.append(at(2), [started('c1')]);
    expect(await ledger.state()).toMatchObject({ policy });
  });

  test('the last step is found by an index, however old it is', async () => {
    const rows = `n, now(), 'drift.seen', '{}', repeat('0', 64), lpad(n::text, 64, '0')`;
    const fill = `INSERT INTO daypass.entries (seq, at, kind, body, previous, hash)
      SELECT ${rows} FROM generate_series(1, 5000) AS n; ANALYZE daypass.entries`;
    await asSuperuser(urls.superuser, fill);
    const plan = await pool.query(`EXPLAIN ${LAST_STEP}`);
    expect(JSON.stringify(plan.rows)).toContain('entries_last_step');
  });

  test('a policy tree is archived once, and never changed', async () => {
    const tree = { id: 't1', files: { 'settings.yaml': 'a: 1\n' } };
    await ledger.append(at(0), [started('c0')], { archive: tree });
    await ledger.append(at(0), [], { archive: { ...tree, files: {} } });
    for (const _ of [1, 2]) expect(await ledger.policyTree('t1')).toEqual(tree);
    expect(await ledger.policyTree('t2')).toBeNull();
  });
});
