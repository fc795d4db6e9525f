import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { createPolicy } from '../../src/adapters/opa/policy.js';
import type { LoadedPolicy, Policy } from '../../src/ports.js';
import { parseData, starterTree } from '../../lab/acme/policy.js';

const opened: { readonly policy: Policy; readonly folder: string }[] = [];
afterAll(async () => {
  for (const { policy, folder } of opened.splice(0)) {
    await policy.close();
    await rm(folder, { recursive: true });
  }
});

/** The compiled starter, which is closed after the last test of the file. */
export async function loadStarter(): Promise<LoadedPolicy> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-starter-'));
  const policy = createPolicy({ parseData, folder, opa: null });
  opened.push({ policy, folder });
  const load = await policy.load(starterTree);
  if (!load.ok) throw new Error(JSON.stringify(load.problems));
  return load.policy;
}
