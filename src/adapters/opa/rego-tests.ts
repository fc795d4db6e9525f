import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { fingerprint } from '../../core/reading/canonical.js';
import { rulesProblem } from '../../core/policy/tree.js';
import type { Problem } from '../../core/reading/problem.js';
import { readCapabilities, TEST_BUILTINS } from './assets.js';
import { inOwnFolder } from './own-folder.js';
import { jsonOf, runLimited, type OpaPlace } from './sandbox.js';

/** What `opa test --format json` reports of each test; what a test prints is never read. */
const results = z.array(
  z.object({
    location: z.object({ file: z.string(), row: z.number().int() }),
    name: z.string(),
    fail: z.boolean().optional(),
    skip: z.boolean().optional(),
    error: z.unknown().optional(),
  }),
);

/** How the Rego tests of a tree went. */
interface RegoTests {
  /** False when something kept them from running to their end. */
  readonly ran: boolean;
  readonly passed: number;
  readonly problems: readonly Problem[];
}

/** How many results are remembered: a pull request is judged again at every event. */
const REMEMBERED = 64;

/** Runs the Rego tests of trees, once for the same sources; tests that were kept from running run again. */
export function rememberTests(
  opa: string,
  place: OpaPlace,
): (rego: Readonly<Record<string, string>>) => Promise<Omit<RegoTests, 'ran'>> {
  const known = new LRUCache<string, RegoTests>({ max: REMEMBERED });
  return async (rego) => {
    const key = fingerprint(rego);
    const tests = known.get(key) ?? (await runRegoTests(opa, rego, place));
    const { ran, ...result } = tests;
    if (ran) known.set(key, tests);
    return result;
  };
}

/**
 * Runs the Rego tests of a tree in the sandbox, with the built-ins of the allow-list (invariant 26). Only their names,
 * results and places are reported. `rego` holds the sources with their tests, by path below `policies/`.
 */
async function runRegoTests(
  opa: string,
  rego: Readonly<Record<string, string>>,
  place: OpaPlace,
): Promise<RegoTests> {
  if (!Object.keys(rego).some((path) => path.endsWith('_test.rego')))
    return { ran: true, passed: 0, problems: [] };
  const files = { ...rego, 'capabilities.json': JSON.stringify(testCapabilities()) };
  return inOwnFolder(place, files, async (own) => {
    const args = ['test', '--format', 'json', '--capabilities', 'capabilities.json', 'access'];
    const { stopped, output } = await runLimited(opa, args, own);
    if (stopped !== null) return failed(false, `The Rego tests were not run: ${stopped}.`);
    const found = results.safeParse(jsonOf(output));
    // Rules that do not compile are reported by the compiler, so here only the tests can be wrong.
    if (!found.success)
      return failed(true, 'The Rego tests do not compile: run opa test policies/access.');
    const ran = found.data.filter(({ skip }) => skip !== true);
    const bad = ran.filter(({ fail, error }) => fail === true || error !== undefined);
    return { ran: true, passed: ran.length - bad.length, problems: bad.map(problemOf) };
  });
}

function problemOf({ location, name }: z.infer<typeof results>[number]): Problem {
  const { file, row } = location;
  const message = `The Rego test ${name} fails.`;
  return { path: `policies/${file}`, line: row, code: 'rego_test_failed', message };
}

function failed(ran: boolean, message: string): RegoTests {
  return { ran, passed: 0, problems: [rulesProblem('rego_tests_not_run', message)] };
}

/** What rules may use, and what it takes to run tests. */
function testCapabilities(): object {
  const allowed = readCapabilities();
  return { ...allowed, builtins: [...allowed.builtins, ...TEST_BUILTINS] };
}
