import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { HeardClient } from '../../src/clients/postgres.js';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { entries } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';

const PATH = 'access-grants/development/alice-orders.yml';
/** pino's number for a warning. */
const WARN = 40;

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly port?: number;
}

describe('a worker that is asked to end during a call', () => {
  let acme: Installation;
  let worker: Program;
  /** Somebody else is giving the same role, so that the worker's call waits for them. */
  let holder: pg.Client;
  beforeAll(async () => {
    ({ acme, worker } = await running({
      now: '2026-11-24T11:00:00Z',
      // A call then has the provider's own limit of 12 s for a query.
      worker: () => ({ HOLD_SECONDS: '60' }),
    }));
    holder = new HeardClient({ connectionString: acme.orders.url });
    await holder.connect();
  }, 90_000);
  afterAll(async () => {
    await holder.end();
    await acme.close();
  }, 60_000);

  const said = (): readonly Line[] =>
    worker.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);

  test('invariant 21: writes the outcome before it closes anything', async () => {
    await holder.query('BEGIN; GRANT orders_reader TO alice');
    const pull = await acme.ask('alice', 'alice', { [PATH]: grantFile({ duration: '1h' }) });
    await acme.check(pull.head.sha, ({ conclusion }) => conclusion === 'success');
    await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
    await until('the call that waits', async () => {
      const { rowCount } = await acme.orders.dba(
        `SELECT FROM pg_stat_activity WHERE usename = 'daypass' AND wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });

    const exited = worker.end('SIGTERM');
    await until('the closing has begun', async () => {
      const { rowCount } = await acme.ledger.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'daypass worker listens' AND datname = current_database()`,
      );
      return rowCount === 0;
    });
    const { port } = said().find(({ msg }) => msg === 'ready') ?? {};
    let answered = 0;
    // A worker that closed without waiting for the call would stop answering meanwhile.
    await until(
      'it goes on for as long as the call does',
      async () => {
        const { ok } = await fetch(`http://127.0.0.1:${String(port)}/healthz`);
        answered += ok ? 1 : 0;
        return answered === 20;
      },
      10_000,
    );
    await holder.query('ROLLBACK');

    expect(await exited).toBe(0);
    expect((await entries(acme)).map(({ kind }) => kind)).toContain('grant.activated');
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
    const since = said().slice(said().findIndex(({ msg }) => msg === 'closing'));
    expect(since.map(({ msg }) => msg)).toContain('closed');
    expect(since.filter(({ level }) => level >= WARN)).toEqual([]);
  }, 240_000);
});
