import { beforeEach, describe, expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import { begun, type GrantRecord } from '../../../src/core/grant/record.js';
import { convergeGrant } from '../../../src/workflows/grant/converge.js';
import { keepGrants } from '../../../src/workflows/grant/without-ledger.js';
import { entitled, hours, minute, record, told, window } from '../../../lab/acme/story.js';
import { worldOf } from '../world.js';

const until = (id: string, end: number, more: Partial<GrantRecord> = {}): GrantRecord => ({
  ...record(told.approved(), told.activating(1, window(1, end)), told.activated(1)),
  id,
  ...more,
});

/** A worker whose ledger can be taken away, and a target on which alice is a member through Daypass. */
class Stage {
  at = 0;
  away = false;
  held: string | null = 'member';
  records: GrantRecord[] = [];
  seq = 10;
  readonly written: NewEntry[] = [];
  readonly calls: unknown[] = [];
  readonly logged: string[] = [];
  fingerprint = 'pg:1/orders';
  readonly connection = {
    tells_ours: true,
    fingerprint: async () => this.fingerprint,
    observe: async () => [
      this.held === null ? [] : [{ level: this.held, origin: 'ours' as const }],
    ],
    set: async (_: unknown, level: string | null, { takes_only }: { takes_only?: boolean }) => {
      this.calls.push([level, takes_only]);
      this.held = level;
    },
  };
  readonly world = worldOf(this.connection, {
    hold_ms: 0,
    clock: { now: async () => new Date(minute(this.at)) },
    leases: { acquire: () => Promise.reject(new Error('the database does not answer')) },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: (_: object, message: string) => void this.logged.push(message),
      error: (_: object, message: string) => void this.logged.push(message),
    },
    ledger: {
      state: () =>
        this.answer({ started: null, policy: null, stopped: null, head: { seq: this.seq } }),
      policyTree: () => this.answer(null),
      grants: () => this.answer(this.records.filter(({ state }) => begun(state))),
      grant: (id: string) => this.answer(this.records.find((one) => one.id === id) ?? null),
      onSlot: () => this.answer(this.records.filter(({ state }) => begun(state))),
      changedSince: (version: number) =>
        this.answer(this.records.filter((one) => one.version > version)),
      append: (_: Date, entries: readonly NewEntry[]) =>
        this.answer(entries).then((all) => {
          this.written.push(...all);
          return all;
        }),
    },
  });
  readonly look = keepGrants(this.world);

  private answer<T>(value: T): Promise<T> {
    return this.away
      ? Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:5432'))
      : Promise.resolve(value);
  }
}

