import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { collisions } from '../../../src/core/grant/path.js';
import { parseGrant, subjectOf } from '../../../src/core/grant/grant.js';
import { PATH, bytes, file, problems } from '../../support/core/grant-files.js';

describe('a grant file with any content', () => {
  test.each([
    [
      'access-grants/production/alice.yaml',
      'the file name "alice.yaml" must end in .yml, not in .yaml',
    ],
    ['access-grants/production/alice.json', 'the file name "alice.json" must end in .yml'],
    ['access-grants/production/Alice.yml', 'the name "Alice" is not allowed'],
    ['access-grants/production/.yml', 'the name "" is not allowed'],
    [
      `access-grants/production/${'a'.repeat(65)}.yml`,
      `the name "${'a'.repeat(65)}" is not allowed`,
    ],
    ['access-grants/every/alice.yml', '"every" cannot be the name of an environment'],
    ['access-grants/pro_d/alice.yml', '"pro_d" cannot be the name of an environment'],
    ['access-grants/alice.yml', '"access-grants/alice.yml" is not the path of a grant file'],
    [
      'access-grants/production/a/alice.yml',
      '"access-grants/production/a/alice.yml" is not the path',
    ],
    ['grants/production/alice.yml', '"grants/production/alice.yml" is not the path'],
  ])('the path %s is refused', (path, found) => {
    expect(problems(file(), path)).toEqual([expect.stringContaining(`- ${found}`)]);
  });

  test('a bad path does not hide problems in the content', () => {
    expect(problems(file({ subject: '-a' }), 'access-grants/every/A.yml')).toHaveLength(3);
  });

  test.each([
    ['100755', 'an executable file'],
    ['120000', 'a symbolic link'],
    ['160000', 'a submodule'],
    ['040000', 'a file with the mode "040000"'],
  ])('the mode %s is refused', (mode, found) => {
    expect(problems(file(), PATH, mode)).toEqual([
      expect.stringContaining(`this is ${found}. Use a plain file`),
    ]);
  });

  test('its size, content that was not read, and bytes that are not UTF-8, with their line', () => {
    const of = (content: Uint8Array | null) => parseGrant(PATH, { mode: '100644', content });
    const full = bytes(file() + '#'.repeat(16 * 1024 - file().length));
    expect(of(full)).toMatchObject({ ok: true });
    expect(of(new Uint8Array([...full, 0x23]))).toMatchObject({ ok: false });
    expect(of(null)).toMatchObject({ ok: false, problems: [{ line: null }] });
    const bad = new Uint8Array([...bytes('a: b\nc: '), 0xc3, 0x0a, 0x65]);
    expect(of(bad)).toMatchObject({ ok: false, problems: [{ line: 2 }] });
  });

  test.each(['[', '- ', '{a: ', '*a\n'])(
    'many repetitions of %j end neither the process nor the call',
    (part) => {
      const text = part.repeat((16 * 1024) / part.length);
      expect(problems(text).length).toBeGreaterThan(0);
      expect(subjectOf(bytes(text))).toBeNull();
    },
  );

  test('invariant 16: a file with too many tokens is refused before anything is built from them', () => {
    const message =
      '- the file has more than 2,000 words, signs and line breaks, which is the most allowed';
    for (const part of [',', '{a: b},', '*a,', "'',"]) {
      const text = `${file()}x: [${part.repeat(15_000 / part.length)}]`;
      expect(problems(text)).toEqual([message]);
      expect(subjectOf(bytes(text))).toBeNull();
    }
    const remark = '# why this is needed, in some words\n'.repeat(100);
    const actions = Array.from({ length: 50 }, (_, i) => `    - action-${i}\n`).join('');
    expect(problems(`${remark}${file()}scope:\n  actions:\n${actions}`)).toEqual([]);
  });

  test('any bytes give a result, with lines that the file has, and never an exception', () => {
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom(
          ...file({ scope: '{ actions: [a] }', ticket: '*x', starts_at: '|' }).split('\n'),
        ),
        fc.string({
          unit: fc.constantFrom(
            ' ',
            '\t',
            '\r',
            ':',
            '-',
            '?',
            '[',
            ']',
            '{',
            '}',
            '&',
            '*',
            '!',
            '|',
            '>',
            '%',
            '"',
            '#',
            'a',
            '\u0000',
          ),
        }),
        fc.string(),
      ),
      { maxLength: 12 },
    );
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      lines.map((all) => bytes(all.join('\n'))),
    );
    fc.assert(
      fc.property(content, (content) => {
        const count = new TextDecoder().decode(content).split('\n').length;
        const parsed = parseGrant(PATH, { mode: '100644', content });
        subjectOf(content);
        if (parsed.ok) return;
        expect(parsed.problems.length).toBeGreaterThan(0);
        for (const { path, line, message } of parsed.problems) {
          expect(path).toBe(PATH);
          expect(message).not.toMatch(/[\p{Cc}\p{Cs}]/u);
          if (line !== null) expect(line >= 1 && line <= count).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test.each<[string, string | null]>([
  [file(), 'alice'],
  ['subject: Alice\nnonsense: [1, &a 2]\nsubject: bob\n', 'Alice'],
  ['subject: 12345', '12345'],
  ['subject: a b', null],
  ['subject: [a]', null],
  ['subject: "a', null],
  ['- subject: a', null],
  ['', null],
])('subjectOf(%j) is %j', (text, login) => {
  expect(subjectOf(bytes(text))).toBe(login);
});

test('paths that differ only in case or Unicode form are problems, each of them', () => {
  const path = (name: string) => `access-grants/production/${name}.yml`;
  const given = ['a', 'b', 'A', '\u00e9', 'e\u0301', 'stra\u00dfe', 'STRASSE', 'c'].map(path);
  const found = collisions(given).map((problem) => problem.path);
  expect(found).toEqual(['a', 'A', '\u00e9', 'e\u0301', 'stra\u00dfe', 'STRASSE'].map(path));
  expect(collisions([path('a'), path('a')])).toEqual([]);
});
