import { describe, expect, test } from '@jest/globals';
import { starterData } from '../../../lab/acme/policy.js';
import { providers } from '../../../src/providers/list.js';
import { callersOf, type ShownCredential } from '../../../src/core/use/callers.js';
import type { UseRow } from '../../../src/core/use/use-row.js';
import { decideUse } from '../../../src/workflows/use/decide-use.js';
import type { NotCurrent } from '../../../src/workflows/use/keep-current.js';

const URI = 'spiffe://acme/orders-db';
const asked = {
  subject: { type: 'user', id: '101', properties: {} },
  action: { name: 'select', properties: {} },
  resource: { type: 'postgres', id: 'orders-db', properties: { environment: 'production' } },
  context: {},
};
const callers = callersOf({
  ...starterData,
  enforcement: {
    points: {
      gate: {
        ...{ name: 'gate', speaks: 'authzen', subject: { from: 'github_id' } },
        guards: [{ resource: 'orders-db', environment: 'production' }],
        credential: { kind: 'mtls', uri: URI },
      },
    },
  },
});

/** What is told, and whose row is logged, by a process that does not know what is current. */
function ask(last: NotCurrent['last'], shown: ShownCredential) {
  const rows: UseRow[] = [];
  const told = decideUse(
    {
      kept: {
        look: () => Promise.resolve(),
        current: () => ({ why: 'the ledger does not answer', last }),
        distrust: () => undefined,
        leave: () => Promise.resolve(),
      },
      ...{ providers, newId: () => 'e-1', random: () => 0 },
      wallTime: () => new Date('2026-11-24T17:00:00Z'),
      buffer: { add: (row) => rows.push(row) > 0 },
      requestsAt: () => null,
      page: { repository: 'acme/access', web: 'https://github.com' },
    },
    shown,
    asked,
  );
  const code = told.kind === 'decided' ? told.decision.reasons[0].code : told.kind;
  return [code, ...rows.map(({ point }) => point)];
}

describe('invariant 27: whoever does not know what is current denies', () => {
  const last = { callers, now: new Date('2026-11-24T17:00:00Z') };
  test.each<[string, NotCurrent['last'], ShownCredential, readonly string[]]>([
    ['whom the last policy knew', last, { kind: 'mtls', uris: [URI] }, ['not_current', 'gate']],
    [
      'whom the operator gave a token',
      null,
      { kind: 'token', name: 'new' },
      ['not_current', 'new'],
    ],
    ['and knows no other', last, { kind: 'mtls', uris: [`${URI}-2`] }, ['no_point']],
    ['and knows nobody before it has read', null, { kind: 'mtls', uris: [URI] }, ['no_point']],
  ])('%s', (_, known, shown, says) => {
    expect(ask(known, shown)).toEqual(says);
  });
});
