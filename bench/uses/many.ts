import { createUseFeed } from '../../src/adapters/postgres/use/feed.js';
import { recordOf } from '../../src/adapters/postgres/ledger/rows.js';
import { startAtUse } from '../../src/adapters/opa/at-use.js';
import { compilerDigest } from '../../src/adapters/opa/digest.js';
import { createPool } from '../../src/clients/postgres.js';
import { parsePolicyData } from '../../src/core/policy/data.js';
import { providers } from '../../src/providers/list.js';
import { keepCurrent, type KeptCurrent } from '../../src/workflows/use/keep-current.js';
import { holds, type Benchmark, type Row } from '../benchmark.js';
import { interleaved, perSecond } from '../rounds.js';
import type { Load } from './load.js';
import { opaProgram } from './opa-program.js';
import { grantOf, setScene, type Scene } from './scene.js';

const SIZES = {
  full: { rounds: 5, times: 4_000, few: 1_000, many: 100_000 },
  quick: { rounds: 1, times: 50, few: 50, many: 200 },
};
const CONNECTIONS = 32;
const HOUR_MS = 3_600_000;

const allowed = (answer: string) => answer.startsWith('{"decision":true,');

/** What many grants cost: a question, the memory, and a change. */
export const usesMany: Benchmark = {
  name: 'uses-100000',
  about:
    '100,000 live grants: decided uses against 1,000 grants, memory against an OPA with the same data, one changed grant against reading all',
  run: async (size, say) => {
    const { rounds, times, few, many } = SIZES[size];
    const scenes: Scene[] = [];
    const loads: Load[] = [];
    const scene = async (...of: Parameters<typeof setScene>) => {
      const set = await setScene(...of);
      scenes.push(set);
      return set;
    };
    try {
      const small = await scene(few, null);
      const large = await scene(many, opaProgram(), true);
      let salt = 0;
      const rate = async (of: Scene, people: number) => {
        const load = await of.load('daypass', CONNECTIONS);
        loads.push(load);
        return () => {
          // Spread over all grants, and each question another one.
          const bodies = Array.from({ length: times }, (_, n) =>
            of.question((n * 7_919) % people, (salt += 1)),
          );
          return perSecond(times, () => load.ask(bodies, allowed));
        };
      };
      const cost = await interleaved(
        { rounds, warm_up: 2 },
        await rate(large, many),
        await rate(small, few),
      );
      const rows: Row[] = [
        {
          ...{ name: `${String(many)} grants, decided uses`, unit: 'a second' },
          ...{ ...cost, floor_name: `${String(few)} grants`, goal: { at_least: 0.8 } },
        },
      ];
      if (large.opa)
        rows.push({
          ...{ name: `${String(many)} grants, memory`, unit: 'MB', goal: { at_most: 0.5 } },
          ...(await interleaved(
            { rounds },
            () => large.memory('daypass'),
            () => large.memory('opa'),
          )),
          floor_name: 'opa run --server',
        });
      else say('OPA is not installed (node setup/opa.mjs), so its memory is not measured');
      rows.push({
        ...{ name: 'one changed grant', unit: 'ms', goal: { at_most: 0.01 } },
        ...(await changes(large, many, rounds)),
        floor_name: `reading all ${String(many)}`,
      });
      return rows;
    } finally {
      loads.forEach((load) => load.close());
      for (const set of scenes) await set.close();
    }
  },
};

/** How long a decision process takes to take in one changed grant, and to read all anew. */
async function changes({ ledger, pdp }: Scene, people: number, rounds: number) {
  const pool = createPool({ url: pdp, application: 'bench', onError: () => undefined });
  const kept = keepCurrent({
    feed: createUseFeed(pool, { name: `bench-${String(process.pid)}`, stale_after_ms: 600_000 }),
    compiler: compilerDigest(),
    start: (compiled) => startAtUse(compiled, (files) => parsePolicyData(files, providers)),
    record: (record) => recordOf({ record }),
    reading: () => ({ steady_ms: performance.now(), wall_ms: Date.now() }),
    testTime: null,
    stale_after_ms: 600_000,
    begun: () => undefined,
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    },
  });
  const looked = async () => {
    const began = performance.now();
    await kept.look();
    return performance.now() - began;
  };
  try {
    await looked();
    const now = Date.now();
    const window = {
      starts_at: new Date(now - HOUR_MS).toISOString(),
      ends_at: new Date(now + HOUR_MS).toISOString(),
    };
    let person = people;
    return await interleaved(
      { rounds },
      async () => {
        person += 1;
        await ledger.give(grantOf(person, window));
        const took = await looked();
        holds(knows(kept, person), 'a grant that was given is not known');
        return took;
      },
      async () => {
        kept.distrust();
        const took = await looked();
        holds(knows(kept, 0) && knows(kept, person), 'not all grants were read anew');
        return took;
      },
    );
  } finally {
    await kept.leave();
    await pool.end();
  }
}

function knows(kept: KeptCurrent, person: number): boolean {
  const known = kept.current();
  return !('why' in known) && known.grants.of(person + 1, 'orders-api').length === 1;
}
