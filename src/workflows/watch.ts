import type { Alarm, World } from '../ports.js';
import { lane, type Lane } from './lane.js';
import { drain } from './run-topic.js';

/** Topics that are looked at whatever came by webhook (invariant 17). */
const ALWAYS = ['tip', 'pulls'];

export interface Every {
  /** The worker looks at its rows for itself at least this often, ms. At most 15,000 (invariant 17). */
  readonly look_ms: number;
  /** It reads the tip and the open pull requests at least this often, ms. */
  readonly sweep_ms: number;
  /** How long taken work is held before others may take it, ms of the database's clock. */
  readonly hold_ms: number;
  /** How many topics run at once. */
  readonly limit: number;
}

/**
 * Keeps a worker looking at its rows: at boot, when a bell rings, and by itself. The bell is rung for the
 * next due row; losing it costs at most `look_ms`.
 */
export function watch(world: World, alarm: Alarm, every: Every): Lane {
  let stopped = false;
  const once = async () => {
    try {
      await drain(world, { limit: every.limit, hold_ms: every.hold_ms }, () => stopped);
      await ringNext(world, alarm);
    } catch (error) {
      world.log.error({ err: error }, 'the look at the rows failed');
    }
  };
  const looking = lane(once, every.look_ms);
  const sweep = () => {
    world.clock
      .now()
      .then((now) => world.work.want(ALWAYS, now))
      .catch((error: unknown) => {
        world.log.error({ err: error }, 'the sweep could not be wanted');
      })
      .finally(looking.look);
  };

  const sweeping = setInterval(sweep, every.sweep_ms);
  sweep();
  return {
    look: looking.look,
    stop: async () => {
      stopped = true;
      clearInterval(sweeping);
      await looking.stop();
    },
  };
}

/** A bell that cannot be rung is no fault of the work: the look after `look_ms` finds the row. */
async function ringNext(world: World, alarm: Alarm): Promise<void> {
  const next = await world.work.nextDue();
  if (next === null) return;
  try {
    await alarm.ring(next, await world.clock.now());
  } catch (error) {
    world.log.warn({ err: error }, 'the bell could not be rung');
  }
}
