import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  allowsCommand,
  glob,
  unjudgeable,
  wrongInCommand,
} from '../../../src/core/reading/command.js';

describe('a pattern for commands', () => {
  test.each([
    [['systemctl', 'restart', 'orders-*'], null],
    [['journalctl', '-u', 'orders-*', '**'], null],
    [['a word', 'with blanks'], null],
    [[], 'a command begins with the name of its program, without *'],
    [['*'], 'a command begins with the name of its program, without *'],
    [['**'], 'a command begins with the name of its program, without *'],
    [['sh*', '-c'], 'a command begins with the name of its program, without *'],
    [['ls', '**', '-l'], '** is the last word of a command'],
    [['ls', 'a**'], '** is a word of its own'],
    [['ls', 'a\u202eb'], expect.stringContaining('control characters')],
    [['ls', ...Array.from({ length: 100 }, () => 'x')], 'a command has at most 100 words'],
  ])('%j', (pattern, wrong) => {
    expect(wrongInCommand(pattern)).toEqual(wrong);
  });
});

describe('a command', () => {
  const restart = ['systemctl', 'restart', 'orders-*'];
  const logs = ['journalctl', '-u', 'orders-*', '**'];
  test.each([
    [restart, ['systemctl', 'restart', 'orders-web'], true],
    [restart, ['systemctl', 'restart', 'orders-'], true],
    [restart, ['systemctl', 'restart', 'orders-web', 'sshd'], false],
    [restart, ['systemctl', 'restart'], false],
    [restart, ['systemctl', 'stop', 'orders-web'], false],
    [restart, ['/tmp/systemctl', 'restart', 'orders-web'], false],
    [restart, ['systemctl restart orders-web'], false],
    [logs, ['journalctl', '-u', 'orders-web'], true],
    [logs, ['journalctl', '-u', 'orders-web', '-f', '--since', 'today'], true],
    [['cat', '*'], ['cat', 'a file'], true],
    [['cat', '*'], ['cat', '-n'], false],
    [['cat', '*'], ['cat', ''], false],
    [['cat', '*.log'], ['cat', '--output=x.log'], false],
    [['cat', 'a*b*c'], ['cat', 'a1b2c'], true],
    [['cat', 'a*b*c'], ['cat', 'ac'], false],
    [['cat', 'ab*ba'], ['cat', 'aba'], false],
  ])('%j allows %j: %s', (pattern, argv, allowed) => {
    expect(allowsCommand(pattern, argv)).toBe(allowed);
  });

  test.each([
    [[], 'the command is empty'],
    [[''], 'the command is empty'],
    [['ls', 'a\nb'], expect.stringContaining('control characters')],
    [['ls', 'a\u0000b'], expect.stringContaining('control characters')],
    [['ls', 'x'.repeat(5_000)], 'a word of a command has at most 4096 characters'],
    [['ls', ...Array.from({ length: 100 }, () => 'x')], 'the command has more than 100 words'],
    [['ls', '$(reboot); rm -rf /'], null],
  ])('%j can be judged, or it says why not', (argv, why) => {
    expect(unjudgeable(argv)).toEqual(why);
  });

  test('a star is what a regular expression makes of it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (stars, found) => {
        const same = stars
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*');
        expect(glob(stars, found)).toBe(new RegExp(`^${same}$`).test(found));
      }),
    );
  });
});
