import { describe, expect, test } from '@jest/globals';
import { PATH, file, parse, problems } from '../../support/core/grant-files.js';

describe('a grant file', () => {
  test('gives the grant, the environment from its path, and the line of each key', () => {
    const text = `# why\n${file({
      expires_at: '2026-11-24T21:00:00+01:00',
      duration: null,
      starts_at: '2026-11-24T17:00:00Z',
      ticket: 'INC-4821',
      scope: '\n  actions: [update, select]',
      break_glass: 'true',
    })}`;
    expect(parse(text)).toEqual({
      ok: true,
      value: {
        path: PATH,
        environment: 'production',
        subject: 'alice',
        resource: 'orders-db',
        role: 'read-only',
        window: {
          starts_at: '2026-11-24T17:00:00.000Z',
          duration_seconds: null,
          expires_at: '2026-11-24T20:00:00.000Z',
        },
        reason: 'Slow order queries',
        ticket: 'INC-4821',
        scope: { actions: ['select', 'update'] },
        break_glass: true,
        lines: {
          ...{ subject: 2, resource: 3, role: 4, reason: 5, expires_at: 6, starts_at: 7 },
          ...{ ticket: 8, scope: 9, break_glass: 11 },
        },
      },
    });
  });

  test.each([
    [{ subject: 'yes' }, { subject: 'yes' }],
    [{ subject: '12345' }, { subject: '12345' }],
    [{ subject: 'null' }, { subject: 'null' }],
    [{ subject: '"alice_acme"' }, { subject: 'alice_acme' }],
    [{ resource: '012' }, { resource: '012' }],
    [{ ticket: '1_000' }, { ticket: '1_000' }],
    [{ reason: '|\n  two\n  lines\n' }, { reason: 'two\nlines' }],
    [{ reason: `"${'\\U0001F600'.repeat(500)}"` }, { reason: '\u{1F600}'.repeat(500) }],
    [{ break_glass: '"false"' }, { break_glass: false }],
  ])('every scalar is read as the type that the schema asks for: %j', (changes, value) => {
    expect(parse(file(changes))).toMatchObject({ ok: true, value });
  });

  test('a line may end with CR LF', () => {
    expect(parse(file().replaceAll('\n', '\r\n'))).toMatchObject({
      ok: true,
      value: { reason: 'Slow order queries', lines: { reason: 5 } },
    });
  });

  test.each<[string, string, string]>([
    ['an unknown key', file({ durration: '4h' }), '6 the key "durration" is not allowed. Use'],
    ['a key twice', `${file()}subject: bob\n`, '6 the key "subject" is here twice'],
    ['__proto__', `${file()}__proto__: {}\n`, '6 the key "__proto__" is not allowed'],
    ['a key that is a list', `${file()}? [a]\n: b\n`, '6 the key "[\\"a\\"]" is not allowed'],
    ['an anchor', file({ reason: '&a x' }), '5 an anchor is not allowed: "&a"'],
    ['an alias', file({ reason: '*a' }), '5 an alias is not allowed: "*a"'],
    ['a tag', file({ subject: '!!str alice' }), '1 a tag is not allowed: "!!str"'],
    ['a directive', `%YAML 1.1\n---\n${file()}`, '1 a directive is not allowed: "%YAML 1.1"'],
    ['a second document', `${file()}---\na: b\n`, '6 a second YAML document'],
    ['no mapping', '- a\n', '1 a list is not allowed. Use a mapping'],
    ['nothing', '# only this\n', '1 the file is empty'],
    ['no YAML', 'subject: "alice\n', '1 "subject: \\"alice" is not YAML'],
    ['a tab', file({ reason: 'a\tb' }), '5 a tab is not allowed'],
    ['a control character', file({ reason: 'a\u0007b' }), '5 the character U+0007 is not allowed'],
    ['an escaped one', file({ reason: '"a\\u0000b"' }), '5 the character U+0000 is not allowed'],
    [
      'text that turns round',
      file({ reason: 'a\u202eb' }),
      '5 the character U+202E is not allowed',
    ],
    ['half a character', file({ reason: '"\\ud800"' }), '5 the character U+D800 is not allowed'],
    ['CR alone', file({ reason: 'a\rb' }), '5 the character U+000D is not allowed'],
    ['a byte order mark', `\ufeff${file()}`, '1 the file begins with a byte order mark'],
    ['no reason', file({ reason: '' }), '5 reason: an empty value is not allowed. Use text'],
    [
      'a blank reason',
      file({ reason: '"  "' }),
      '5 reason: an empty value is not allowed. Use text',
    ],
    [
      'a long reason',
      file({ reason: 'x'.repeat(501) }),
      `5 reason: "${'x'.repeat(79)}…" is not allowed`,
    ],
    ['a long ticket', file({ ticket: 'x'.repeat(101) }), '6 ticket: "x'],
    ['a ticket of two lines', file({ ticket: '"a\\nb"' }), '6 ticket: "a\\nb" is not allowed'],
    ['no subject', file({ subject: null }), '1 subject: is missing'],
    ['a login with --', file({ subject: 'al--ice' }), '1 subject: "al--ice" is not allowed'],
    ['a login that is too long', file({ subject: 'a'.repeat(40) }), '1 subject: "a'],
    ['an app', file({ subject: 'helper[bot]' }), '1 subject: "helper[bot]" is not allowed'],
    ['a list of subjects', file({ subject: '[alice, bob]' }), '1 subject: a list is not allowed'],
    ['a resource in capitals', file({ resource: 'Orders' }), '2 resource: "Orders" is not allowed'],
    ['a bad duration', file({ duration: '4x' }), '4 duration: "4x" is not a duration. Use 4h'],
    ['a duration that is a list', file({ duration: '[4h]' }), '4 duration: a list is not allowed'],
    [
      'both ends',
      file({ expires_at: '2026-11-24T21:00:00Z' }),
      '6 expires_at: the file also has duration',
    ],
    ['no end', file({ duration: null }), '1 duration: is missing'],
    [
      'a date alone',
      file({ duration: null, expires_at: '2026-11-24' }),
      '5 expires_at: "2026-11-24" is not a timestamp',
    ],
    [
      'an empty scope',
      file({ scope: '{ actions: [] }' }),
      '6 scope.actions: a list is not allowed. Use',
    ],
    [
      'an action twice',
      file({ scope: '{ actions: [a, a] }' }),
      '6 scope.actions: a list is not allowed. Use',
    ],
    [
      'an unknown key in scope',
      file({ scope: '{ actions: [a], tables: [b] }' }),
      '6 scope: the key "tables" is not allowed',
    ],
    [
      'a word for true',
      file({ break_glass: 'yes' }),
      '6 break_glass: "yes" is not allowed. Use true or false',
    ],
  ])('%s is one problem on its line', (_, text, start) => {
    const found = problems(text);
    expect(found.filter((problem) => problem.startsWith(start))).toHaveLength(1);
  });

  test('all problems are reported at once, in the order of their lines', () => {
    const text = file({ subject: '-a', role: '', duration: '0s', scope: 'x', ticket: '' });
    const keys = ['subject', 'role', 'duration', 'scope', 'ticket'];
    expect(problems(text).map((problem) => /^\d+ (\w+)/.exec(problem)?.[1])).toEqual(keys);
  });
});
