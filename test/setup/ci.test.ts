import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { stage, type Stage } from '../support/set-up.js';

const checks = [
  'test',
  'lint',
  'format',
  'types',
  'knip',
  'imports',
  'cycles',
  'rego',
  'wasm:check',
];

let here: Stage;

beforeEach(async () => {
  here = await stage(['.ci']);
});

afterEach(() => here.remove());

/** Runs .ci/run with an npm that notes what it is asked and fails the checks named. */
async function ci(failing: readonly string[]) {
  const fails = failing.length > 0 ? failing.join('|') : 'none';
  await here.write(
    'bin/npm',
    `#!/bin/sh\nfor last; do :; done\necho "asked $last, CI=$CI"\ncase "$last" in ${fails}) exit 7;; esac\n`,
  );
  const { code, stdout } = await here.run(['/bin/bash', '.ci/run'], {
    PATH: `${join(here.folder, 'bin')}:/usr/bin:/bin`,
  });
  const asked = [...stdout.matchAll(/^asked (\S+), CI=true$/gm)].map(([, name]) => name);
  return { code, asked, last: stdout.trimEnd().split('\n').at(-1) };
}

describe('.ci/run', () => {
  test('runs every check and counts it', async () => {
    expect(await ci([])).toEqual({ code: 0, asked: checks, last: '9 passed, 0 failed' });
  });

  test('keeps going after a failure, and fails', async () => {
    expect(await ci(['test', 'knip'])).toEqual({
      code: 1,
      asked: checks,
      last: '7 passed, 2 failed',
    });
  });
});
