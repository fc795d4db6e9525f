import { expect, test } from '@jest/globals';
import { ask } from './asking.js';

test('help prints what --help prints; a mistake is reported on its own lines, with a suggestion', async () => {
  expect(await ask(['--version'])).toMatchObject({
    exit: 0,
    out: [expect.stringMatching(/^\d+\.\d+\.\d+$/)],
  });
  const help = await ask(['help', 'audit']);
  expect(help).toMatchObject({ exit: 0, out: (await ask(['audit', '--help'])).out });
  expect(await ask(['grnats'])).toMatchObject({
    exit: 2,
    err: [
      "error: unknown command 'grnats'",
      '(Did you mean grants?)',
      'See `daypass help`, or `daypass help COMMAND` for one command.',
    ],
  });
  const none = await ask([]);
  expect(none.exit).toBe(2);
  expect(none.err[0]).toBe('Usage: daypass [options] [command]');
});

test('every command explains itself, with an example', async () => {
  const { out } = await ask(['--help']);
  const commands = out
    .flatMap((line) => /^ {2}([a-z]+) .*/.exec(line)?.[1] ?? [])
    .filter((name) => name !== 'help');
  expect(commands).toContain('audit');
  for (const command of commands) {
    const help = await ask([command, '--help']);
    expect(help.exit).toBe(0);
    expect(help.out.join('\n')).toMatch(/Example:\n {2}daypass /);
  }
  for (const sub of ['log', 'verify']) {
    expect((await ask(['audit', sub, '--help'])).out.join('\n')).toMatch(/Example:\n {2}daypass /);
  }
});
