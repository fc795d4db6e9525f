import { LANES, type Lane } from '../../core/work/lanes.js';
import type { Job, Work, World } from '../../ports.js';

/** While jobs run, the lane polls for rows that have come due this often, ms. */
const POLL_BUSY_MS = 500;

/** What taking and keeping jobs needs. */
export interface DrainWorld extends Pick<World, 'clock' | 'owner' | 'hold_ms' | 'log'> {
  readonly work: Pick<Work, 'take' | 'renew'>;
}

/** Runs one job of a lane to its end, and records the outcome. */
export type RunJob = (lane: Lane, job: Job) => Promise<void>;

/**
 * Runs every job of a lane that is due, as many at once as the lane allows, each kept while it runs. A freed place is
 * filled at once, so that a hanging call delays no end. Once `stopped`, no job is taken, and running ones finish.
 */
export async function drain(
  world: DrainWorld,
  run: RunJob,
  lane: Lane,
  stopped: () => boolean,
): Promise<void> {
  const { hold_ms } = world;
  const running = new Map<Job, Promise<void>>();
  const beat = setInterval(() => {
    if (running.size === 0) return;
    world.work.renew([...running.keys()], hold_ms).catch((error: unknown) => {
      world.log.warn({ err: error, lane }, 'could not renew the hold on running work');
    });
  }, hold_ms / 3);
  /** While jobs run, a failed poll is only logged, because a running job may hang for long. */
  const takeMore = async (free: number): Promise<readonly Job[]> => {
    try {
      return await takeDue(world, lane, free);
    } catch (error) {
      if (running.size === 0) throw error;
      world.log.warn({ err: error, lane }, 'polling for more work failed');
      return [];
    }
  };
  try {
    for (;;) {
      const free = stopped() ? 0 : LANES[lane].concurrency - running.size;
      for (const job of free > 0 ? await takeMore(free) : []) {
        running.set(
          job,
          settled(world, run, lane, job).finally(() => running.delete(job)),
        );
      }
      if (running.size === 0) return;
      await oneOf([...running.values()]);
    }
  } finally {
    await Promise.all(running.values());
    clearInterval(beat);
  }
}

async function takeDue(world: DrainWorld, lane: Lane, limit: number): Promise<readonly Job[]> {
  const now = await world.clock.now();
  return world.work.take(now, world.owner, lane, limit, world.hold_ms);
}

/** A job whose failure could not even be recorded comes back by itself when its hold runs out. */
async function settled(
  { log }: Pick<DrainWorld, 'log'>,
  run: RunJob,
  lane: Lane,
  job: Job,
): Promise<void> {
  try {
    await run(lane, job);
  } catch (error) {
    log.error({ err: error, topic: job.topic, lane }, 'could not record a failure');
  }
}

/** Waits for the first of some jobs to end, at most `POLL_BUSY_MS`. */
async function oneOf(jobs: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, POLL_BUSY_MS);
  });
  await Promise.race([...jobs, pause]);
  clearTimeout(timer);
  // Jobs that one answer ended together are then also seen as ended together.
  await new Promise((resolve) => setImmediate(resolve));
}
