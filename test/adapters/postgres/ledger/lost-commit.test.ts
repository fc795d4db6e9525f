import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { verifyChain } from '../../../../src/adapters/postgres/ledger/verify.js';
import { openGate, type Gate } from '../../../support/gate.js';
import { layWire, type Wire } from '../../../support/wire.js';
import { landed, at } from '../entries.js';
import { ledgerDatabase, poolOf, type Urls } from '../released.js';

/** Messages that the wire holds are broken off by the gate behind it. */
let wire: Wire;
let gate: Gate;
let urls: Urls;
let through: string;

beforeEach(async () => {
  urls = await ledgerDatabase();
  gate = await openGate(urls.worker);
  wire = await layWire(gate.through(urls.worker));
  through = wire.through(urls.worker);
});
afterEach(async () => {
  await wire.close();
  await gate.close();
});

/** Breaks every connection; the database accepts new ones at once. */
const breakOff = () => gate.lead(urls.worker);

test('invariant 21: an append whose answer to COMMIT was lost is written once, and resolves', async () => {
  const ledger = createLedger(poolOf(through));
  await ledger.append(at(0), [landed('step-1')]);
  const committed = wire.stop('step-2', 'committed');
  const appending = ledger.append(at(1), [landed('step-2')]);
  await committed;
  breakOff();
  const [entry] = await appending;
  await ledger.append(at(2), [landed('step-3')]);
  const written = await createLedger(poolOf(urls.worker)).entries({ limit: 10 });
  expect(written.map(({ body }) => body)).toMatchObject(
    ['step-1', 'step-2', 'step-3'].map((commit) => ({ commit })),
  );
  expect(written[1]).toEqual(entry);
});

test('an append whose COMMIT never arrived throws, and nothing was written', async () => {
  const ledger = createLedger(poolOf(through));
  await ledger.append(at(0), [landed('step-1')]);
  const committing = wire.stop('step-2', 'uncommitted');
  const appending = ledger.append(at(1), [landed('step-2')]);
  await committing;
  // Reading what became of it breaks, too, and is tried again.
  const looking = wire.stop('SELECT FROM daypass.entries', 'uncommitted');
  breakOff();
  await looking;
  breakOff();
  await expect(appending).rejects.toThrow();
  await ledger.append(at(2), [landed('step-3')]);
  const pool = poolOf(urls.worker);
  expect(await createLedger(pool).entries({ limit: 10 })).toHaveLength(2);
  expect(await verifyChain(pool)).toMatchObject({ ok: true });
});

test('if the database stays down, the error says that the outcome is unknown, and expectations will show it', async () => {
  const ledger = createLedger(poolOf(through));
  await ledger.append(at(0), [landed('step-1')]);
  const committed = wire.stop('step-2', 'committed');
  const expected = { expect: { last_step: 'step-1' } };
  const appending = ledger.append(at(1), [landed('step-2')], expected);
  await committed;
  gate.lead(null);
  await expect(appending).rejects.toThrow('it is unknown whether it was');
  breakOff();
  await expect(ledger.append(at(1), [landed('step-2')], expected)).rejects.toMatchObject({
    name: 'Conflict',
  });
});
