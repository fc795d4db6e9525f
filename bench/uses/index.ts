import type { Benchmark, Row } from '../benchmark.js';
import { interleaved, perSecond } from '../rounds.js';
import type { Load } from './load.js';
import { opaProgram } from './opa-program.js';
import { setScene } from './scene.js';

const SIZES = {
  full: { rounds: 7, times: 5_000, people: 1_000 },
  quick: { rounds: 1, times: 50, people: 50 },
};
/** As many connections as a proxy in front of a service keeps. */
const CONNECTIONS = 32;

const allowed = (answer: string) => answer.startsWith('{"decision":true,');
const approved = (answer: string) => /"approve":\[\{/.test(answer) && /"deny":\[\]/.test(answer);

/** Decided uses per second over HTTP: how much time the decision adds to the HTTP. */
export const uses: Benchmark = {
  name: 'uses',
  about:
    'decided uses per second over HTTP, against a bare JSON handler, and against an OPA with the same rules that is given the grant',
  run: async (size, say) => {
    const { rounds, times, people } = SIZES[size];
    const scene = await setScene(people, opaProgram());
    const loads: Load[] = [];
    const open = async (of: 'daypass' | 'floor' | 'opa', connections: number) => {
      const load = await scene.load(of, connections);
      loads.push(load);
      return load;
    };
    let salt = 0;
    const questions = (of: 'question' | 'forOpa', repeat: boolean, count: number) =>
      Array.from({ length: count }, (_, n) =>
        scene[of](n % (repeat ? 1 : people), repeat ? null : (salt += 1)),
      );
    const rate = (
      load: Load,
      of: 'question' | 'forOpa',
      {
        repeat = false,
        count = times,
      }: { readonly repeat?: boolean; readonly count?: number } = {},
    ) => {
      const right = of === 'forOpa' ? approved : allowed;
      return () => {
        const bodies = questions(of, repeat, count);
        return perSecond(count, () => load.ask(bodies, right));
      };
    };
    try {
      const rows: Row[] = [];
      const row = { unit: 'a second' } as const;
      const many = await open('daypass', CONNECTIONS);
      const floor = await open('floor', CONNECTIONS);
      const bare = { ...row, floor_name: 'a bare JSON handler' };
      const measured = (subject: () => Promise<number>, beside: () => Promise<number>) =>
        interleaved({ rounds, warm_up: 2 }, subject, beside);
      rows.push({
        ...{ ...bare, name: `${CONNECTIONS} connections, no question repeats` },
        ...(await measured(rate(many, 'question'), rate(floor, 'question'))),
        goal: { at_least: 0.6 },
      });
      rows.push({
        ...{ ...bare, name: `${CONNECTIONS} connections, one question` },
        ...(await measured(
          rate(many, 'question', { repeat: true }),
          rate(floor, 'question', { repeat: true }),
        )),
        goal: { at_least: 0.8 },
      });
      if (!scene.opa) {
        say('OPA is not installed (node setup/opa.mjs), so it is not measured');
        return rows;
      }
      const peer = { ...row, floor_name: 'opa run --server' };
      const opa = await open('opa', CONNECTIONS);
      rows.push({
        ...{ ...peer, name: `${CONNECTIONS} connections, beside OPA` },
        ...(await measured(rate(many, 'question'), rate(opa, 'forOpa'))),
        goal: { at_least: 2.2 },
      });
      const [one, opa_one] = [await open('daypass', 1), await open('opa', 1)];
      const count = Math.ceil(times / 5);
      rows.push({
        ...{ ...peer, name: 'one connection, beside OPA' },
        ...(await measured(rate(one, 'question', { count }), rate(opa_one, 'forOpa', { count }))),
        goal: { at_least: 2 },
      });
      return rows;
    } finally {
      loads.forEach((load) => load.close());
      await scene.close();
    }
  },
};
