import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { decide, type Deciding } from '../../src/core/decision/decision.js';
import { groundsOf } from '../../src/core/decision/grounds.js';
import type { NewEntry } from '../../src/core/ledger/events.js';
import { at } from '../adapters/postgres/entries.js';
import { ledgerDatabase, poolOf } from '../adapters/postgres/released.js';
import { answer } from '../support/core/changes.js';
import { person } from '../support/core/people.js';
import { decided, decisions } from '../support/core/telling.js';
import { ask } from './asking.js';

const home = mkdtempSync(join(tmpdir(), 'daypass-replay-'));
afterAll(() => rmSync(home, { recursive: true }));

/** A decision that nobody had to ask the policy for, with its grounds. */
const given: Deciding = {
  ...{ digest: 'd1', subject_id: 1, core_denials: [], reviews: [], seen: [] },
  answer: answer({ approve: [{ rule: 'core/words', message: 'Only words change.' }] }),
  ...{ requester: person('alice'), contributors: { people: [], unknown: [] }, bots: [] },
  ...{ teams: {}, accounts: {}, approver_teams: [], ids: null, consent_of: null },
};
const made = (decision = decide(given)) =>
  decided(decision, { decision, grounds: groundsOf(given), replay: null });

async function verified(...entries: readonly NewEntry[]) {
  const urls = await ledgerDatabase();
  await createLedger(poolOf(urls.owner)).append(at(0), entries);
  const env = { AUDIT_DATABASE_URL: urls.audit, DAYPASS_HOME: home };
  return ask(['audit', 'verify', '--replay'], env);
}

describe('invariant 23: audit verify --replay', () => {
  test('makes each decision again, and says which cannot be', async () => {
    const older = decided(decisions.asked, { replay: null });
    const { exit, out } = await verified(made(), older);
    expect(exit).toBe(0);
    expect(out[0]).toContain('2 entries, 0 grants, 1 decision made again, the head is 2:');
    expect(out).toContain('not known: 1 decision cannot be made again: too little was recorded');
  });

  test('a decision that its grounds do not give makes the ledger not intact', async () => {
    const { exit, out } = await verified(made(), made({ ...decide(given), outcome: 'denied' }));
    expect(exit).toBe(1);
    expect(out.join('\n')).toContain(
      'the ledger is not intact: the decision in entry 2 cannot be made again: its recorded grounds do not give',
    );
  });
});
