import { subDays } from 'date-fns/subDays';
import { requestTopic } from '../../core/work/topic.js';
import type { ServedRequests, World } from '../../ports.js';

/** Rows that are settled are kept so long. */
const KEPT_DAYS = 30;

/**
 * Says that a worker is there for requests, plans what waits in the rows, whatever woke anybody (invariant 17), and lets
 * go of old ones. Where the App cannot reach the repository nothing is said, and nobody offers requests.
 */
export async function keepRequests(
  { clock, work, log }: Pick<World, 'clock' | 'work' | 'log'>,
  { rows, app }: ServedRequests,
): Promise<void> {
  try {
    const now = await clock.now();
    const ids = await rows.unplanned();
    if (ids.length > 0) await work.want(ids.map(requestTopic), now);
    await rows.forget(subDays(now, KEPT_DAYS));
    await app.reaches();
    await rows.serve();
  } catch (error) {
    log.error({ err: error }, 'requests for access cannot be served');
  }
}
