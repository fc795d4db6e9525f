import { describe, expect, test } from '@jest/globals';
import { chain, GENESIS } from '../../../src/core/ledger/chain.js';
import { readHeads, searchHeads, leftOpen } from '../../../src/core/ledger/kept-head.js';
import { entries, told } from '../../../lab/acme/story.js';
import { report } from '../../../src/core/report/report.js';
import { reporting } from '../../support/core/reporting.js';

const HASH = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

describe('heads are read from', () => {
  test.each([
    ['SEQ:HASH', `12:${HASH}`, [{ seq: 12, hash: HASH }]],
    ['the summary of a check', `…\n---\nLedger: entry 12, \`${HASH}\``, [{ seq: 12, hash: HASH }]],
    [
      'audit verify --json',
      JSON.stringify({ ok: true, head: { seq: 12, hash: HASH } }),
      [{ seq: 12, hash: HASH }],
    ],
    [
      'the same, indented',
      JSON.stringify({ head: { seq: 12, hash: HASH } }, null, 2),
      [{ seq: 12, hash: HASH }],
    ],
    [
      'a line of the log',
      `{"level":30,"head":"${HASH}","msg":"step landed"}`,
      [{ seq: null, hash: HASH }],
    ],
    ['a hash alone', ` ${HASH} \n`, [{ seq: null, hash: HASH }]],
    [
      'several lines, each once',
      `1:${HASH}\n1:${HASH}\n2:${OTHER}\n`,
      [
        { seq: 1, hash: HASH },
        { seq: 2, hash: OTHER },
      ],
    ],
    ['the start of a chain', `0:${GENESIS.hash}`, [GENESIS]],
    ['a hash that is too short', `1:${HASH.slice(1)}`, []],
    ['a hash that is too long', `1:${HASH}a`, []],
    ['capital letters', `1:${HASH.toUpperCase()}`, []],
    ['digests of something else', `{"digest":"${HASH}","previous":"${OTHER}"}`, []],
    [
      'the words of audit verify',
      `the ledger is intact: 7 entries, 2 grants, the head is 7:${HASH}`,
      [{ seq: 7, hash: HASH }],
    ],
    [
      'the text of a check as a browser copies it',
      `Approved\r\nLedger: entry 12, ${HASH}\r\n`,
      [{ seq: 12, hash: HASH }],
    ],
    ['nothing', '', []],
  ])('%s', (_, text, heads) => {
    expect(readHeads(text)).toEqual(heads);
  });

  test.each([
    ['a reason', `- alice asks, because: entry 3, \`${HASH}\``],
    ['a reason in a table', `| reason | 3:${HASH} |`],
    ['a line of a difference', ` Ledger: entry 3, \`${HASH}\``],
    ['an added line of a difference', `+3:${HASH}`],
    ['JSON in a reason', `because "head":"${HASH}"`],
    ['JSON in the words of a log', JSON.stringify({ msg: `"head":"${HASH}" {"head":"${HASH}"}` })],
    ['JSON that is nested', JSON.stringify({ err: { head: { seq: 3, hash: HASH } } })],
    ['JSON that is cut', `{"head":"${HASH}"`],
  ])('what somebody else wrote is no head: %s', (_, text) => {
    expect(readHeads(`Approved: it holds\n${text}\n\n---\nLedger: entry 12, \`${OTHER}\``)).toEqual(
      [{ seq: 12, hash: OTHER }],
    );
  });

  test('invariant 22: the head in a check report can be read back', () => {
    const { summary } = report({ ...reporting(), head: { seq: 7, hash: HASH } });
    expect(readHeads(summary)).toEqual([{ seq: 7, hash: HASH }]);
  });
});

describe('invariant 22: a chain is searched for the heads that were kept elsewhere', () => {
  const [first, second, third] = entries(told.approved(0), told.activating(1), told.activated(2));
  if (!first || !second || !third) throw new Error('the story is shorter');
  const [anew] = chain(GENESIS, new Date(first.at), [{ ...first, pull_request: 8 }]);

  const missing = (kept: Parameters<typeof searchHeads>[0], found = [first, second, third]) => {
    const search = searchHeads(kept, GENESIS);
    found.forEach(search.see);
    return search.missing(found.at(-1) ?? GENESIS)?.why ?? null;
  };
  const at = ({ seq, hash }: { seq: number; hash: string }) => ({ seq, hash });

  test.each([
    ['none', [], null],
    ['the newest', [at(third)], null],
    ['an older one', [at(first)], null],
    ['the start', [GENESIS], null],
    ['a hash without its number', [{ seq: null, hash: second.hash }], null],
    [
      'one that was cut off',
      [{ seq: 4, hash: HASH }],
      'entry 4 was kept, but the chain ends at entry 3',
    ],
    [
      'one of another chain',
      [at(third), { seq: 2, hash: HASH }],
      'entry 2 is not the one that was kept',
    ],
    ['an unknown hash', [{ seq: null, hash: HASH }], `no entry has the hash ${HASH}`],
    ['another start', [{ seq: 0, hash: HASH }], 'entry 0 is not the one that was kept'],
  ])('%s', (_, kept, why) => {
    if (why === null) expect(missing(kept)).toBeNull();
    else expect(missing(kept)).toContain(why);
  });

  test('a chain that was written anew is consistent, and lacks the kept head', () => {
    if (!anew) throw new Error('nothing was chained');
    expect(missing([at(first)], [anew])).toContain('entry 1 is not the one');
  });

  test.each([
    ['no head', [], 'only a head that was kept elsewhere'],
    ['an older head', [at(first)], 'after entry 1'],
    ['a hash alone', [{ seq: null, hash: third.hash }], 'came after the heads'],
    ['the newest head', [at(first), at(third)], null],
  ])('with %s it says what is not known', (_, kept, says) => {
    expect(leftOpen(kept, third)).toEqual(says === null ? [] : [expect.stringContaining(says)]);
  });
});
