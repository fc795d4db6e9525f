import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { chain, GENESIS, verify } from '../../../src/core/ledger/chain.js';
import type { Entry, NewEntry } from '../../../src/core/ledger/events.js';

const at = new Date('2026-11-24T17:00:00Z');

const overdue = (due_at: string, grant = 'access-grants/production/a.yml@c0ffee'): NewEntry => ({
  kind: 'grant.overdue',
  grant,
  pull_request: null,
  body: { due_at },
});

const batches = fc.array(fc.array(fc.string({ unit: 'grapheme' }).map((text) => overdue(text))), {
  maxLength: 5,
});

/** Chains each batch to the one before, like several processes in turn. */
function written(texts: readonly (readonly NewEntry[])[]): Entry[] {
  const entries: Entry[] = [];
  for (const batch of texts) entries.push(...chain(entries.at(-1) ?? GENESIS, at, batch));
  return entries;
}

describe('the chain of entries', () => {
  test('invariant 22: a hash is SHA-256 over the canonical JSON of the entry and the previous hash', () => {
    const [first] = chain(GENESIS, at, [overdue('2026-11-24T16:00:00.000Z')]);
    const text =
      '{"at":"2026-11-24T17:00:00.000Z","body":{"due_at":"2026-11-24T16:00:00.000Z"},' +
      '"grant":"access-grants/production/a.yml@c0ffee","kind":"grant.overdue",' +
      `"previous":"${'0'.repeat(64)}","pull_request":null,"seq":1}`;
    expect(first).toMatchObject({ seq: 1, previous: '0'.repeat(64) });
    expect(first?.hash).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test('invariant 22: batches of any size form one chain that verifies, as a whole or from any head', () => {
    fc.assert(
      fc.property(batches, fc.nat(), (texts, cut) => {
        const entries = written(texts);
        const head = entries.at(-1) ?? GENESIS;
        const place = entries.length === 0 ? 0 : cut % entries.length;
        const from = entries[place - 1] ?? GENESIS;
        const end = { ok: true, head: { seq: head.seq, hash: head.hash } };
        expect(verify(entries)).toEqual(end);
        expect(verify(entries.slice(place), from)).toEqual(end);
        expect(verify(JSON.parse(JSON.stringify(entries)) as Entry[])).toEqual(end);
      }),
    );
  });

  const entries = written([[overdue('a'), overdue('b')], [overdue('c')], [overdue('d')]]);
  const replaced = (seq: number, change: Partial<Entry>) =>
    entries.map((entry) => (entry.seq === seq ? ({ ...entry, ...change } as Entry) : entry));
  test.each<[string, Entry[], number, RegExp]>([
    ['a body', replaced(3, { body: { due_at: 'x' } }), 3, /entry 3 was altered/],
    ['a time', replaced(1, { at: '2026-11-24T17:00:01.000Z' }), 1, /entry 1 was altered/],
    ['a grant', replaced(2, { grant: 'another' }), 2, /entry 2 was altered/],
    ['a hash', replaced(2, { hash: 'f'.repeat(64) }), 2, /entry 2 was altered/],
    ['a link', replaced(2, { previous: 'f'.repeat(64) }), 2, /entry 2 does not follow/],
    ['an entry taken out', entries.filter(({ seq }) => seq !== 2), 2, /entry 2 is missing/],
    ['an entry twice', [...entries, ...entries.slice(-1)], 5, /entry 5 is missing: entry 4/],
    [
      'a written-over entry with a fitting hash',
      [
        ...entries.slice(0, 1),
        ...chain(entries[0] ?? GENESIS, at, [overdue('forged')]),
        ...entries.slice(2),
      ],
      3,
      /entry 3 does not follow/,
    ],
  ])(
    'invariant 22: verification names the first entry that is wrong: %s',
    (_, tampered, seq, why) => {
      expect(verify(tampered)).toEqual({ ok: false, seq, why: expect.stringMatching(why) });
    },
  );

  test('characters that JSON cannot contain are replaced before an entry is hashed', () => {
    const body = { due_at: 'x', extra: undefined };
    const [entry] = chain(GENESIS, at, [{ ...overdue('x'), body } as NewEntry]);
    expect(Object.keys(entry?.body ?? {})).toEqual(['due_at']);
    expect(() =>
      chain(GENESIS, at, [{ ...overdue('x'), body: { late: NaN } } as unknown as NewEntry]),
    ).toThrow('NaN');
  });
});
