import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPolicy } from '../../src/adapters/opa/policy.js';
import type { PolicyAnswer, PolicyInput } from '../../src/core/decision/facts.js';
import type { LoadedPolicy, Policy } from '../../src/ports.js';
import { parseData, starterTree } from '../../lab/acme/policy.js';

/** `decision` has the four sets that the starter policy answers, each sorted by its bytes. */
interface Case {
  readonly input: PolicyInput;
  readonly decision: PolicyAnswer;
}

const here = fileURLToPath(new URL('./', import.meta.url));
const cases = readdirSync(here)
  .filter((name) => name.endsWith('.json'))
  .map((name): [string, Case] => [
    name.slice(0, -'.json'.length),
    JSON.parse(readFileSync(join(here, name), 'utf8')) as Case,
  ]);

let folder: string;
let policy: Policy;
let starter: LoadedPolicy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-cases-'));
  policy = createPolicy({ parseData, folder, opa: null });
  const load = await policy.load(starterTree);
  if (!load.ok) throw new Error(JSON.stringify(load.problems));
  starter = load.policy;
});
afterAll(async () => {
  await policy.close();
  await rm(folder, { recursive: true });
});

test('there are cases', () => {
  expect(cases.length).toBeGreaterThanOrEqual(15);
});

test.each(cases)('%s', async (_name, { input, decision }) => {
  expect(await starter.request(input)).toEqual(decision);
});
