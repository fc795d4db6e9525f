import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createLedger } from '../../../src/adapters/postgres/ledger/ledger.js';
import { createLeases } from '../../../src/adapters/postgres/work/leases.js';
import { isOverdue } from '../../../src/core/ledger/due.js';
import type { Entitled } from '../../../src/core/grant/effect.js';
import type { Connection, Ledger } from '../../../src/ports.js';
import { guarded } from '../../../src/providers/guarded/guarded.js';
import { createTargets } from '../../../src/providers/targets/targets.js';
import { end } from '../../../src/workflows/grant/end.js';
import { minute, told, window, type Told } from '../../../lab/acme/story.js';
import { at, of } from '../../adapters/postgres/entries.js';
import { ledgerDatabase, poolOf, sessionOf } from '../../adapters/postgres/released.js';
import { worldOf } from '../../workflows/world.js';

const offered = { resource: 'orders-ci', environment: 'ci', role: 'rerun' };
const slot = guarded.slot({}, '101', offered);
const entitled: Entitled = {
  slot: { provider: 'guarded', target: 'orders-ci', object: slot.object, identity: '101' },
  level: slot.level,
  entitlement: {},
  risk: 'normal',
  native_expiry: 'full',
  enforces_scope: true,
  ends_sessions: false,
  keep_sessions: false,
};
/** An hour from minute 1 on. */
const landed = told.approved(0, { entitled });
const begun: Told = [
  1,
  'grant.activating',
  { window: window(1, 61), fingerprint: 'ledger', entitled, baseline: [] },
];
const GIVEN = [[{ level: 'allowed', origin: 'ours' }]];
const UNCONFIRMED = { name: 'TargetFault', lasting: false, code: 'use_unconfirmed' };

let owner: pg.Client;
let ledger: Ledger;
let pool: pg.Pool;
let connection: Connection;
let now = at(0);
const guard = () => ({
  now: async () => now,
  onSlot: ledger.onSlot,
  decisionProcesses: ledger.decisionProcesses,
});
beforeAll(async () => {
  const urls = await ledgerDatabase();
  owner = await sessionOf(urls.owner);
  pool = poolOf(urls.worker);
  ledger = createLedger(pool);
  connection = await guarded.connect({ url: '', forbidden: [], guard: guard() });
});

const tell = async (grant: string, ...story: readonly Told[]) => {
  for (const event of story) await ledger.append(at(event[0]), [of(grant, event)]);
  now = at(story.at(-1)?.[0] ?? 0);
  return (await ledger.grant(grant))?.version ?? 0;
};
const confirm = (name: string, version: number, silent_s = 0) =>
  owner.query(
    `INSERT INTO daypass.decision_processes (name, version, seen_at, stale_after)
     VALUES ($1, $2, clock_timestamp() - make_interval(secs => $3), interval '10 seconds')
     ON CONFLICT (name) DO UPDATE SET version = excluded.version, seen_at = excluded.seen_at`,
    [name, version, silent_s],
  );
const look = () => connection.observe([slot], 'other');

/** Each test has the slot for itself: the grants of the one before are over. */
beforeEach(async () => {
  await owner.query('DELETE FROM daypass.decision_processes');
  for (const { id } of await ledger.onSlot({ ...slot, provider: 'guarded' }))
    await tell(id, told.expired(900));
});

