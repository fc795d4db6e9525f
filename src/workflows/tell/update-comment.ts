import { fingerprint } from '../../core/reading/canonical.js';
import { comment } from '../../core/report/report.js';
import type { World } from '../../ports.js';

/**
 * Keeps the app's one comment on a merged pull request up to date: activation, end, problems, and what was not applied.
 */
export async function updateComment(
  world: Pick<World, 'clock' | 'ledger' | 'reports'>,
  number: number,
): Promise<Date | null> {
  const grants = await world.ledger.grants({ pull_request: number });
  const { ignored } = (await world.ledger.stepOf(number)) ?? { ignored: [] };
  if (grants.length + ignored.length === 0) return null;
  const body = comment({ grants, ignored, now: await world.clock.now() });
  const print = fingerprint(body);
  const shown = await world.ledger.shown(number);
  if (shown.comment === print) return null;
  const comment_id = await world.reports.comment(number, shown.comment_id, body);
  await world.ledger.show(number, { comment: print, comment_id });
  return null;
}
