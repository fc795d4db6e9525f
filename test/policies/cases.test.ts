import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import type { PolicyAnswer, PolicyInput } from '../../src/core/decision/facts.js';
import type { LoadedPolicy } from '../../src/ports.js';
import { loadStarter } from './starter.js';

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

let starter: LoadedPolicy;
beforeAll(async () => {
  starter = await loadStarter();
});

test('there are cases', () => {
  expect(cases.length).toBeGreaterThanOrEqual(15);
});

test.each(cases)('%s', async (_name, { input, decision }) => {
  expect(await starter.request(input)).toEqual(decision);
});