describe('guarded access', () => {
  test('invariant 14: exists from the intent to the end of the window, by the row of the grant alone', async () => {
    await tell('a', landed);
    expect(await look()).toEqual([[]]);
    await tell('a', begun);
    expect(await look()).toEqual(GIVEN);
    await tell('a', told.activated(1));
    expect(await look()).toEqual(GIVEN);
    now = at(60);
    expect(await look()).toEqual(GIVEN);
    now = at(61);
    expect(await look()).toEqual([[]]);
  });

  test('invariant 14: is not gone before each decision process goes by the row that ended it', async () => {
    const live = await tell('b', landed, begun, told.activated(1));
    await confirm('pdp-1', live);
    await confirm('pdp-2', live);
    const over = await tell('b', told.ending(30));
    await expect(look()).rejects.toMatchObject(UNCONFIRMED);
    await confirm('pdp-1', over);
    await expect(look()).rejects.toThrow('the decision process pdp-2 has not confirmed');
    await confirm('pdp-2', over);
    expect(await look()).toEqual([[]]);
  });

  test('invariant 14: a process that knows the window need not hear of its end', async () => {
    await confirm('pdp-1', await tell('c', landed, begun, told.activated(1)));
    now = at(61);
    expect(await look()).toEqual([[]]);
  });

  test('invariant 14: a process that never read the window is behind', async () => {
    await confirm('pdp-1', (await tell('d', landed, begun, told.activated(1))) - 1);
    now = at(61);
    await expect(look()).rejects.toMatchObject(UNCONFIRMED);
  });

  test('invariant 14: a process that has been silent for long denies; when it comes back it must confirm', async () => {
    await confirm('pdp-1', await tell('e', landed, begun, told.activated(1)), 9);
    const over = await tell('e', told.ending(30));
    await expect(look()).rejects.toMatchObject(UNCONFIRMED);
    await confirm('pdp-1', over - 1, 11);
    expect(await look()).toEqual([[]]);
    await confirm('pdp-1', over - 1);
    await expect(look()).rejects.toMatchObject(UNCONFIRMED);
  });

  test('invariant 14: a version that the ledger does not have, as after a restore, confirms nothing', async () => {
    const over = await tell('f', landed, begun, told.activated(1), told.ending(30));
    await confirm('pdp-1', over + 1);
    await expect(look()).rejects.toMatchObject(UNCONFIRMED);
  });

  test('invariant 12: a start that was missed gives nothing, and that must be known too', async () => {
    const begins = await tell('g', landed, begun);
    now = at(60);
    await confirm('pdp-1', begins - 1);
    await expect(look()).rejects.toMatchObject(UNCONFIRMED);
    await confirm('pdp-1', begins);
    expect(await look()).toEqual([[]]);
  });

  test('invariant 14: another live grant on the slot explains what is there', async () => {
    await tell('h', landed, begun, told.activated(1));
    await tell(
      'i',
      landed,
      [1, begun[1], { ...begun[2], window: window(1, 121) }] as Told,
      told.activated(1),
    );
    now = at(61);
    expect(await look()).toEqual(GIVEN);
    expect(await ends('h')).toBeNull();
    expect(await ledger.grant('h')).toMatchObject({ state: 'expired', left: GIVEN[0] });
  });

  test('a ledger that does not answer proves nothing', async () => {
    const away = () => Promise.reject(new Error('postgres://secret is away'));
    const open = await guarded.connect({
      url: '',
      forbidden: [],
      guard: { ...guard(), now: away },
    });
    await expect(open.observe([slot])).rejects.toMatchObject({
      message: expect.not.stringContaining('secret'),
      code: 'target_failed',
    });
  });
});

/** One try to end a grant, as a worker makes it. */
async function ends(id: string): Promise<Date | null> {
  const record = await ledger.grant(id);
  if (!record) throw new Error(`there is no ${id}`);
  const providers = { guarded };
  const targets = createTargets(providers, {}, async () => [], { guard: guard() });
  const world = worldOf(connection, { ledger, leases: createLeases(pool), providers, targets });
  return end({ ...world, clock: { now: async () => now } }, record, now);
}

describe('the end of guarded access', () => {
  test('invariant 14: with no decision process nobody can allow, so it is gone at once', async () => {
    await tell('k', landed, begun, told.activated(1));
    now = at(61);
    expect(await ends('k')).toBeNull();
    expect(await ledger.grant('k')).toMatchObject({ state: 'expired', ended_at: minute(61) });
  });

  test('invariant 14: waits a moment for the processes, so that an ordinary end is not loud', async () => {
    const live = await tell('l', landed, begun, told.activated(1));
    await confirm('pdp-1', live);
    const over = await tell('l', told.ending(30));
    const ending = ends('l');
    await new Promise((resolve) => setTimeout(resolve, 150));
    await confirm('pdp-1', over);
    expect(await ending).toBeNull();
    expect(await ledger.grant('l')).toMatchObject({ state: 'revoked', attempts: 0 });
  });

  test('invariants 14, 16: a process that stays behind makes it overdue and is named, until it confirms', async () => {
    const live = await tell('m', landed, begun, told.activated(1));
    await confirm('pdp-1', live);
    await tell('m', told.ending(30));
    expect(await ends('m')).toBeInstanceOf(Date);
    const loud = await ledger.grant('m');
    expect(loud).toMatchObject({
      state: 'active',
      overdue: true,
      error: expect.stringContaining('pdp-1 has not confirmed yet'),
    });
    expect(loud && isOverdue(loud, now)).toBe(true);
    const { head } = await ledger.state();
    await confirm('pdp-1', head.seq);
    expect(await ends('m')).toBeNull();
    expect(await ledger.grant('m')).toMatchObject({ state: 'revoked', overdue: false });
  });
});
