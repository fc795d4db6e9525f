import { paced } from '../../core/work/pace.js';
import type { World } from '../../ports.js';

/** So many batches may wake something in quick succession. */
const BURST = 30;

/**
 * Makes what sorts stored deliveries into topics, a batch each time it runs, and wakes the lanes. It never throws. Each
 * look that a batch wakes costs calls to GitHub, and anybody with web's role can make up deliveries (invariant 25): after a
 * flood it rests for `rest_ms`, and where batches keep waking something there is one in twice that time.
 */
export function sortStored(
  world: Pick<World, 'clock' | 'work' | 'log'>,
  rest_ms: number,
  wake: () => void,
): () => Promise<void> {
  const pace = { burst: BURST, every_ms: 2 * rest_ms };
  let rested = 0;
  let used = 0;
  return async () => {
    if (performance.now() < rested) return;
    try {
      const { sorted, collapsed, woken } = await world.work.sortDeliveries(await world.clock.now());
      if (sorted + collapsed > 0) wake();
      const now = performance.now();
      if (woken > 0) ({ used, next: rested } = paced(used, now, pace));
      if (collapsed === 0) return;
      rested = Math.max(rested, now + rest_ms);
      world.log.error(
        { collapsed },
        'too many deliveries: the default branch and the open pull requests are read instead of what each one names',
      );
    } catch (error) {
      world.log.error({ err: error }, 'could not sort deliveries');
    }
  };
}
