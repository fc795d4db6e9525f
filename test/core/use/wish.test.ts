import { describe, expect, test } from '@jest/globals';
import { draftOf, lackInWords, type GrantWish } from '../../../src/core/use/wish.js';
import { proposalWords } from '../../../src/core/use/proposal.js';
import { usesData } from '../../support/core/uses.js';

const WISH: GrantWish = {
  ...{ resource: 'orders-host', role: 'reader', environment: 'production', subject: 'alice' },
  ...{ duration: '1h', expires_at: null, starts_at: null, actions: null },
  ...{ reason: 'It broke', ticket: null },
};
const host = usesData.catalog['orders-host'];
if (!host) throw new Error('the catalog has no host');
const onlyOne = {
  catalog: {
    'orders-host': {
      ...host,
      roles: { reader: { entitlement: {}, risk: 'normal' as const } },
      environments: { production: {} },
    },
  },
};

/** The lacks in words; null for a draft. */
const lacks = (change: Partial<GrantWish>, data: Parameters<typeof draftOf>[1] = usesData) => {
  const found = draftOf({ ...WISH, ...change }, data);
  return 'lacks' in found ? found.lacks.map(lackInWords) : null;
};

describe('a wish', () => {
  test('that says everything is a draft', () => {
    expect(draftOf(WISH, usesData)).toEqual({ draft: WISH });
  });

  test('need not say what there is only one of', () => {
    const wish = { ...WISH, resource: null, role: null, environment: null };
    expect(draftOf(wish, onlyOne)).toEqual({ draft: WISH });
  });

  test.each<[string, Partial<GrantWish>, readonly string[]]>([
    ['a role', { role: null }, ['--role: one of nothing, reader, operator, admin']],
    ['an environment', { environment: null }, ['--environment: one of production, no']],
    [
      'an end and a reason',
      { duration: null, reason: null },
      [
        '--for or --until: how long, such as 4h, or until when, such as 2026-11-24T21:00:00Z',
        '--reason: why, in a sentence for the people who approve',
      ],
    ],
    [
      'a reason in place of the one that a denial shows',
      { reason: ' … ' },
      ['--reason: why, in a sentence for the people who approve'],
    ],
    [
      'a role that there is',
      { role: 'constructor' },
      ['--role: "constructor" is not in the catalog. Use one of nothing, reader, operator, admin'],
    ],
  ])('lacks %s', (_, change, words) => {
    expect(lacks(change)).toEqual(words);
  });

  test('of an unknown resource says nothing of its roles', () => {
    const [first, ...more] = lacks({ resource: 'moon', role: null }) ?? [];
    expect(first).toMatch(/^RESOURCE: "moon" is not in the catalog\. Use one of .*orders-host/);
    expect(more).toEqual([]);
  });
});

test('the words of a pull request mention and link nobody, whatever its reason says', () => {
  const draft = { ...WISH, resource: 'orders-host', role: 'reader', environment: 'production' };
  const reason = 'x\n\n@acme/security <b>#1</b> [a](https://evil.test) `c`';
  expect(proposalWords({ ...draft, reason, ticket: '@bob' })).toEqual({
    title: 'alice: reader on orders-host in production for 1h',
    body: 'x @\u200bacme/security \\<b\\>#\u200b1\\</b\\> \\[a\\](https\\://evil.test) \\`c\\`\n\nTicket: @\u200bbob\n\nOpened with `daypass request`.',
  });
  const until = { ...draft, duration: null, expires_at: '2026-11-24T21:00:00Z', reason: 'x' };
  expect(proposalWords(until).title).toMatch(/ until 2026-11-24T21:00:00Z$/);
});
