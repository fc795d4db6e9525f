import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { code, oneLine, plain, prose } from '../../../src/core/report/escape.js';
import { anyText, UNSEEN } from '../../support/core/unseen.js';

describe('text from outside', () => {
  test.each([
    [
      'a reason as people write it',
      'Slow queries since 14:10 (INC-4821), 3% of 9k',
      'Slow queries since 14:10 (INC-4821), 3% of 9k',
    ],
    ['a mention', 'ask @alice or @acme/security', 'ask @\u200balice or @\u200bacme/security'],
    [
      'an issue',
      'fixes #12 and GH-12, acme/x#3',
      'fixes #\u200b12 and GH-\u200b12, acme/x#\u200b3',
    ],
    [
      'a link',
      '[safe](https://evil.test) <https://evil.test>',
      '\\[safe\\](https\\://evil.test) \\<https\\://evil.test\\>',
    ],
    [
      'a bare link',
      'see https://evil.test and www.evil.test',
      'see https\\://evil.test and www\u200b.evil.test',
    ],
    ['an image', '![x](https://evil.test/x.png)', '\\!\\[x\\](https\\://evil.test/x.png)'],
    ['HTML', '<img src=x onerror=alert(1)> &lt;b', '\\<img src=x onerror=alert(1)\\> \\&lt;b'],
    [
      'emphasis and code',
      '**bold** _it_ ~~no~~ `code` $x$',
      '\\*\\*bold\\*\\* \\_it\\_ \\~\\~no\\~\\~ \\`code\\` \\$x\\$',
    ],
    ['another cell', 'a | b \\| c', 'a &#124; b \\\\&#124; c'],
    ['another line', 'a\n\n## b\r\n| c', 'a #\u200b#\u200b b &#124; c'],
    ['a list', '- a', '\\- a'],
    ['a numbered list', '1. a', '1\\. a'],
    ['what turns text round', 'a\u202eb\u0000c', 'a‹U+202E›b‹U+0000›c'],
    ['what nobody sees', 'INC-4821\u200b\u00ad', 'INC-4821‹U+200B›‹U+00AD›'],
    ['nothing', ' \n ', ''],
  ])('%s is shown as it is and has no effect', (_, text, expected) => {
    expect(prose(text)).toBe(expected);
  });

  test('long text is cut between characters', () => {
    expect(prose('x'.repeat(500))).toBe(`${'x'.repeat(299)}…`);
    expect(plain('👩'.repeat(20), 10)).toBe(`${'👩'.repeat(9)}…`);
    expect(plain('as long as this', 15)).toBe('as long as this');
    expect(plain(`a${' '.repeat(90)}and more`, 10)).toBe('a…');
  });

  test('invariant 5: nothing that people would not see survives, whatever the text', () => {
    const ours = /(?<=[@#]|GH-|www)\u200b/gi;
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, limit) => {
        for (const shown of [prose(text), plain(text, limit), code(text), oneLine(text, limit)])
          expect(shown.replace(ours, '')).not.toMatch(UNSEEN);
      }),
    );
  });

  test('a title mentions nobody and is one line', () => {
    expect(plain('@alice\nwants *it*', 99)).toBe('@\u200balice wants *it*');
  });

  test.each([
    ['access-grants/production/a.yml', '`access-grants/production/a.yml`'],
    ['a`b', 'a\\`b'],
    ['a|b', 'a&#124;b'],
    ['@alice', '`@alice`'],
    ['', ''],
  ])('the name %j is shown as code if possible', (name, expected) => {
    expect(code(name)).toBe(expected);
  });

  test('no text mentions anybody, or leaves its cell or its line', () => {
    const pieces = ['@', '#', '|', '\\', '`', '<', '[', '&', '\n', '://', 'www.', 'GH-1', 'a', ' '];
    const character = fc
      .integer({ min: 0, max: 0xffff })
      .map((point) => String.fromCodePoint(point));
    const nasty = fc
      .array(fc.oneof(fc.constantFrom(...pieces), character), { maxLength: 20 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(nasty, (text) => {
        const shown = prose(text).replaceAll('&#124;', '');
        expect(shown).not.toMatch(/[@#](?!\u200b)|[|\n\r\p{Cc}\p{Bidi_Control}]|[^\\]:\/\//u);
        // Everything that could be markup has an odd number of backslashes before it.
        expect(shown.replace(/\\[\\`*_[\]<>~&$!:.)+=-]/g, '')).not.toMatch(/[\\`*_[\]<>~&$!]/);
        expect(code(text)).toMatch(/^(`[^`|\n]*`|[^|\n]*)$/);
      }),
    );
  });
});
