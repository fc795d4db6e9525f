import { expect, test } from '@jest/globals';
import { write } from '../../../../src/adapters/postgres/ledger/append.js';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { at, landed } from '../entries.js';
import { ledgerDatabase, poolOf } from '../released.js';

test('invariant 16: an entry that is too long to be written is refused alone, and the ends beside it are written', async () => {
  const pool = poolOf((await ledgerDatabase()).worker);
  /** JavaScript's error for a string over the maximum length, which would take a gigabyte to cause. */
  const tooLong = (text: unknown) => {
    if (String(text).includes('far too long')) throw new RangeError('Invalid string length');
  };
  const short = {
    connect: async () => {
      const client = await pool.connect();
      return {
        on: client.on.bind(client),
        off: client.off.bind(client),
        release: client.release.bind(client),
        query: async (text: string, values: unknown[] = []) => {
          values.forEach(tooLong);
          return client.query(text, values);
        },
      };
    },
  } as unknown as typeof pool;
  const append = (commit: string) => ({
    ...{ now: at(0), entries: [landed(commit)], expect: {}, archive: null, want: [] },
  });
  const outcomes = await write(short, ['c1', 'far too long', 'c2'].map(append));
  expect(outcomes.map((outcome) => 'entries' in outcome)).toEqual([true, false, true]);
  expect(outcomes[1]).toMatchObject({ refused: { message: 'Invalid string length' } });
  const steps = (await createLedger(pool).entries({ limit: 10 })).map(({ body }) => body);
  expect(steps).toMatchObject([{ commit: 'c1' }, { commit: 'c2' }]);
});
