import type { Registry } from 'prom-client';
import { createReceiver } from '../adapters/webhook/receiver.js';
import type { Config } from '../config.js';
import type { Reading } from '../http/readings.js';
import { countEvents, readEvents } from '../http/event-metrics.js';
import type { Outbox, World } from '../ports.js';
import { loop, type Loop } from '../workflows/run/loop.js';
import { oldestUntold, sendEvents, type EventsOut } from '../workflows/tell/send-events.js';

/** The sending of events, and how long the oldest has waited. */
export interface Sending extends Loop {
  readonly reading: Reading;
}

/**
 * Sends events out in a loop of its own, so that a receiver that hangs delays nothing; null if none is configured.
 * Events from before the first worker with a receiver are not sent.
 */
export async function startEvents(
  config: Config<'worker'>,
  world: World,
  { outbox, registry, poll_ms }: { outbox: Outbox; registry: Registry; poll_ms: number },
): Promise<Sending | null> {
  const { EVENTS_URL: url, EVENTS_SECRET: secrets } = config;
  if (url === undefined || secrets === undefined) return null;
  await outbox.begin();
  const out: EventsOut = {
    // A third of the sender's lease, which is as long as a slot's.
    receiver: createReceiver({ url, secrets, deadline_ms: Math.floor((2 * world.hold_ms) / 3) }),
    outbox,
    repository: config.ACCESS_REPOSITORY,
    count: countEvents(registry),
  };
  const closing = new AbortController();
  const sending = loop(async () => {
    try {
      await sendEvents(world, out, closing.signal);
    } catch (error) {
      world.log.error({ err: error }, 'could not send events');
    }
  }, poll_ms);
  sending.wake();
  return {
    reading: readEvents(() => oldestUntold(world, out)),
    wake: sending.wake,
    stop: () => {
      closing.abort();
      return sending.stop();
    },
  };
}
