import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { migrateQueue } from '../../../../src/adapters/bullmq/migrate.js';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import type { Cluster } from '../../../../src/adapters/postgres/embedded/cluster.js';
import { examineDatabase } from '../../../../src/adapters/postgres/release/examine.js';
import { connectionLimits } from '../../../../src/adapters/postgres/release/limits.js';
import { release } from '../../../../src/adapters/postgres/release/release.js';
import { createPool, HeardClient } from '../../../../src/clients/postgres.js';
import { databaseOn } from '../../../../lab/servers/postgres.js';
import { throwawayCluster } from '../../../../lab/servers/throwaway.js';
import { convergeGrant } from '../../../../src/workflows/grant/converge.js';
import { told, window } from '../../../../lab/acme/story.js';
import { worldOf } from '../../../workflows/world.js';
import { createLeases } from '../../../../src/adapters/postgres/work/leases.js';
import { at, of } from '../entries.js';
import { asSuperuser, SESSIONS } from '../released.js';

test.each([
  [97, { worker: 64, web: 20, audit: 6, pdp: 6 }],
  [27, { worker: 64, web: 6, audit: 3, pdp: 3 }],
  [3, { worker: 64, web: 1, audit: 1, pdp: 1 }],
])('of %i connections the other roles together leave half to the worker', (places, limits) => {
  expect(connectionLimits(places, SESSIONS)).toEqual(limits);
});

describe('invariant 16: the roles of the ledger on a small server', () => {
  let server: Cluster;
  let superuser: string;
  const open: pg.Client[] = [];
  const urls = { worker: '', web: '', audit: '', pdp: '' };
  const releaseIt = () =>
    release({
      releaseUrl: superuser,
      workerUrl: urls.worker,
      webUrl: urls.web,
      auditUrl: urls.audit,
      pdpUrl: urls.pdp,
      sessions: SESSIONS,
      migrateQueue,
    });
  beforeAll(async () => {
    const settings = { max_connections: '44', reserved_connections: '4' };
    server = await throwawayCluster({ settings });
    superuser = await databaseOn(server.superuserUrl);
    for (const role of ['worker', 'web', 'audit', 'pdp'] as const) {
      const url = new URL(superuser);
      url.username = role;
      url.password = `${role}-secret`;
      urls[role] = url.href;
    }
    await releaseIt();
  }, 60_000);
  afterAll(async () => {
    for (const client of open) await client.end().catch(() => undefined);
    await server.stop();
  }, 30_000);

  const poolOf = (url: string) =>
    createPool({ url, application: 'daypass worker', max: 24, onError: () => undefined });
  /** A target that shows nothing of a grant any more. */
  const gone = {
    fingerprint: async () => 'pg:1/orders',
    observe: async () => [[]],
    set: async () => undefined,
  };
  /** Opens sessions until the server refuses another one; returns how many. */
  const crowd = async (url: string): Promise<number> => {
    for (let opened = 0; ; opened += 1) {
      const client = new HeardClient({ connectionString: url });
      try {
        await client.connect();
      } catch {
        return opened;
      }
      open.push(client);
    }
  };
  const said = async () => {
    const pool = poolOf(urls.worker);
    const findings = [];
    for await (const one of examineDatabase(pool, () => new Date(), 24)) findings.push(one);
    await pool.end();
    return findings.at(-1);
  };

  test('doctor says what the others leave to the worker', async () => {
    expect(await said()).toMatchObject({
      is: 'good',
      found: 'the other roles leave this one 24 of 41 connections',
    });
    await asSuperuser(superuser, 'ALTER ROLE web CONNECTION LIMIT -1');
    expect(await said()).toMatchObject({
      is: 'bad',
      found: 'web could use all 37 connections, and so hinder every end of access',
    });
    await asSuperuser(superuser, 'ALTER ROLE web CONNECTION LIMIT 20');
    expect(await said()).toMatchObject({
      is: 'bad',
      found: 'the other roles leave this one 13 of 41 connections, and a worker needs 24',
    });
    await asSuperuser(superuser, 'REVOKE pg_use_reserved_connections FROM worker');
    expect(await said()).toMatchObject({
      is: 'bad',
      found: 'the server reserves 4 connections, and worker may not use them',
    });
    await releaseIt();
  });

  test('whoever holds all connections that web and the auditor can get keeps no worker that starts from ending access', async () => {
    const before = poolOf(urls.worker);
    const story = [told.approved(), told.activating(0, window(0, 60)), told.activated(0)];
    const written = story.map((event) => of('one', event));
    await createLedger(before).append(at(0), written);
    await before.end();
    expect(await crowd(urls.web)).toBe(9);
    expect(await crowd(urls.audit)).toBe(4);
    const pool = poolOf(urls.worker);
    const together = Array.from({ length: 24 }, () => pool.query('SELECT pg_sleep(0.2)'));
    await Promise.all(together);
    const ledger = createLedger(pool);
    const leases = createLeases(pool);
    await convergeGrant(
      worldOf(gone, { ledger, leases, clock: { now: async () => at(61) } }),
      'one',
    );
    expect((await ledger.grant('one'))?.state).toBe('expired');
    await pool.end();
  });

  test('reserved connections are left when everybody else has taken all', async () => {
    const client = new HeardClient({ connectionString: superuser });
    await client.connect();
    await client.query("CREATE ROLE other LOGIN PASSWORD 'other'");
    await client.end();
    const url = new URL(urls.worker);
    url.username = 'other';
    url.password = 'other';
    expect(await crowd(url.href)).toBeGreaterThan(10);
    const worker = new HeardClient({ connectionString: urls.worker });
    await worker.connect();
    open.push(worker);
  });
});
