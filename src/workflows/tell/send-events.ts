import { differenceInMilliseconds } from 'date-fns/differenceInMilliseconds';
import { isStale, nextAfter } from '../../core/events/answer.js';
import { eventOut, type EventOut } from '../../core/events/event.js';
import type { Cursor, Lease, Outbox, Receiver, World } from '../../ports.js';

/** A lease key that no slot can have, because those are JSON. */
const LEASE = 'events out';
const PAGE = 50;

/** Where events go, and how far they have come. */
export interface EventsOut {
  readonly receiver: Receiver;
  readonly outbox: Outbox;
  /** `owner/name` of the access repository. */
  readonly repository: string;
  /** Counts calls by outcome, and events that were dropped. */
  count(result: 'sent' | 'failed' | 'left_out'): void;
}

type SendingWorld = Pick<World, 'clock' | 'leases' | 'owner' | 'log'>;

/**
 * Sends the receiver the events that it has not had yet, in order, until all are sent or a call fails. A lease lets
 * one worker send at a time; the cursor moves after each accepted event, so after a crash in between that event is
 * sent once more with the same id. Holds no transaction and nothing that an end needs.
 */
export async function sendEvents(
  world: SendingWorld,
  out: EventsOut,
  closing: AbortSignal,
): Promise<void> {
  if (!isDue(await out.outbox.cursor(), await world.clock.now())) return;
  const lease = await world.leases.acquire(LEASE, world.owner, leaseMs(out));
  if (!lease) return;
  try {
    await sendAll(world, out, lease, closing);
  } finally {
    await lease.release();
  }
}

const leaseMs = ({ receiver }: EventsOut) => 3 * receiver.deadline_ms;

function isDue({ seq, head, paused, retry_at }: Cursor, now: Date): boolean {
  if (paused || seq >= head) return false;
  return retry_at === null || retry_at <= now.toISOString();
}

async function sendAll(
  world: SendingWorld,
  out: EventsOut,
  lease: Lease,
  closing: AbortSignal,
): Promise<void> {
  // Read again: another sender may have moved it before the lease was ours.
  const cursor = await out.outbox.cursor();
  if (!isDue(cursor, await world.clock.now())) return;
  let { seq, failures } = cursor;
  for await (const { to, event } of untold(out, cursor)) {
    if (closing.aborted || !(await keeps(lease, out))) return;
    const done = event === null || (await sendOne(world, out, { event, seq, failures }, closing));
    if (!done || (to > seq && !(await out.outbox.move(seq, to)))) return;
    seq = to;
    if (event !== null) failures = 0;
  }
}

/** Whether a whole call fits into the lease. */
async function keeps(lease: Lease, out: EventsOut): Promise<boolean> {
  return lease.remaining() > 2 * out.receiver.deadline_ms || lease.renew(leaseMs(out));
}

/** Every event not yet sent, each with its entry; at last the newest entry, if it has no event. */
async function* untold(
  { outbox, repository }: Pick<EventsOut, 'outbox' | 'repository'>,
  { seq, head }: Cursor,
): AsyncGenerator<{ readonly to: number; readonly event: EventOut | null }> {
  let after = seq;
  for (;;) {
    const page = await outbox.after(after, head, PAGE);
    for (const told of page) {
      const event = eventOut(told, repository);
      if (event) yield { to: told.entry.seq, event };
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    after = last.entry.seq;
  }
  yield { to: head, event: null };
}

/** True if the event is dealt with: accepted or dropped. */
async function sendOne(
  { clock, log }: SendingWorld,
  { receiver, outbox, count }: EventsOut,
  { event, seq, failures }: { event: EventOut; seq: number; failures: number },
  closing: AbortSignal,
): Promise<boolean> {
  const { id, type } = event;
  const at = await clock.now();
  if (isStale(event.timestamp, at)) {
    count('left_out');
    log.error({ event: id, type }, 'event dropped: it is too old to send');
    return true;
  }
  const next = nextAfter(await receiver.send(event, at, closing), failures + 1, at);
  // A call that we aborted ourselves says nothing about the receiver.
  if (next.then !== 'on' && closing.aborted) return false;
  count(next.then === 'on' ? 'sent' : 'failed');
  if (next.then === 'on') return true;
  const { why } = next;
  switch (next.then) {
    case 'leave_out':
      count('left_out');
      log.error({ event: id, type, why }, 'event dropped: the receiver refuses it');
      return true;
    case 'pause':
      log.error({ event: id, type, why }, 'events paused: the receiver wants no more');
      await outbox.pause(seq, why);
      return false;
    case 'again':
      log.warn(
        { event: id, type, why, retry_at: next.at },
        'event not accepted, will be sent again',
      );
      await outbox.failed(seq, why, next.at);
      return false;
  }
}

/** How long the oldest unsent event has waited, seconds; 0 if there is none. */
export async function oldestUntold(
  { clock }: Pick<World, 'clock'>,
  out: Pick<EventsOut, 'outbox' | 'repository'>,
): Promise<number> {
  const first = await untold(out, await out.outbox.cursor()).next();
  if (first.done || !first.value.event) return 0;
  const waited = differenceInMilliseconds(await clock.now(), first.value.event.timestamp);
  return Math.max(0, waited / 1000);
}
