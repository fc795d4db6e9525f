import type { ApplicationFunction } from 'probot';
import { z } from 'zod';
import { PastDeadline, within } from '../clients/deadline.js';
import type { Delivery } from '../core/work/delivery.js';
import type { Deliveries } from '../ports.js';

const id = z.int().positive();
const check = z.object({ pull_requests: z.array(z.object({ number: id })).max(100) });

/** The few fields that say where to look. The rest of a payload is dropped unread. */
const payload = z.object({
  action: z.string().max(100).optional(),
  installation: z.object({ id }).optional(),
  repository: z.object({ id }).optional(),
  pull_request: z.object({ number: id }).optional(),
  issue: z.object({ number: id }).optional(),
  check_run: check.optional(),
  check_suite: check.optional(),
  ref: z.string().max(300).optional(),
});

/** The row for one delivery of `event`; fields of an unexpected shape become null. */
function deliveryOf(deliveryId: string, event: string, body: unknown): Delivery {
  const read = payload.safeParse(body);
  const seen = read.success ? read.data : {};
  return {
    id: deliveryId,
    event,
    action: seen.action ?? null,
    installation_id: seen.installation?.id ?? null,
    repository_id: seen.repository?.id ?? null,
    pull_request:
      seen.pull_request?.number ??
      seen.issue?.number ??
      (seen.check_run ?? seen.check_suite)?.pull_requests[0]?.number ??
      null,
    ref: seen.ref ?? null,
  };
}

/** Answered as 503, so that GitHub's list of deliveries shows the failure and an operator can redeliver. */
class NotStored extends Error {
  override readonly name = 'NotStored';
  readonly status = 503;
}

/**
 * The Probot function: it stores each event as a row, and this process does nothing else (invariant 25).
 * Throws `NotStored` if the row was not written within `within_ms`.
 */
export function daypass(deliveries: Deliveries, within_ms = 5000): ApplicationFunction {
  return (app) => {
    app.onAny(async (event) => {
      const delivery = deliveryOf(event.id, event.name, event.payload);
      try {
        await within(within_ms, () => deliveries.store(delivery));
        const { id: told, action, pull_request } = delivery;
        app.log.info(
          { delivery: told, event: event.name, action, pull_request },
          'delivery stored',
        );
      } catch (error) {
        app.log.error({ delivery: event.id, event: event.name, err: error }, 'delivery not stored');
        const late = error instanceof PastDeadline ? ` within ${String(within_ms)} ms` : '';
        throw new NotStored(`the delivery was not stored${late}: send it again`, { cause: error });
      }
    });
  };
}
