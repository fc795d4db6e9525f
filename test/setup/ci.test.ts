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
  'wasm:check',
  'sbom',
  'audit',
];

let here: Stage;

beforeEach(async () => {
  here = await stage(['.ci']);
});

afterEach(() => here.remove());

/** Runs .ci/run with an npm that records its arguments and fails the checks named. */
async function ci(failing: readonly string[], code = 7) {
  const fails = failing.length > 0 ? failing.join('|') : 'none';
  await here.write(
    'bin/npm',
    `#!/bin/sh\nfor last; do :; done\necho "asked $last, CI=$CI"\ncase "$last" in ${fails}) exit ${code};; esac\n`,
  );
  const { code: exit, stdout } = await here.run(['/bin/bash', '.ci/run'], {
    PATH: `${join(here.folder, 'bin')}:/usr/bin:/bin`,
  });
  const asked = [...stdout.matchAll(/^asked (\S+), CI=true$/gm)].map(([, name]) => name);
  return { code: exit, asked, last: stdout.trimEnd().split('\n').at(-1) };
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

  test('an audit that the registry does not answer neither passes nor fails; every other check has to answer', async () => {
    expect(await ci(['audit'], 2)).toMatchObject({ code: 0, last: '8 passed, 0 failed' });
    expect(await ci(['audit'], 1)).toMatchObject({ code: 1, last: '8 passed, 1 failed' });
    expect(await ci(['lint'], 2)).toMatchObject({ code: 1, last: '8 passed, 1 failed' });
  });
});
