import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quote } from '../../../src/core/reading/problem.js';
import { visible, visibleJson, visibleLines } from '../../../src/core/reading/visible.js';
import { anyText, UNSEEN } from '../../support/core/unseen.js';

describe('what people would not see', () => {
  test.each([
    ['a zero width space', '\u200b', '‹U+200B›'],
    ['a soft hyphen', '\u00ad', '‹U+00AD›'],
    ['a word joiner', '\u2060', '‹U+2060›'],
    ['a zero width joiner', '\u200d', '‹U+200D›'],
    ['a variation selector', '\ufe0f', '‹U+FE0F›'],
    ['one of the supplementary ones', '\u{e0100}', '‹U+E0100›'],
    ['a Hangul filler', '\u3164', '‹U+3164›'],
    ['a half width one', '\uffa0', '‹U+FFA0›'],
    ['a grapheme joiner', '\u034f', '‹U+034F›'],
    ['a Mongolian vowel separator', '\u180e', '‹U+180E›'],
    ['a tag character', '\u{e0041}', '‹U+E0041›'],
    ['what turns text round', '\u202e', '‹U+202E›'],
    ['an isolate', '\u2066', '‹U+2066›'],
    ['an Arabic letter mark', '\u061c', '‹U+061C›'],
    ['a byte order mark', '\ufeff', '‹U+FEFF›'],
    ['a line separator', '\u2028', '‹U+2028›'],
    ['a paragraph separator', '\u2029', '‹U+2029›'],
    ['a next line', '\u0085', '‹U+0085›'],
    ['an escape', '\u001b', '‹U+001B›'],
    ['a line feed', '\n', '‹U+000A›'],
    ['half a character', '\ud800', '‹U+D800›'],
    ['a blank Braille pattern', '\u2800', '‹U+2800›'],
    ['a null notehead', '\u{1d159}', '‹U+1D159›'],
  ])('%s is written out', (_, character, expected) => {
    expect(visible(`a${character}b`)).toBe(`a${expected}b`);
  });

  test('what people see stays as it is', () => {
    const text = 'Grüße, 数据 ご確認, حالة, 👩 and é, 100\u00a0%';
    expect(visible(text)).toBe(text);
    expect(visibleLines('a\n\tb\u200b')).toBe('a\n\tb‹U+200B›');
    expect(quote('a\u200b"\n\u0007')).toBe('"a‹U+200B›\\"\\n‹U+0007›"');
  });

  test('nothing of the kind survives, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visible(text)).not.toMatch(UNSEEN);
        expect(visible(text)).not.toMatch(/[\n\t]/);
        expect(visibleLines(text)).not.toMatch(UNSEEN);
        expect(quote(text)).not.toMatch(UNSEEN);
      }),
    );
  });

  test('JSON means the same, with nothing hidden in it', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        expect(visibleJson(value)).not.toMatch(UNSEEN);
        expect(visibleJson(value, 2)).not.toMatch(UNSEEN);
        expect(JSON.parse(visibleJson(value, 2))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
