import { holds, type Benchmark, type Row } from '../benchmark.js';
import type { Load } from './load.js';
import { grantOf, setScene, type Scene } from './scene.js';

const SIZES = {
  full: { rounds: 5, each: 20, people: 1_000 },
  quick: { rounds: 1, each: 3, people: 20 },
};
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
/** Whoever has not been allowed or denied after so long never is. */
const NEVER_MS = 20_000;

/** How soon a change counts: from the ledger's entry to the answer over HTTP. */
export const usesCurrent: Benchmark = {
  name: 'uses-current',
  about:
    'time from a grant in the ledger to the first use that is allowed, and from its end or its revocation to the first denial; against a second',
  run: async (size, say) => {
    const { rounds, each, people } = SIZES[size];
    const scene = await setScene(people, null);
    const load = await scene.load('daypass', 1);
    try {
      const rows: Row[] = [];
      let person = people;
      for (const [name, measure] of [
        ['from merge to allowed', merged],
        ['from end to denied', ended],
        ['from revocation to denied', revoked],
      ] as const) {
        const all: number[] = [];
        const slowest: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          const took: number[] = [];
          while (took.length < each) took.push(await measure(scene, load, (person += 1)));
          all.push(...took);
          slowest.push(Math.max(...took));
        }
        const within = all.filter((ms) => ms <= SECOND_MS).length;
        say(`${name}: within a second in ${String(within)} of ${String(all.length)}`);
        rows.push({
          ...{ name: `${name}, slowest of ${String(each)}`, unit: 'ms', subject: slowest },
          ...{ floor: slowest.map(() => SECOND_MS), floor_name: 'a second' },
          goal: { at_most: 1 },
        });
      }
      return rows;
    } finally {
      load.close();
      await scene.close();
    }
  },
};

/** From before the entries are written: what a merge is to a decision process. */
async function merged({ ledger, question }: Scene, load: Load, person: number): Promise<number> {
  await until(load, question(person, null), false);
  const now = Date.now();
  await ledger.give(grantOf(person, lasting(now, now + HOUR_MS)));
  return (await until(load, question(person, null), true)) - now;
}

/** From its end: a question that is sent at the end or later must not be allowed. */
async function ended({ ledger, question }: Scene, load: Load, person: number): Promise<number> {
  const end = Date.now() + 300 + (person % 50);
  await ledger.give(grantOf(person, lasting(end - HOUR_MS, end)));
  await until(load, question(person, null), true);
  const denied = await until(load, question(person, null), false, (sent) =>
    holds(sent < end, `a use was allowed ${String(sent - end)} ms after the end`),
  );
  return Math.max(0, denied - end);
}

async function revoked({ ledger, question }: Scene, load: Load, person: number): Promise<number> {
  const now = Date.now();
  const grant = grantOf(person, lasting(now - HOUR_MS, now + HOUR_MS));
  await ledger.give(grant);
  await until(load, question(person, null), true);
  const began = Date.now();
  await ledger.revoke(grant.id, new Date(began));
  return (await until(load, question(person, null), false)) - began;
}

const lasting = (from: number, to: number) => ({
  starts_at: new Date(from).toISOString(),
  ends_at: new Date(to).toISOString(),
});

/** Asks until the answer is as wanted, and returns when that came. `other` is told when each other one was sent. */
async function until(
  load: Load,
  question: string,
  wanted: boolean,
  other: (sent: number) => void = () => undefined,
): Promise<number> {
  const since = Date.now();
  while (Date.now() - since < NEVER_MS) {
    let decision: unknown;
    const sent = Date.now();
    await load.ask([question], (answer) => {
      ({ decision } = JSON.parse(answer) as { decision?: unknown });
      return typeof decision === 'boolean';
    });
    if (decision === wanted) return Date.now();
    other(sent);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  holds(false, `a use is not ${wanted ? 'allowed' : 'denied'} after ${String(NEVER_MS)} ms`);
  return Number.NaN;
}
