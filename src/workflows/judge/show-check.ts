import { fingerprint } from '../../core/reading/canonical.js';
import type { CheckReport } from '../../core/report/check-run.js';
import { comparable } from '../../core/report/report.js';
import { pullTopic } from '../../core/work/topic.js';
import type { World } from '../../ports.js';
import { NOBODY, type ToRequest } from './to-request.js';

export type ShowWorld = Pick<World, 'clock' | 'ledger' | 'reports' | 'work' | 'log'>;

/** What is kept as shown if another pull request with the same head has written the check since. */
const BY_ANOTHER = '';

/**
 * Writes the check if it differs from what was shown, and requests reviewers; returns GitHub's answer to the request,
 * now or earlier. A commit has one check: `others` with this head that wrote a different one are judged again.
 */
export async function showCheck(
  world: ShowWorld,
  number: number,
  check: CheckReport,
  {
    asked: { reviewers, requested, refused: before } = NOBODY,
    others = [],
  }: { readonly asked?: ToRequest; readonly others?: readonly number[] } = {},
): Promise<string | null> {
  const print = fingerprint(comparable(check));
  const shown = await world.ledger.shown(number);
  const theirs = await Promise.all(
    others.map(async (other) => ({ other, wrote: (await world.ledger.shown(other)).check })),
  );
  const agreed = theirs.every(({ wrote }) => wrote === print || wrote === BY_ANOTHER);
  if (shown.check === print && agreed && reviewers === null) return before;
  const refused = (await world.reports.check(check, reviewers)) ?? before;
  const otherwise = theirs.flatMap(({ other, wrote }) => (wrote === print ? [] : [other]));
  for (const other of otherwise) await world.ledger.show(other, { check: BY_ANOTHER });
  await wantPulls(world, otherwise);
  await world.ledger.show(number, {
    check: print,
    ...(requested !== null && { requested: JSON.stringify({ ...requested, refused }) }),
  });
  world.log.info(
    { pull_request: number, sha: check.head_sha, conclusion: check.conclusion },
    check.title,
  );
  return refused;
}

/** Has pull requests judged again. */
export async function wantPulls(
  world: Pick<World, 'clock' | 'work'>,
  numbers: readonly number[],
): Promise<void> {
  if (numbers.length === 0) return;
  await world.work.want(numbers.map(pullTopic), await world.clock.now());
}
