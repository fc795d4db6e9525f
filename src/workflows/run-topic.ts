import { retryAt } from '../core/backoff.js';
import { Conflict, RateLimited } from '../ports.js';
import type { Taken, World } from '../ports.js';
import { convergeGrant } from './converge.js';
import { evaluate } from './evaluate.js';
import { land } from './land.js';
import { lookAtPulls } from './look-at-pulls.js';
import { tell } from './tell.js';

/** Work is tried again at the latest after this. */
const CAP_SECONDS = 60;

/** What each topic means. Answers when to look again, null when done. */
async function story(world: World, topic: string): Promise<Date | null> {
  const [kind, id = ''] = split(topic);
  switch (kind) {
    case 'tip':
      return land(world);
    case 'pulls':
      return lookAtPulls(world, id === 'all');
    case 'pull':
      return evaluate(world, Number(id));
    case 'grant':
      return convergeGrant(world, id);
    case 'comment':
      return tell(world, Number(id));
    default:
      world.log.error({ topic }, 'a topic that nobody knows');
      return null;
  }
}

function split(topic: string): [string, string?] {
  const at = topic.indexOf(':');
  return at < 0 ? [topic] : [topic.slice(0, at), topic.slice(at + 1)];
}

/** Runs one taken topic to its end; whatever fails is kept as a row to be tried again. */
async function runTopic(world: World, taken: Taken): Promise<void> {
  try {
    const again = await story(world, taken.topic);
    if (again) await world.work.failed(taken, '', again);
    else await world.work.done(taken);
  } catch (error) {
    const now = await world.clock.now();
    const fault = error instanceof Error ? error : new Error(String(error));
    const at =
      fault instanceof Conflict
        ? now
        : fault instanceof RateLimited
          ? new Date(now.getTime() + fault.retry_after_ms)
          : retryAt(now, taken.attempts, CAP_SECONDS);
    world.log.warn({ topic: taken.topic, err: fault, retry_at: at }, 'to be tried again');
    await world.work.failed(taken, fault.message.slice(0, 1000), at);
  }
}

/**
 * Runs everything that is due now, at most `limit` at once, each held and kept held while it runs. Once
 * `stopped` nothing more is taken; what runs is run to its end.
 */
export async function drain(
  world: World,
  { limit, hold_ms }: { readonly limit: number; readonly hold_ms: number },
  stopped: () => boolean,
): Promise<void> {
  while (!stopped()) {
    const now = await world.clock.now();
    await world.work.sortDeliveries(now);
    const taken = await world.work.take(now, world.owner, limit, hold_ms);
    if (taken.length === 0) return;
    const running = new Set(taken);
    const beat = setInterval(() => {
      world.work.hold([...running], hold_ms).catch((error: unknown) => {
        world.log.warn({ err: error }, 'held work could not be kept held');
      });
    }, hold_ms / 3);
    try {
      await Promise.all(
        taken.map((one) => runTopic(world, one).finally(() => running.delete(one))),
      );
    } finally {
      clearInterval(beat);
    }
  }
}
