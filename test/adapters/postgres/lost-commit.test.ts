import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { createGroup, createSharedRead } from '../../../src/adapters/postgres/group.js';
import { createLedger } from '../../../src/adapters/postgres/ledger.js';
import { verifyChain } from '../../../src/adapters/postgres/verify.js';
import { landed, at } from './entries.js';
import { ledgerDatabase, poolOf, type Urls } from './released.js';

/** A wire to the database that breaks at a commit: before it gets there, or with its answer. */
let cut: 'before' | 'after' | null;
let away: boolean;
const isCutting = () => cut !== null;
let wire: Server;
let urls: Urls;
let through: string;

beforeEach(async () => {
  cut = null;
  away = false;
  urls = await ledgerDatabase();
  const { port, hostname } = new URL(urls.worker);
  wire = createServer((client) => {
    if (away) return void client.destroy();
    const server = connect(Number(port), hostname);
    let deaf = false;
    const end = () => void (client.destroy(), server.destroy());
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      if (cut === null || !bytes.includes('COMMIT')) return void server.write(bytes);
      if (cut === 'before') return end();
      deaf = true;
      cut = null;
      server.write(bytes);
    });
    server.on('data', (bytes) => (deaf ? end() : void client.write(bytes)));
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  const url = new URL(urls.worker);
  url.port = String((wire.address() as AddressInfo).port);
  through = url.href;
});
afterEach(() => void wire.close());

test('invariant 21: an append whose commit’s answer was lost is written once, and answers', async () => {
  const ledger = createLedger(poolOf(through));
  await ledger.append(at(0), [landed('c1')]);
  cut = 'after';
  const [entry] = await ledger.append(at(1), [landed('c2')]);
  await ledger.append(at(2), [landed('c3')]);
  const written = await createLedger(poolOf(urls.worker)).entries({ limit: 10 });
  expect(written.map(({ body }) => body)).toMatchObject(
    ['c1', 'c2', 'c3'].map((commit) => ({ commit })),
  );
  expect(written[1]).toEqual(entry);
});

test('an append whose commit never arrived throws and wrote nothing', async () => {
  const ledger = createLedger(poolOf(through));
  await ledger.append(at(0), [landed('c1')]);
  cut = 'before';
  const appending = ledger.append(at(1), [landed('c2')]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  cut = null;
  await expect(appending).rejects.toThrow();
  await ledger.append(at(2), [landed('c3')]);
  const pool = poolOf(urls.worker);
  expect(await createLedger(pool).entries({ limit: 10 })).toHaveLength(2);
  expect(await verifyChain(pool)).toMatchObject({ ok: true });
});

test('where the database stays away the error says that it is open, and expectations tell', async () => {
  const ledger = createLedger(poolOf(through));
  await ledger.append(at(0), [landed('c1')]);
  cut = 'after';
  const appending = ledger.append(at(1), [landed('c2')], { expect: { last_step: 'c1' } });
  while (isCutting()) await new Promise((resolve) => setImmediate(resolve));
  away = true;
  await expect(appending).rejects.toThrow('could not be told');
  away = false;
  await expect(
    ledger.append(at(1), [landed('c2')], { expect: { last_step: 'c1' } }),
  ).rejects.toMatchObject({ name: 'Conflict' });
});

test('those who come while one writes share the next turn, at most so many', async () => {
  const turns: number[][] = [];
  const group = createGroup<number, number>(async (items) => {
    turns.push([...items]);
    await new Promise((resolve) => setImmediate(resolve));
    if (items.includes(5)) throw new Error('a turn that failed');
    return items.map((item) => item * 2);
  }, 3);
  const answers = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(group));
  expect(turns).toEqual([[1], [2, 3, 4], [5, 6]]);
  expect(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed')),
  ).toEqual([2, 4, 6, 8, 'failed', 'failed']);
  expect(await group(7)).toBe(14);
});

test('a shared read answers nobody with what was read before they asked', async () => {
  let moment = 0;
  const gates: (() => void)[] = [];
  const read = createSharedRead(async () => {
    const seen = moment;
    await new Promise<void>((resolve) => gates.push(resolve));
    return seen;
  });
  const first = read();
  moment = 1;
  const late = [read(), read()];
  gates.shift()?.();
  expect(await first).toBe(0);
  await new Promise((resolve) => setImmediate(resolve));
  gates.shift()?.();
  expect(await Promise.all(late)).toEqual([1, 1]);
  expect(gates).toEqual([]);
});
