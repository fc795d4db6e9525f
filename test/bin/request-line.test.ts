import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import fc from 'fast-check';
import {
  requestOptions,
  wishOf,
  type RequestOptions,
} from '../../src/bin/commands/request-options.js';
import { requestLine } from '../../src/core/use/request-line.js';
import type { GrantWish } from '../../src/core/use/wish.js';
import { drafts, HOSTILE } from '../support/core/drafts.js';

/** The words that a POSIX shell makes of command lines, without the name of the command. One shell reads them all. */
function wordsOf(lines: readonly string[]): readonly (readonly string[])[] {
  const script = lines.map(
    (line) => `printf '%s\\0' ${line.replace(/^daypass /, '')}; printf '\\1'`,
  );
  const printed = execFileSync('sh', { input: script.join('\n'), encoding: 'utf8' });
  return printed
    .split('\u0001')
    .slice(0, -1)
    .map((words) => words.split('\0').slice(0, -1));
}

/** The wish that the command's own options read from words. */
function wishIn(words: readonly string[]): GrantWish | null {
  let read: GrantWish | null = null;
  const program = new Command('daypass').exitOverride();
  requestOptions(program.command('request')).action(
    (resource: string | undefined, options: RequestOptions) => {
      read = wishOf(resource, options, 'nobody');
    },
  );
  program.parse([...words], { from: 'user' });
  return read;
}

test('what a shell makes of a command line is the draft again (fast-check)', () => {
  const some = fc.sample(drafts, { numRuns: 300, seed: 20261124 });
  const hostile = some.slice(0, HOSTILE.length).map((draft, i) => {
    const reason = HOSTILE[i] ?? '';
    return { ...draft, reason, ticket: reason };
  });
  const all = [...some, ...hostile];
  const words = wordsOf(all.map(requestLine));
  expect(words).toHaveLength(all.length);
  for (const [i, draft] of all.entries()) expect(wishIn(words[i] ?? [])).toEqual(draft);
});
