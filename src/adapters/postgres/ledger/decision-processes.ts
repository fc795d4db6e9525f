import type pg from 'pg';
import type { DecisionProcess } from '../../../core/grant/decision-process.js';

/**
 * Every decision process by its row. One statement, so that no process seems ahead of the ledger because that was read
 * before.
 */
export async function readDecisionProcesses(pool: pg.Pool): Promise<readonly DecisionProcess[]> {
  const { rows } = await pool.query<DecisionProcess>(
    `SELECT name, CASE WHEN version <= head.seq THEN version ELSE 0 END AS version,
       clock_timestamp() - seen_at > stale_after AS silent
     FROM daypass.decision_processes CROSS JOIN daypass.head ORDER BY name`,
  );
  return rows;
}
