import { fingerprint } from '../core/canonical.js';
import { comment } from '../core/report.js';
import type { World } from '../ports.js';
import { pages } from './inspect.js';

/** Keeps the app's one comment on a merged pull request true: activation, end, problems, what has no effect. */
export async function tell(world: World, number: number): Promise<Date | null> {
  const grants = await world.ledger.grants({ pull_request: number });
  const ignored = await ignoredOf(world, number);
  if (grants.length + ignored.length === 0) return null;
  const body = comment({ grants, ignored, now: await world.clock.now() });
  const print = fingerprint(body);
  const shown = await world.ledger.shown(number);
  if (shown.comment === print) return null;
  const comment_id = await world.reports.comment(number, shown.comment_id, body);
  await world.ledger.show(number, { comment: print, comment_id });
  return null;
}

/** What of the step of a pull request stays out of force, in words. */
async function ignoredOf(world: World, pull_request: number): Promise<readonly string[]> {
  for await (const entry of pages(world.ledger, { pull_request })) {
    if (entry.kind === 'step.landed') return entry.body.ignored;
  }
  return [];
}
