import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPolicy } from '../../../src/adapters/opa/policy.js';
import type { Policy } from '../../../src/ports.js';
import { opaAsInWorker } from '../../support/opa.js';
import { parseData, starterTree } from '../../../lab/acme/policy.js';

let folder: string;
let policy: Policy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-rego-tests-'));
  policy = createPolicy({ parseData, folder, ...(await opaAsInWorker(folder)) });
});
afterAll(async () => {
  await policy.close();
  await rm(folder, { recursive: true });
});

const MINE = 'access/lib/mine_test.rego';

/** The starter with one more file of tests. */
const trial = (tests: string) =>
  policy.trial({
    id: 'mine',
    files: { ...starterTree.files, [MINE]: `package access_test.mine\n\n${tests}\n` },
  });

test("the starter's own tests pass, and leave nothing behind", async () => {
  const { policy: loaded, problems, tests_passed } = await policy.trial(starterTree);
  expect(problems).toEqual([]);
  expect(tests_passed).toBeGreaterThan(50);
  expect(loaded?.digests.tree).toBe('starter');
  expect((await readdir(folder)).filter((name) => name.startsWith('opa-'))).toEqual([]);
});

describe('invariant 26: the Rego tests of a tree that is not in force', () => {
  test('have names, results and places, and nothing that they print', async () => {
    const { problems, tests_passed } = await trial(
      'test_holds if true\n\ntest_wrong if {\n\tprint("a secret")\n\t1 == 2\n}\n\ntodo_test_later if false',
    );
    expect(problems).toEqual([
      {
        path: `policies/${MINE}`,
        line: 5,
        code: 'rego_test_failed',
        message: 'The Rego test test_wrong fails.',
      },
    ]);
    expect(tests_passed).toBeGreaterThan(50);
    expect(JSON.stringify(problems)).not.toContain('a secret');
  });

  test.each([
    ['the network', 'test_it if http.send({"method": "GET", "url": "http://127.0.0.1/"})'],
    ['the environment', 'test_it if opa.runtime().env'],
    ['the clock', 'test_it if time.now_ns() > 0'],
    ['chance', 'test_it if rand.intn("x", 2) < 2'],
  ])('cannot reach %s', async (_, tests) => {
    const { problems } = await trial(tests);
    expect(problems).toEqual([
      {
        path: 'policies/access',
        line: null,
        code: 'rego_tests_not_run',
        message: 'The Rego tests do not compile: run opa test policies/access.',
      },
    ]);
  });
});

test('a tree that does not load is reported, and its tests are not run', async () => {
  const files = { ...starterTree.files, 'settings.yaml': 'teams: [1' };
  const { policy: loaded, problems, tests_passed } = await policy.trial({ id: 'bad', files });
  expect(loaded).toBeNull();
  expect(tests_passed).toBeNull();
  expect(problems[0]?.path).toBe('policies/settings.yaml');
});

test('without OPA, a tree that needs no compiler loads, and its tests are reported as not run', async () => {
  const without = createPolicy({ parseData, folder, opa: null });
  expect(await without.trial(starterTree)).toMatchObject({ problems: [], tests_passed: null });
  await without.close();
});
