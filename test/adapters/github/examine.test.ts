import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createClient } from '../../../src/clients/github/app.js';
import { examineGitHub } from '../../../src/adapters/github/examine.js';
import type { World } from './world.js';
import { startWorld } from './world.js';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

test.each([
  ['an error of its own', { status: 500 }, 'it answers 500'],
  ['another error of its own', { status: 502 }, 'it answers 502'],
  ['silence', { drop: true }, 'it does not answer'],
])("GitHub's answer to a question is reported: %s", async (_, fault, said) => {
  const ask = async (route: string) => {
    world.github.github.faults.clear();
    world.fault({ match: { method: 'GET', route }, do: fault, times: 9 });
    const found: string[] = [];
    const findings = examineGitHub(createClient(world.config), 4242);
    for await (const finding of findings) found.push(finding.found);
    return found;
  };
  expect(await ask('/repos/{owner}/{repo}')).toContain(`could not be read: ${said}`);
  expect(await ask('/repos/{owner}/{repo}/installation')).toContain(
    `GitHub could not be asked: ${said}`,
  );
});
