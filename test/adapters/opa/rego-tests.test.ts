import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPolicy } from '../../../src/adapters/opa/policy.js';
import { rememberTests } from '../../../src/adapters/opa/rego-tests.js';
import { parseData, starterTree } from '../../../lab/acme/policy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-rego-tests-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An OPA that is killed at its first run, as if memory ran out, and passes one test at each later run. */
async function killedOnce(name: string): Promise<string> {
  const opa = join(folder, name);
  const passed = JSON.stringify([{ location: { file: 'x', row: 1 }, name: 'test_x' }]);
  const script = `#!/bin/sh
test -e "$0.ran" || { : > "$0.ran"; kill -9 $$; }
echo x >> "$0.ran"
echo '${passed}'
`;
  await writeFile(opa, script, { mode: 0o700 });
  return opa;
}

test('tests that could not be run are run again; those that ran are not', async () => {
  const run = rememberTests(await killedOnce('opa'), { folder: join(folder, 'own') });
  const rego = { 'access/lib/x_test.rego': 'package access_test.x' };
  expect((await run(rego)).problems).toMatchObject([
    { message: expect.stringContaining('were not run: it was ended by SIGKILL') },
  ]);
  expect(await run(rego)).toEqual({ passed: 1, problems: [] });
  expect(await run(rego)).toEqual({ passed: 1, problems: [] });
});

test('a tree with problems is examined again only after ten times as long as that took', async () => {
  let at = 0;
  const opa = await killedOnce('slow');
  const now = () => (at += 30_000);
  const policy = createPolicy({ parseData, folder: join(folder, 'trials'), opa, now });
  const files = {
    ...starterTree.files,
    'access/lib/x_test.rego': 'package access_test.x\n\ntest_x if true\n',
  };
  const passed = async () => (await policy.trial({ id: 'slow', files })).tests_passed;
  // The wait grew from 30 s to 60 s.
  expect(await passed()).toBe(0);
  at = 60_000 + 300_000 - 30_000 - 1;
  expect(await passed()).toBe(0);
  at = 60_000 + 300_000 - 30_000;
  expect(await passed()).toBe(1);
  await policy.close();
});
