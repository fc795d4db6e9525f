import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { bellAt, createAlarm } from '../../../src/adapters/bullmq/alarm.js';
import { freePort } from '../../../src/adapters/postgres/embedded/server.js';
import { migrateQueue } from '../../../src/adapters/bullmq/migrate.js';
import { asSuperuser, ownedDatabase, releasedDatabase, sessionOf } from '../postgres/released.js';
import { layWire } from '../../support/wire.js';
import { alarmContract } from './alarm-contract.js';

describe('the time of a bell', () => {
  const machine = Date.parse('2026-11-24T17:00:00.250Z');
  test.each([
    ['17:00:10.000', '17:00:00.250', 'bell-1795539610-0', 9_750],
    ['17:00:09.001', '17:00:00.250', 'bell-1795539610-0', 9_750],
    ['17:00:00.000', '17:00:00.250', 'bell-1795539600-0', 0],
    ['17:00:10.000', '16:59:50.250', 'bell-1795539610--10', 19_750],
    ['17:00:10.000', '17:00:09.900', 'bell-1795539610-10', 100],
  ])('due %s, asked at %s: %s in %i ms', (at, now, id, delay_ms) => {
    const on = (time: string) => new Date(`2026-11-24T${time}Z`);
    expect(bellAt(on(at), on(now), machine)).toEqual({ id, delay_ms });
  });
});

describe('on PostgreSQL, as the worker’s role', () => {
  let worker: string;
  let port: number;
  let superuser: pg.Client;
  beforeAll(async () => {
    const urls = await releasedDatabase();
    worker = urls.worker;
    superuser = await sessionOf(urls.superuser);
    port = await freePort();
  });
  // The connection that listens has the queue's name.
  const BELLS = `datname = current_database() AND application_name IN ('daypass bell', 'daypass-bells')`;

  alarmContract({
    options: () => ({ postgresUrl: worker }),
    nowhere: () => ({ postgresUrl: `postgres://worker:x@127.0.0.1:${port}/none` }),
    cut: async () => {
      await superuser.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${BELLS}`,
      );
    },
    lose: async () => {
      await superuser.query('TRUNCATE bullmq.job CASCADE');
    },
    connections: async () => {
      const { rowCount } = await superuser.query(`SELECT FROM pg_stat_activity WHERE ${BELLS}`);
      return rowCount ?? 0;
    },
  });

  test('invariant 17: a connection that breaks while it is being prepared is an error, and ends no process', async () => {
    const wire = await layWire(worker);
    const alarm = createAlarm({ postgresUrl: wire.through(worker), onError: () => undefined });
    try {
      const reached = wire.stop('version', 'unanswered');
      const ringing = expect(alarm.ring(new Date(), new Date())).rejects.toThrow();
      await reached;
      await wire.close();
      await ringing;
    } finally {
      await alarm.close();
    }
  });

  test('a schema that release has not created yet is an error, and is used once it exists', async () => {
    const urls = await ownedDatabase();
    const name = new URL(urls.worker).username;
    await asSuperuser(urls.superuser, `CREATE ROLE "${name}" LOGIN PASSWORD 'x'`);
    const url = new URL(urls.worker);
    url.password = 'x';
    const alarm = createAlarm({ postgresUrl: url.href, onError: () => undefined });
    try {
      await expect(alarm.ring(new Date(), new Date())).rejects.toThrow();
      await asSuperuser(urls.superuser, `ALTER ROLE "${name}" SUPERUSER`);
      const session = await sessionOf(urls.superuser);
      await migrateQueue(session);
      await alarm.ring(new Date(), new Date());
    } finally {
      await alarm.close();
    }
  });
});
