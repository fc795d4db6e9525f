import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPool } from '../../../src/clients/postgres.js';
import { verifyChain } from '../../../src/adapters/postgres/ledger/verify.js';
import { until } from '../../../lab/until.js';
import { setStage } from './stage.js';
import type { Stage } from './stage.js';

/** One installation on which each of `parts` kills something at each of its points; afterwards all of it is checked. */
export function killAndHeal(what: string, ...parts: readonly ((on: () => Stage) => void)[]): void {
  describe(`kill -9 of ${what} at each point of the story, and the next start recovers`, () => {
    let stage: Stage;
    const on = () => stage;
    beforeAll(async () => {
      stage = await setStage();
      await stage.revive();
      await until('first start', async () => {
        const { rowCount } = await stage.acme.ledger.query('SELECT FROM daypass.entries');
        return rowCount === 1;
      });
    }, 240_000);
    beforeEach(() => stage.revive(), 60_000);
    afterAll(() => stage.close(), 60_000);

    for (const part of parts) part(on);

    test('invariants 14, 21: at the end nothing is left, and nothing was written twice', async () => {
      expect(await stage.readers()).toEqual([]);
      const twice = await stage.acme.ledger.query(
        `SELECT kind, grant_id, pull_request FROM daypass.entries
         WHERE kind = 'step.landed' OR kind LIKE 'grant.%' AND kind <> 'grant.attempt_failed'
         GROUP BY kind, grant_id, pull_request HAVING count(*) > 1`,
      );
      expect(twice.rows).toEqual([]);
      const live = await stage.acme.ledger.query(
        `SELECT path, state FROM daypass.grants WHERE state NOT IN ('expired', 'revoked')`,
      );
      expect(live.rows).toEqual([]);
    });

    test('invariant 22: the chain is intact from its first entry to its head', async () => {
      const pool = createPool({
        url: stage.ledgerUrl,
        application: 'test',
        onError: () => undefined,
      });
      try {
        expect(await verifyChain(pool)).toMatchObject({ ok: true });
      } finally {
        await pool.end();
      }
    });
  });
}