describe('invariants 16, 21: the ledger does not answer', () => {
  let on: Stage;
  beforeEach(() => {
    on = new Stage();
  });

  /** The worker has read the ledger at minute 20; then the ledger is away. */
  const begin = async (...records: GrantRecord[]) => {
    on.records = records;
    on.at = 20;
    await on.look();
    on.away = true;
  };
  const at = async (minutes: number) => {
    on.at = minutes;
    await on.look();
  };

  test('access ends at its frozen end, and that is recorded when the ledger is back', async () => {
    await begin(until('one', 30));
    await at(29);
    expect(on.calls).toEqual([]);
    await at(30);
    expect(on.calls).toEqual([[null, true]]);
    await at(31);
    expect(on.calls).toHaveLength(1);
    on.away = false;
    await at(40);
    const body = { seen_at: minute(30), due_at: minute(30), late_ms: 0, by: 'me', observed: [] };
    expect(on.written).toEqual([{ kind: 'grant.taken_away', grant: 'one', pull_request: 7, body }]);
    await at(41);
    expect(on.written).toHaveLength(1);
  });

  test('what was extended, revoked or ended before it went away is known', async () => {
    on.records = [until('one', 30)];
    on.at = 20;
    await on.look();
    on.seq = 12;
    await begin(until('one', 60, { version: 12 }));
    await at(30);
    expect(on.calls).toEqual([]);
    await at(60);
    expect(on.calls).toHaveLength(1);
  });

  test('nothing is ended before a hold has passed', async () => {
    Object.assign(on.world, { hold_ms: 60_000 });
    await begin(until('one', 30));
    await at(31);
    expect(on.calls).toEqual([]);
  });

  test('nothing is ended by what was kept where only the grants cannot be read', async () => {
    await begin(until('one', 30));
    on.away = false;
    on.seq = 11;
    const changedSince = () => Promise.reject(new SyntaxError('a record is no JSON'));
    Object.assign(on.world.ledger, { changedSince });
    await at(31);
    expect(on.calls).toEqual([]);
    expect(on.logged).toEqual(['could not read the live grants']);
  });

  test('a worker that never read the ledger ends nothing', async () => {
    on.away = true;
    await at(31);
    expect(on.calls).toEqual([]);
  });

  test('another live grant on the slot keeps its access', async () => {
    await begin(until('one', 30), until('other', 90));
    await at(31);
    expect(on.calls).toEqual([]);
    expect(on.held).toBe('member');
  });

  test('access that was there before is not taken away', async () => {
    on.connection.tells_ours = false;
    await begin(until('one', 30, { baseline: [{ level: 'member', origin: 'ours' }] }));
    await at(31);
    expect(on.held).toBe('member');
  });

  test('another slot is left alone', async () => {
    const slot = { ...entitled.slot, object: 'orders_writer' };
    await begin(until('one', 30), until('other', 90, { entitled: { ...entitled, slot } }));
    await at(31);
    expect(on.calls).toEqual([[null, true]]);
  });

  test('a target that is another one is not touched, and it is tried again', async () => {
    await begin(until('one', 30));
    on.fingerprint = 'pg:2/orders';
    await at(31);
    expect(on.calls).toEqual([]);
    on.fingerprint = 'pg:1/orders';
    await at(32);
    expect(on.calls).toHaveLength(1);
    expect(on.logged.filter((line) => line === 'could not take access away')).toHaveLength(1);
  });

  test('grants on the slot of which the worker did not know are restored', async () => {
    await begin(until('one', 30));
    await at(31);
    on.records = [until('one', 30), until('unknown', 90)];
    on.away = false;
    await at(40);
    expect(on.written.map(({ grant, body }) => [grant, body])).toMatchObject([
      ['one', { seen_at: minute(31), due_at: minute(30), late_ms: 60_000 }],
      ['unknown', { instead_of: 'one' }],
    ]);
  });

  test('the time goes on by the machine where the clock is the ledger’s', async () => {
    await begin(until('one', 20 + 1 / 60_000));
    Object.assign(on.world.clock, { now: () => Promise.reject(new Error('no answer')) });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await on.look();
    expect(on.calls).toEqual([[null, true]]);
  });

  test('a ledger that was restored from before is read anew', async () => {
    await begin(until('one', 30));
    on.away = false;
    on.seq = 5;
    on.records = [until('restored', 30, { version: 4 })];
    await at(21);
    on.away = true;
    await at(31);
    on.away = false;
    await at(32);
    expect(on.written.map(({ grant }) => grant)).toEqual(['restored']);
  });
});

describe('a grant ends in the instant in which the next on its slot starts', () => {
  test('the end waits for that start, and takes nothing away', async () => {
    const on = new Stage();
    const one = until('one', 30);
    const next: GrantRecord = {
      ...record(told.approved(0, { window: { ...hours(4), starts_at: minute(30) } })),
      id: 'next',
    };
    const scheduled = [next];
    Object.assign(on.world.ledger, {
      grant: async () => one,
      scheduledFor: async () => scheduled,
    });
    on.at = 30;
    expect(await convergeGrant(on.world, 'one')).toEqual(new Date(Date.parse(minute(30)) + 500));
    expect(on.calls).toEqual([]);
    scheduled.pop();
    on.records = [one, until('next', 270)];
    Object.assign(on.world, { leases: worldOf(on.connection, {}).leases });
    await convergeGrant(on.world, 'one');
    expect(on.held).toBe('member');
    expect(on.written.map(({ kind, grant }) => [kind, grant])).toEqual([['grant.expired', 'one']]);
  });
});
