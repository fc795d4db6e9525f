import { isDeepStrictEqual } from 'node:util';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAnswer } from '../../src/adapters/opa/answer.js';
import { createPolicy } from '../../src/adapters/opa/policy.js';
import { readTree } from '../../src/adapters/opa/read-tree.js';
import { parsePolicyData } from '../../src/core/policy/data.js';
import { LANES } from '../../src/core/work/lanes.js';
import type { LoadedPolicy, Policy } from '../../src/ports.js';
import { providers } from '../../src/providers/list.js';
import type { Benchmark } from '../benchmark.js';
import { holds } from '../benchmark.js';
import { inFlight, interleaved, perSecond } from '../rounds.js';
import { decision, question } from './pull-request.js';
import { bareWasm, echo } from './thread.js';

const SIZES = { full: { rounds: 9, times: 5_000 }, quick: { rounds: 1, times: 20 } };
/** How many pull requests a worker judges at once (`LANES` in `src/core/work/lanes.ts`). */
const AT_ONCE = LANES.others.concurrency;
const POLICIES = new URL('../../policies/', import.meta.url).pathname;

/** Decisions per second: how much time Daypass adds to the policy engine's own. */
export const decisions: Benchmark = {
  name: 'decisions',
  about:
    'decisions per second (parse, facts, wasm, matching), against the bare wasm call in the same kind of thread',
  run: async (size) => {
    const { rounds, times } = SIZES[size];
    const folder = await mkdtemp(join(tmpdir(), 'daypass-bench-'));
    const engine = createPolicy({
      parseData: (files) => parsePolicyData(files, providers),
      folder,
      opa: null,
    });
    try {
      return await measure(await starter(engine), rounds, times);
    } finally {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function starter(engine: Policy): Promise<LoadedPolicy> {
  const loaded = await engine.load({ id: 'starter', files: await readTree(POLICIES) });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

async function measure(policy: LoadedPolicy, rounds: number, times: number) {
  const { input } = question(policy);
  const wasm = await bareWasm(policy, input);
  const answer = await wasm.ask();
  const hop = await echo(input, answer);
  try {
    const decided = await decision(policy);
    holds(decided.outcome === 'approved', `the pull request is ${decided.outcome}, not approved`);
    const met = decided.requirements.map(({ met_by }) => met_by.map(({ login }) => login).join());
    holds(
      isDeepStrictEqual(met.toSorted(), ['bob', 'carol']),
      `the requirements were met by ${met.join(' and ')}`,
    );
    holds(
      isDeepStrictEqual(parseAnswer(JSON.parse(answer)), await policy.request(input)),
      'the bare call and the policy give different answers',
    );
    const repeat = (at_once: number, act: () => Promise<unknown>) => () =>
      perSecond(times, () => inFlight({ times, at_once }, act));
    const beside = (at_once: number, act: () => Promise<unknown>) =>
      interleaved({ rounds }, repeat(at_once, act), repeat(at_once, wasm.ask));
    const decide = () => decision(policy);
    const row = { unit: 'a second', floor_name: 'wasm behind the hop' } as const;
    const goal = { at_least: 0.5 };
    return [
      { ...row, name: `${AT_ONCE} at once`, ...(await beside(AT_ONCE, decide)), goal },
      { ...row, name: 'one by one', ...(await beside(1, decide)), goal: null },
      { ...row, name: 'the hop alone', ...(await beside(1, hop.ask)), goal: null },
    ];
  } finally {
    await wasm.stop();
    await hop.stop();
  }
}
