import { readTopic } from '../../core/work/topic.js';
import { Conflict, Late } from '../../ports.js';
import type { Share, Taken, World } from '../../ports.js';
import { convergeGrant } from '../grant/converge.js';
import { evaluate } from '../judge/pull-request.js';
import { land } from '../land/land.js';
import { lookAtPulls } from './look-at-pulls.js';
import { tell } from '../tell/comment.js';
import { tryAgainAt } from '../grant/try-again.js';

/** What each topic means. Answers when to look again, null when done. */
async function story(world: World, topic: string): Promise<Date | null> {
  const look = readTopic(topic);
  switch (look?.kind) {
    case 'tip':
      return land(world);
    case 'pulls':
      return lookAtPulls(world, look.all);
    case 'pull':
      return evaluate(world, look.pull_request);
    case 'grant':
      return convergeGrant(world, look.id);
    case 'comment':
      return tell(world, look.pull_request);
    default:
      world.log.error({ topic }, 'a topic that nobody knows');
      return null;
  }
}

/** So often somebody else may have been quicker in a row. */
const CONFLICTS = 5;

/** A head that does not come in time may be huge, and while it is fetched nobody else's is, ms. */
const HUGE_MS = 600_000;

/** Runs one taken topic to its end; whatever fails is kept as a row to be tried again. */
async function runTopic(world: World, taken: Taken): Promise<void> {
  try {
    const again = await story(world, taken.topic);
    if (again) await world.work.failed(taken, '', again);
    else await world.work.done(taken);
  } catch (error) {
    const now = await world.clock.now();
    const fault = error instanceof Error ? error : new Error(String(error));
    // What only has to be read again is tried at once, though not for ever.
    const again = fault instanceof Conflict && taken.attempts < CONFLICTS;
    const huge = fault instanceof Late && readTopic(taken.topic)?.kind === 'pull';
    const next = huge ? new Date(now.getTime() + HUGE_MS) : tryAgainAt(now, taken.attempts, fault);
    const at = again ? now : next;
    world.log.warn({ topic: taken.topic, err: fault, retry_at: at }, 'to be tried again');
    await world.work.failed(taken, fault.message.slice(0, 1000), at);
  }
}

/** While work runs, rows that have come due meanwhile are looked for this often, ms. */
const AGAIN_MS = 500;

/** What a lane takes, how much of it at once, and how long it is held before others may take it, ms. */
export interface Draining {
  readonly share: Share;
  readonly limit: number;
  readonly hold_ms: number;
}

/**
 * Runs everything of a share that is due, at most `limit` at once, each held and kept held while it runs. A place that
 * comes free is filled at once, so that one call that hangs keeps no end waiting. Once `stopped` nothing
 * more is taken; what runs is run to its end.
 */
export async function drain(
  world: World,
  { share, limit, hold_ms }: Draining,
  stopped: () => boolean,
): Promise<void> {
  const running = new Map<Taken, Promise<void>>();
  const beat = setInterval(() => {
    if (running.size === 0) return;
    world.work.hold([...running.keys()], hold_ms).catch((error: unknown) => {
      world.log.warn({ err: error }, 'held work could not be kept held');
    });
  }, hold_ms / 3);
  /** Rows that cannot be taken while some run are looked for again soon: what runs may hang. */
  const takeMore = async (free: number): Promise<readonly Taken[]> => {
    try {
      return await takeDue(world, share, free, hold_ms);
    } catch (error) {
      if (running.size === 0) throw error;
      world.log.warn({ err: error, share }, 'rows could not be taken');
      return [];
    }
  };
  try {
    for (;;) {
      const free = stopped() ? 0 : limit - running.size;
      for (const one of free > 0 ? await takeMore(free) : []) {
        running.set(
          one,
          settled(world, one).finally(() => running.delete(one)),
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

async function takeDue(
  world: World,
  share: Share,
  limit: number,
  hold_ms: number,
): Promise<readonly Taken[]> {
  const now = await world.clock.now();
  // Deliveries say where to look, and never at a grant.
  if (share === 'tip' || share === 'others') await world.work.sortDeliveries(now);
  return world.work.take(now, world.owner, share, limit, hold_ms);
}

/** A topic whose failure could not even be kept comes back by itself when its hold runs out. */
async function settled(world: World, taken: Taken): Promise<void> {
  try {
    await runTopic(world, taken);
  } catch (error) {
    world.log.error({ err: error, topic: taken.topic }, 'a failure could not be kept');
  }
}

/** Waits for the first of some work to end, at most `AGAIN_MS`. */
async function oneOf(work: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, AGAIN_MS);
  });
  await Promise.race([...work, pause]);
  clearTimeout(timer);
  // What one answer has ended together is then seen to have ended together.
  await new Promise((resolve) => setImmediate(resolve));
}
