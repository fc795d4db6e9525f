import type { Topic } from '../../core/work/topic.js';
import type { Alarm, Share, World } from '../../ports.js';
import { lane, type Lane } from './lane.js';
import { drain } from './run-topic.js';

/** Topics that are looked at whatever came by webhook (invariant 17). */
const ALWAYS: readonly Topic[] = ['tip', 'pulls'];

export interface Every {
  /** The worker looks at its rows for itself at least this often, ms. At most 15,000 (invariant 17). */
  readonly look_ms: number;
  /** It reads the tip and the open pull requests at least this often, ms. */
  readonly sweep_ms: number;
  /** How long taken work is held before others may take it, ms of the database's clock. */
  readonly hold_ms: number;
  /** How much of each share is worked on at once. */
  readonly at_once: Readonly<Record<Share, number>>;
}

/**
 * Keeps a worker looking at its rows: at boot, when a bell rings, and by itself. The bell is rung for the
 * next due row, in whole seconds; a timer of the worker's own is set for it to the millisecond. Losing both
 * costs at most `look_ms`.
 */
export function watch(world: World, alarm: Alarm, every: Every): Lane {
  const lanes = SHARES.map((share) => laneOf(world, alarm, every, share));
  const look = () => {
    for (const one of lanes) one.look();
  };
  const sweep = () => {
    world.clock
      .now()
      .then((now) => world.work.want(ALWAYS, now))
      .catch((error: unknown) => {
        world.log.error({ err: error }, 'the sweep could not be wanted');
      })
      .finally(look);
  };

  const sweeping = setInterval(sweep, every.sweep_ms);
  sweep();
  return {
    look,
    stop: async () => {
      clearInterval(sweeping);
      await Promise.all(lanes.map((one) => one.stop()));
    },
  };
}

const SHARES: readonly Share[] = ['grants', 'starts', 'tip', 'comments', 'others'];

/** Works off what is due of one share, and wakes for what is due next of it. */
function laneOf(world: World, alarm: Alarm, every: Every, share: Share): Lane {
  let stopped = false;
  let waking: NodeJS.Timeout | undefined;
  const draining = { share, limit: every.at_once[share], hold_ms: every.hold_ms };
  const once = async () => {
    clearTimeout(waking);
    try {
      await drain(world, draining, () => stopped);
      const wait_ms = await ringNext(world, alarm, share);
      if (stopped || wait_ms >= every.look_ms) return;
      waking = setTimeout(looking.look, Math.max(1, wait_ms));
    } catch (error) {
      world.log.error({ err: error, share }, 'the look at the rows failed');
    }
  };
  const looking = lane(once, every.look_ms);
  return {
    look: looking.look,
    stop: async () => {
      stopped = true;
      await looking.stop();
      clearTimeout(waking);
    },
  };
}

/**
 * Answers how long it is until the next row is due, ms; Infinity where none is. A bell that cannot be rung is no
 * fault of the work: the worker looks by itself.
 */
async function ringNext(world: World, alarm: Alarm, share: Share): Promise<number> {
  const next = await world.work.nextDue(share);
  if (next === null) return Infinity;
  try {
    await alarm.ring(next, await world.clock.now());
  } catch (error) {
    world.log.warn({ err: error }, 'the bell could not be rung');
  }
  // Read again: where the queue is away, ringing takes its time.
  return next.getTime() - (await world.clock.now()).getTime();
}
