import type { World } from '../../ports.js';

/**
 * Makes what sorts stored deliveries into topics, a batch each time it runs, and wakes the lanes. It never throws. After
 * a flood it rests for `rest_ms`: each look that deliveries ask for costs calls to GitHub, however many they are.
 */
export function sortStored(
  world: Pick<World, 'clock' | 'work' | 'log'>,
  rest_ms: number,
  wake: () => void,
): () => Promise<void> {
  let rested = 0;
  return async () => {
    if (performance.now() < rested) return;
    try {
      const { sorted, collapsed } = await world.work.sortDeliveries(await world.clock.now());
      if (sorted + collapsed > 0) wake();
      if (collapsed === 0) return;
      rested = performance.now() + rest_ms;
      world.log.error(
        { collapsed },
        'too many deliveries: the default branch and the open pull requests are read instead of what each one names',
      );
    } catch (error) {
      world.log.error({ err: error }, 'could not sort deliveries');
    }
  };
}
