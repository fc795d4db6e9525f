import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { starter } from '../../lab/acme/acme.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { workingTree } from './working-tree.js';
import type { WorkingTree } from './working-tree.js';

const CLI = fileURLToPath(new URL('../../dist/bin/cli.js', import.meta.url));
/** Makes a pipe look like a terminal, because a test has none. */
const PASSES = 'data:text/javascript,process.stdout.isTTY = process.stderr.isTTY = true';
const ESCAPE = '\u001b';

let tree: WorkingTree;
beforeAll(() => {
  tree = workingTree(starter());
  tree.write('access-grants/production/alice.yml', grantFile({ duration: '1e9d' }));
});
afterAll(() => tree.close());

/** `daypass check` of a bad grant file, as the process that people start. */
function check(terminal: boolean, env: Readonly<Record<string, string>> = {}) {
  const home = join(tree.folder, '.git', 'cache');
  const args = [...(terminal ? ['--import', PASSES] : []), CLI, 'check'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: tree.folder,
    env: { PATH: process.env.PATH, DAYPASS_HOME: home, ...env },
    encoding: 'utf8',
  });
  return { exit: status, out: stdout, err: stderr };
}

describe('colours of the process that people start', () => {
  test('there are none through a pipe, on either stream', () => {
    const { exit, out, err } = check(false);
    expect(exit).toBe(1);
    expect(out).toContain('duration: "1e9d"');
    expect(out + err).not.toContain(ESCAPE);
  });

  test.each([
    ['on a terminal there are some', {}, true],
    ['with NO_COLOR there are none', { NO_COLOR: '1' }, false],
    ['with an empty NO_COLOR there are some', { NO_COLOR: '' }, true],
  ])('%s', (_, env, colours) => {
    const { exit, out } = check(true, env);
    expect(exit).toBe(1);
    expect(out.includes(`${ESCAPE}[31m`)).toBe(colours);
  });
});
