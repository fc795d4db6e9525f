import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rememberTests } from '../../../src/adapters/opa/rego-tests.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-rego-tests-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An OPA that is killed at its first run, as for want of memory, and passes one test at each later one. */
async function killedOnce(): Promise<string> {
  const opa = join(folder, 'opa');
  const passed = JSON.stringify([{ location: { file: 'x', row: 1 }, name: 'test_x' }]);
  const script = `#!/bin/sh
test -e "$0.ran" || { : > "$0.ran"; kill -9 $$; }
echo x >> "$0.ran"
echo '${passed}'
`;
  await writeFile(opa, script, { mode: 0o700 });
  return opa;
}

test('tests that were kept from running are run again, those that ran are not', async () => {
  const run = rememberTests(await killedOnce(), join(folder, 'own'));
  const rego = { 'access/lib/x_test.rego': 'package access_test.x' };
  expect((await run(rego)).problems).toMatchObject([
    { message: expect.stringContaining('were not run: ended by SIGKILL') },
  ]);
  expect(await run(rego)).toEqual({ passed: 1, problems: [] });
  expect(await run(rego)).toEqual({ passed: 1, problems: [] });
});
