import { describe, expect, test } from '@jest/globals';
import type { EvaluationsSemantic } from '../../../src/core/use/authzen/batch.js';
import type { AskedQuestion } from '../../../src/core/use/asked.js';
import { decideBatch } from '../../../src/workflows/use/decide-batch.js';
import type { ToldAtUse } from '../../../src/workflows/use/decide-use.js';

const asked = (id: string): AskedQuestion => ({
  subject: { type: 'user', id, properties: {} },
  action: { name: 'read', properties: {} },
  resource: { type: 'record', id: 'record-1', properties: {} },
  context: {},
});
const malformed = { error: 'subject must be an object with type and id' };
const forbidden: ToldAtUse = { kind: 'forbidden', why: 'not guarded' };

const told = (allowed: boolean): ToldAtUse => ({
  ...{ kind: 'decided', evaluation: 'e-1', at: null, question: null, ask_for: null },
  requestable: null,
  decision: {
    ...{ allowed, reasons: [{ code: allowed ? 'allowed_by_grant' : 'no_grant', message: '' }] },
    ...{ warnings: [], grant: null, ends_at: null },
  },
});

/** Whoever is called yes is allowed, and whoever is called other may not be asked about. */
const decide = ({ subject: { id } }: AskedQuestion): ToldAtUse =>
  id === 'other' ? forbidden : told(id === 'yes');

const answers: Readonly<Record<string, unknown>> = {
  yes: told(true),
  no: told(false),
  other: forbidden,
  bad: malformed,
};

/** A clock that passes a millisecond with each look, and how often others had their turn. */
function turning(abandoned: () => boolean = () => false) {
  let now = 0;
  const turns = { count: 0 };
  const next = () => {
    turns.count += 1;
    return Promise.resolve();
  };
  return { turns, argument: { steady_ms: () => (now += 1), next, abandoned } };
}

const batch = (semantic: EvaluationsSemantic, ids: readonly string[]) => ({
  semantic,
  evaluations: ids.map((id) => (id === 'bad' ? malformed : asked(id))),
});

describe('a batch', () => {
  const cases: readonly [EvaluationsSemantic, string, string][] = [
    ['execute_all', 'yes no bad other yes', 'yes no bad other yes'],
    ['deny_on_first_deny', 'yes no yes', 'yes no'],
    ['deny_on_first_deny', 'yes bad yes', 'yes bad'],
    ['deny_on_first_deny', 'yes other yes', 'yes other'],
    ['deny_on_first_deny', 'yes yes', 'yes yes'],
    ['permit_on_first_permit', 'no bad other yes no', 'no bad other yes'],
    ['permit_on_first_permit', 'no no', 'no no'],
  ];
  test.each(cases)('%s: %s is answered by %s', async (semantic, ids, expected) => {
    const found = await decideBatch(batch(semantic, ids.split(' ')), decide, turning().argument);
    expect(found).toEqual(expected.split(' ').map((id) => answers[id]));
  });

  test('others have their turn within milliseconds', async () => {
    const { turns, argument } = turning();
    const ids = Array.from({ length: 100 }, () => 'yes');
    expect(await decideBatch(batch('execute_all', ids), decide, argument)).toHaveLength(100);
    expect(turns.count).toBeGreaterThanOrEqual(15);
  });

  test('where nobody waits any more, nothing more is decided', async () => {
    const { argument } = turning(() => true);
    const ids = Array.from({ length: 100 }, () => 'yes');
    const found = await decideBatch(batch('execute_all', ids), decide, argument);
    expect(found.length).toBeLessThan(10);
  });
});
