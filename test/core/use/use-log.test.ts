import { describe, expect, test } from '@jest/globals';
import type { UseDecision } from '../../../src/core/use/answer.js';
import type { AskedQuestion } from '../../../src/core/use/asked.js';
import { createUseBuffer } from '../../../src/core/use/use-buffer.js';
import { digestOfUses, useInWords, useRow, type UseRow } from '../../../src/core/use/use-row.js';
import type { ReasonCode } from '../../../src/core/reading/reason.js';

const asked = (
  action: AskedQuestion['action'],
  more: Partial<AskedQuestion> = {},
): AskedQuestion => ({
  subject: { type: 'user', id: 'alice', properties: {} },
  resource: { type: 'service', id: 'orders-api', properties: {} },
  ...{ action, context: {} },
  ...more,
});
const decision = (code: ReasonCode, message: string, rule?: string): UseDecision => ({
  allowed: code === 'allowed_by_grant',
  reasons: [{ code, message, ...(rule !== undefined && { rule }) }],
  ...{ warnings: [], grant: null, ends_at: null },
});
const question = {
  ...{ subject: { id: 101, login: 'alice' }, resource: 'orders-api', environment: 'production' },
  act: { kind: 'action', name: 'restart' } as const,
};
const at = {
  ...{ at: '2026-11-24T17:00:00.000Z', evaluation: 'e1', point: 'orders-api', policy: 't1' },
  ...{ full: false, break_glass: false, asked_for: null },
};
const SECRET = 'mysql -phunter2';

describe('what is logged of a use', () => {
  const command = { name: 'restart', properties: { argv: SECRET.split(' ') } };
  const call = { name: 'get', properties: { method: 'GET', path: '/login?token=hunter2' } };

  test.each([
    ['a command', command],
    ['a call', call],
  ])('invariant 24: the words of %s only where settings say so', (_, action) => {
    const denied = decision('out_of_scope', `The grant allows logs; this is ${SECRET} hunter2.`);
    const told = { decision: denied, question };
    expect(JSON.stringify(useRow(asked(action), told, at))).not.toContain('hunter2');
    expect(useRow(asked(action), told, at).message).toBe('The grant does not allow that action.');
    expect(useRow(asked(action), told, { ...at, full: true }).message).toContain('hunter2');
  });

  test('what a rule says is logged as it says it', () => {
    const denied = decision('policy_denied', 'Not on Fridays.', 'production/fridays');
    expect(useRow(asked(command), { decision: denied, question }, at).message).toBe(
      'Not on Fridays.',
    );
  });

  test('what a caller sends is cut', () => {
    const long = asked(
      { name: 'x'.repeat(1_000), properties: {} },
      { subject: { type: 'user', id: 'y'.repeat(1_000), properties: {} } },
    );
    const row = useRow(
      long,
      { decision: decision('unknown_subject', 'z'.repeat(9_000)), question: null },
      at,
    );
    expect(JSON.stringify(row).length).toBeLessThan(8_000);
    expect(row).toMatchObject({
      subject_id: null,
      environment: null,
      subject: `${'y'.repeat(199)}…`,
    });
  });

  test.each([
    [
      {},
      '2026-11-24 17:00 UTC: alice was denied restart on orders-api in production, asked by orders-api: It is over. (ended)',
    ],
    [
      { allowed: true, code: 'allowed_by_grant' },
      '2026-11-24 17:00 UTC: alice was allowed restart on orders-api in production, asked by orders-api: It is over. (allowed_by_grant)',
    ],
    [
      { subject_id: null, subject: 'no\nbody', environment: null, action: 'rm -rf' },
      '2026-11-24 17:00 UTC: "no\\nbody" was denied "rm -rf" on orders-api, asked by orders-api: It is over. (ended)',
    ],
  ])('%j reads like a sentence', (change, words) => {
    const row = useRow(
      asked({ name: 'restart', properties: {} }),
      { decision: decision('ended', 'It is over.'), question },
      at,
    );
    expect(useInWords({ ...row, ...change } as UseRow)).toBe(words);
  });

  test('what a caller sends is text for every reader, and short', () => {
    const odd = {
      subject: { type: 'user', id: '\u0000\ud800' + '\u0001'.repeat(500), properties: {} },
    };
    const told = {
      decision: decision('policy_denied', '\u0001'.repeat(2_000), 'every/odd'),
      question: null,
    };
    const row = useRow(asked({ name: '\u0000', properties: {} }, odd), told, at);
    const text = JSON.stringify(row);
    expect(text).not.toMatch(/\\u00|\\ud8/);
    expect(text.length).toBeLessThan(8_000);
    expect(row.action).toBe('‹U+0000›');
  });

  test('the digest of a batch changes with every row, every character and the order', () => {
    const all = [['a', 'b'], ['b', 'a'], ['a'], ['a', 'c'], []].map((rows) => digestOfUses(rows));
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('what waits to be logged', () => {
  const row = (allowed: boolean, break_glass = false) => ({ allowed, break_glass }) as UseRow;
  const buffer = () => createUseBuffer({ room: 5, reserved: 2 });

  test('denials have places of their own, and what finds none is counted', () => {
    const waits = buffer();
    for (let n = 0; n < 6; n += 1) waits.add(row(true));
    expect(waits.size).toBe(3);
    for (let n = 0; n < 4; n += 1) waits.add(row(false));
    expect(waits.size).toBe(5);
    expect(waits.take(10).lost).toEqual({ allowed: 3, denied: 2 });
    const night = buffer();
    for (let n = 0; n < 5; n += 1) night.add(row(true, true));
    expect(night.size).toBe(5);
  });

  test('what was taken stays until it is written, and what came meanwhile too', () => {
    const waits = buffer();
    for (let n = 0; n < 6; n += 1) waits.add(row(false));
    expect(waits.take(2).rows).toHaveLength(2);
    waits.add(row(false));
    // Not written: the same again, with what was lost meanwhile.
    expect(waits.take(2)).toEqual({
      rows: [row(false), row(false)],
      lost: { allowed: 0, denied: 2 },
    });
    waits.add(row(false));
    waits.written();
    expect(waits.size).toBe(3);
    expect(waits.take(9).lost).toEqual({ allowed: 0, denied: 1 });
  });
});
