import { describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../../lab/acme/acme.js';
import type { Moment } from '../../support/wire.js';
import { ACTIVATED } from './given-once.js';
import { openReader } from './stage.js';
import type { Stage } from './stage.js';

interface Row {
  readonly when: string;
  readonly on: keyof Stage['wires'];
  readonly text: string;
  readonly moment: Moment;
  /** What the ledger says about the grant when the worker is dead. */
  readonly told: readonly string[];
  readonly readers: readonly string[];
  /** Whether the person's session still reads when the worker is dead. */
  readonly reads: boolean;
}

const EXPIRED = [...ACTIVATED, 'grant.expired'];
const REVOKE = 'REVOKE "orders_reader" FROM "alice"';

const rows: Row[] = [
  {
    when: 'before the call',
    on: 'target',
    text: REVOKE,
    moment: 'unsent',
    told: ACTIVATED,
    readers: ['alice'],
    reads: true,
  },
  {
    when: 'between REVOKE and the end of the sessions',
    on: 'target',
    text: REVOKE,
    moment: 'committed',
    told: ACTIVATED,
    readers: [],
    reads: true,
  },
  {
    when: 'after the sessions’ end and before it was seen gone',
    on: 'target',
    text: 'pg_terminate_backend',
    moment: 'unanswered',
    told: ACTIVATED,
    readers: [],
    reads: false,
  },
  {
    when: 'before the outcome is written',
    on: 'ledger',
    text: '"kind":"grant.expired"',
    moment: 'unsent',
    told: ACTIVATED,
    readers: [],
    reads: false,
  },
  {
    when: 'after the outcome was written',
    on: 'ledger',
    text: '"kind":"grant.expired"',
    moment: 'committed',
    told: EXPIRED,
    readers: [],
    reads: false,
  },
];

export function workerIsKilledEnding(on: () => Stage): void {
  const active = async () => {
    const asked = await on().merge('alice');
    await on().acme.grant(asked.path, 'active');
    return asked;
  };

  describe('the worker is killed', () => {
    test('invariants 14, 16, 17: before an end is due: the end comes late, and the record says how late', async () => {
      const { acme, kill, start, told, readers, comments } = on();
      const { path, pull } = await active();
      await kill('worker');
      await acme.advance('PT1H30M');
      expect(await readers()).toEqual(['alice']);
      await start('worker');
      await acme.grant(path, 'expired');
      expect(await readers()).toEqual([]);
      expect(await told(path)).toEqual(EXPIRED);
      const { rows: ends } = await acme.ledger.query<{ late_ms: number }>(
        `SELECT (body::json ->> 'late_ms')::float AS late_ms FROM daypass.entries
         WHERE kind = 'grant.expired' AND grant_id LIKE $1`,
        [`%${path}%`],
      );
      expect(ends[0]?.late_ms).toBeGreaterThanOrEqual(30 * 60_000);
      expect(await comments(pull, /ended at its time/)).toHaveLength(1);
    }, 240_000);

    test.each(rows)(
      'invariants 14, 16: in an end, $when: all access is gone, once',
      async ({ on: way, text, moment, told, readers, reads }) => {
        const stage = on();
        const { acme, wires } = stage;
        const { path, pull } = await active();
        const session = await openReader(acme.orders, 'alice');
        expect(await session.read()).toBe(1);
        const reached = wires[way].stop(text, moment);
        await acme.advance('PT1H');
        await reached;
        await stage.kill('worker');
        expect(await stage.told(path)).toEqual(told);
        expect(await stage.readers()).toEqual(readers);
        if (reads) expect(await session.read()).toBe(1);

        await stage.start('worker');
        await acme.grant(path, 'expired');
        await session.ended;
        expect(await stage.readers()).toEqual([]);
        expect(await stage.told(path)).toEqual(EXPIRED);
        expect(await stage.comments(pull, /ended at its time/)).toHaveLength(1);
      },
      240_000,
    );

    test('invariants 16, 17: after a withdrawal landed: it takes effect without another delivery', async () => {
      const { acme, wires, kill, start, told, readers, green } = on();
      const { path } = await active();
      const pull = await acme.ask('alice', 'alice-gives-back', { [path]: null });
      await green(pull);
      const landed = wires.ledger.stop('"kind":"grant.ending"', 'committed');
      await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
      await landed;
      await kill('worker');
      expect(await told(path)).toEqual([...ACTIVATED, 'grant.ending']);
      expect(await readers()).toEqual(['alice']);
      await start('worker');
      await acme.grant(path, 'revoked');
      expect(await told(path)).toEqual([...ACTIVATED, 'grant.ending', 'grant.revoked']);
      expect(await readers()).toEqual([]);
    }, 240_000);
  });
}
