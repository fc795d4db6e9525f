import type { Benchmark } from '../benchmark.js';
import { interleaved } from '../rounds.js';
import { setScene } from './scene.js';

const SIZES = {
  full: { warm_up: 2, rounds: 11, delays_ms: [50, 200] },
  quick: { warm_up: 0, rounds: 1, delays_ms: [20] },
};

/** How long people wait for the check after they open or approve a pull request. */
export const check: Benchmark = {
  name: 'check',
  about:
    'time from webhook to visible check while GitHub answers with a fixed delay, against a bare Probot handler with one read and one write',
  run: async (size, say) => {
    const { warm_up, rounds, delays_ms } = SIZES[size];
    const rows = [];
    for (const delay_ms of delays_ms) {
      const scene = await setScene(delay_ms);
      try {
        for (const what of ['opened', 'reviewed'] as const) {
          const measured = await interleaved(
            { rounds, warm_up },
            () => scene.daypass(what),
            () => scene.floor(what),
          );
          say(`${what}, delay ${delay_ms} ms; Daypass asks: ${scene.calls().join(', ')}`);
          rows.push({
            name: `${what}, delay ${delay_ms} ms`,
            unit: 'ms' as const,
            floor_name: 'bare Probot',
            ...measured,
            goal: { at_most: 1.3 },
          });
        }
      } finally {
        await scene.close();
      }
    }
    return rows;
  },
};
