import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { LANE_NAMES, type Lane } from '../../core/work/lanes.js';
import type { Topic } from '../../core/work/topic.js';
import type { Alarm, World } from '../../ports.js';
import { drain, type RunJob } from './drain.js';
import { loop, type Loop } from './loop.js';
import { sortStored } from './sort-stored.js';

export type WatchWorld = Pick<World, 'clock' | 'work' | 'owner' | 'hold_ms' | 'log'>;

/** Topics that run even without a webhook (invariant 17). */
const ALWAYS: readonly Topic[] = ['tip', 'people', 'pulls'];

export interface Intervals {
  /** Each lane polls for due rows at least this often, ms. At most 15,000 (invariant 17). */
  readonly poll_ms: number;
  /** The worker reads the tip and the open pull requests at least this often, ms. */
  readonly sweep_ms: number;
}

/**
 * Keeps the lanes of a worker working: at boot, when a bell rings, and by polling. A bell is set for the next due row,
 * in whole seconds; the worker's own timer is set for it to the millisecond. Losing both costs at most `poll_ms`. So
 * does a lost row of a grant: at boot and at each poll what is due is planned from the records of grants (invariant 17),
 * and at boot and at each sweep everything else.
 */
export function watch(world: WatchWorld, run: RunJob, alarm: Alarm, every: Intervals): Loop {
  const lanes = LANE_NAMES.map((lane) => workOff(world, run, alarm, lane, every.poll_ms));
  const wakeLanes = () => {
    for (const one of lanes) one.wake();
  };
  // No lane sorts deliveries, and none waits for that: a flood of them delays only what they name.
  const sorting = loop(sortStored(world, every.poll_ms, wakeLanes), every.poll_ms);
  const wake = () => {
    sorting.wake();
    wakeLanes();
  };
  // Each in a loop of its own: very many lost rows keep none waiting that is due.
  const planning = [
    loop(() => planWork(world, false, wakeLanes), every.poll_ms),
    loop(() => planWork(world, true, wakeLanes), every.sweep_ms),
  ];
  const sweep = () => {
    world.clock
      .now()
      .then((now) => world.work.want(ALWAYS, now))
      .catch((error: unknown) => {
        world.log.error({ err: error }, 'could not schedule the sweep of the repository');
      })
      .finally(wake);
  };

  const sweeping = setInterval(sweep, every.sweep_ms);
  sweep();
  for (const one of planning) one.wake();
  return {
    wake,
    stop: async () => {
      clearInterval(sweeping);
      await Promise.all([sorting, ...planning, ...lanes].map((one) => one.stop()));
    },
  };
}

/** Plans what is due, or all, from the records of grants, and wakes the lanes if rows were missing. */
async function planWork(
  { clock, work, log }: WatchWorld,
  all: boolean,
  wake: () => void,
): Promise<void> {
  try {
    const planned = await work.plan(await clock.now(), all);
    if (planned === 0) return;
    log.warn({ planned }, 'rows of work were missing or too late, and were planned again');
    wake();
  } catch (error) {
    log.error({ err: error }, 'could not plan work from the records of grants');
  }
}

/** Runs what is due in one lane, and wakes for what is due next in it. */
function workOff(world: WatchWorld, run: RunJob, alarm: Alarm, lane: Lane, poll_ms: number): Loop {
  let stopped = false;
  let waking: NodeJS.Timeout | undefined;
  const once = async () => {
    clearTimeout(waking);
    try {
      let next = await world.work.nextDue(lane);
      // A wake is for all lanes, and most have nothing to take.
      if (next !== null && next <= (await world.clock.now())) {
        await drain(world, run, lane, () => stopped);
        next = await world.work.nextDue(lane);
      }
      const wait_ms = next === null ? Infinity : await ring(world, alarm, next);
      if (stopped || wait_ms >= poll_ms) return;
      waking = setTimeout(working.wake, Math.max(1, wait_ms));
    } catch (error) {
      world.log.error({ err: error, lane }, 'polling for due work failed');
    }
  };
  const working = loop(once, poll_ms);
  return {
    wake: working.wake,
    stop: async () => {
      stopped = true;
      await working.stop();
      clearTimeout(waking);
    },
  };
}

/**
 * Sets a bell for when the next row of a lane is due, and returns the time until then, ms. A bell that cannot be set is
 * not a failure of the work: the lane polls anyway.
 */
async function ring(world: WatchWorld, alarm: Alarm, next: Date): Promise<number> {
  try {
    await alarm.ring(next, await world.clock.now());
  } catch (error) {
    world.log.warn({ err: error }, 'could not ring the bell');
  }
  // Read the time again: if the queue is unreachable, setting the bell takes a while.
  return differenceInMilliseconds(next, await world.clock.now());
}
