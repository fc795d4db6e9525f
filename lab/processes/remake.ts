import type pg from 'pg';
import { differences } from '../../src/core/decision/replay.js';
import { decideAgain, type DecisionBody } from '../../src/core/decision/decide-again.js';
import { canonical } from '../../src/core/reading/canonical.js';

/**
 * Makes every decision of a ledger again from its entry alone (invariant 23), and throws where one does not come out the
 * same to the byte. Returns how many there were.
 */
export async function remakeDecisions(ledger: pg.Pool): Promise<number> {
  const { rows } = await ledger.query<{ seq: string; body: string }>(
    `SELECT seq, body FROM daypass.entries WHERE kind IN ('decision.made', 'policy.judged') ORDER BY seq`,
  );
  for (const { seq, body } of rows) {
    const recorded = JSON.parse(body) as DecisionBody;
    const again = decideAgain(recorded);
    if (again && differences(recorded.decision, again).length === 0) continue;
    const says = again ? canonical(again) : 'nothing: it has no grounds';
    throw new Error(
      `invariant 23: the decision in entry ${seq} was ${canonical(recorded.decision)}, and made again it is ${says}`,
    );
  }
  return rows.length;
}
