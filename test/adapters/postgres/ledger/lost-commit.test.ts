import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { verifyChain } from '../../../../src/adapters/postgres/ledger/verify.js';
import { openGate, type Gate } from '../../../support/gate.js';
import { layWire, type Wire } from '../../../support/wire.js';
import { landed, at } from '../entries.js';
import { ledgerDatabase, poolOf, type Urls } from '../released.js';

/** What stands still on the wire breaks at the gate behind it. */
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

/** Breaks every connection; the database may be connected to again at once. */
const breakOff = () => gate.lead(urls.worker);

test('invariant 21: an append whose commit’s answer was lost is written once, and answers', async () => {
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

test('an append whose commit never arrived throws and wrote nothing', async () => {
  const ledger = createLedger(poolOf(through));
  await ledger.append(at(0), [landed('step-1')]);
  const committing = wire.stop('step-2', 'uncommitted');
  const appending = ledger.append(at(1), [landed('step-2')]);
  await committing;
  // The look at what became of it breaks, too, and is taken again.
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

test('where the database stays away the error says that it is open, and expectations tell', async () => {
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
