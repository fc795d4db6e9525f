import type { Registry } from 'prom-client';
import { createReceiver } from '../adapters/webhook/receiver.js';
import type { Config } from '../config.js';
import { countEvents, gaugeEvents } from '../http/event-metrics.js';
import type { Outbox, World } from '../ports.js';
import { lane } from '../workflows/run/lane.js';
import type { Lane } from '../workflows/run/lane.js';
import { oldestUntold, sendEvents, type EventsOut } from '../workflows/tell/send-events.js';

/**
 * Events out on a lane of their own, so that a receiver that hangs delays nothing; null where none is
 * configured. What happened before the first worker that has one is not told.
 */
export async function startEvents(
  config: Config<'worker'>,
  world: World,
  { outbox, registry, look_ms }: { outbox: Outbox; registry: Registry; look_ms: number },
): Promise<Lane | null> {
  const { EVENTS_URL: url, EVENTS_SECRET: secrets } = config;
  if (url === undefined || secrets === undefined) return null;
  await outbox.begin();
  const out: EventsOut = {
    // A third of its lease, which is as long as a slot's.
    receiver: createReceiver({ url, secrets, deadline_ms: Math.floor((2 * world.hold_ms) / 3) }),
    outbox,
    repository: config.ACCESS_REPOSITORY,
    count: countEvents(registry),
  };
  gaugeEvents(() => oldestUntold(world, out), registry);
  const closing = new AbortController();
  const sending = lane(async () => {
    try {
      await sendEvents(world, out, closing.signal);
    } catch (error) {
      world.log.error({ err: error }, 'events could not be sent');
    }
  }, look_ms);
  sending.look();
  return {
    look: sending.look,
    stop: () => {
      closing.abort();
      return sending.stop();
    },
  };
}
