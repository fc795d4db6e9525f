import { fingerprint } from '../../core/reading/canonical.js';
import { comparable } from '../../core/report/report.js';
import { Late, Unreadable } from '../../ports.js';
import type { LedgerState, Shown, World } from '../../ports.js';
import { touchesNothing } from '../judge/pull-request.js';
import type { JudgedAgainst } from '../judge/read-pull-request.js';
import { checkOfNothing } from '../judge/show-pull-request.js';

/**
 * Whether a head that was judged to touch neither folder still touches neither, now that the default branch may have
 * moved, and its check still says what it would say. Only git is asked: such a pull request is judged once for each head.
 */
export async function isStillNothing(
  { repository }: Pick<World, 'repository'>,
  { tip, policy }: JudgedAgainst,
  head: LedgerState['head'],
  head_sha: string,
  shown: Pick<Shown, 'check' | 'touches_nothing'>,
): Promise<boolean> {
  if (!shown.touches_nothing || 'fault' in policy) return false;
  try {
    const comparison = await repository.compare(tip, head_sha);
    const check = checkOfNothing(head_sha, policy, comparison, head);
    return touchesNothing(comparison) && shown.check === fingerprint(comparable(check));
  } catch (error) {
    if (error instanceof Unreadable || error instanceof Late) return false;
    throw error;
  }
}
