import { expect, test } from '@jest/globals';
import { examineQueue } from '../../../src/adapters/bullmq/examine.js';
import { freePort } from '../../../src/adapters/postgres/embedded/server.js';
import { asSuperuser, releasedDatabase } from '../postgres/released.js';

const said = async (postgresUrl: string) =>
  (await examineQueue({ postgresUrl })).map(({ is, found }) => `${is}: ${found}`);

test('the queue on PostgreSQL is good only when it opens for the worker', async () => {
  const { worker, superuser } = await releasedDatabase();
  expect(await said(worker)).toEqual(["good: workers are woken through the ledger's PostgreSQL"]);
  await asSuperuser(superuser, 'DROP SCHEMA bullmq CASCADE');
  const nowhere = `postgres://worker:very-secret@127.0.0.1:${await freePort()}/none`;
  for (const url of [worker, nowhere]) {
    const lines = await said(url);
    expect(lines).toEqual([expect.stringMatching(/^unsure: PostgreSQL does not open it: .+polls/)]);
    expect(lines.join()).not.toContain('very-secret');
  }
}, 60_000);
