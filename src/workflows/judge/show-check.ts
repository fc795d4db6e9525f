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
 * now or earlier. A commit has one check: `others` with this head that wrote a different one are judged again. `rivals`
 * are the other open pull requests with this head, where it gives nobody anything or nobody knows what: the head keeps the
 * check of one of them, of one that passes and gives nobody anything (`gives_nothing`) if there is one.
 */
export async function showCheck(
  world: ShowWorld,
  number: number,
  check: CheckReport,
  {
    asked: { reviewers, requested, refused: before } = NOBODY,
    others = [],
    rivals = [],
    gives_nothing = false,
  }: {
    readonly asked?: ToRequest;
    readonly others?: readonly number[];
    readonly rivals?: readonly number[];
    readonly gives_nothing?: boolean;
  } = {},
): Promise<string | null> {
  const print = fingerprint(comparable(check));
  const shown = await world.ledger.shown(number);
  const passed = check.conclusion === 'success' && gives_nothing ? check.head_sha : null;
  if (rivals.length > 0) {
    const kept = await giveWay(world, number, check, { rivals, gives_nothing });
    if (kept) return before;
  }
  const theirs = await Promise.all(
    others.map(async (other) => ({ other, wrote: (await world.ledger.shown(other)).check })),
  );
  const agreed = theirs.every(({ wrote }) => wrote === print || wrote === BY_ANOTHER);
  if (shown.check === print && agreed && reviewers === null) {
    if (shown.passed !== passed) await world.ledger.show(number, { passed });
    return before;
  }
  const refused = (await world.reports.check(check, reviewers)) ?? before;
  const otherwise = theirs.flatMap(({ other, wrote }) => (wrote === print ? [] : [other]));
  for (const other of [...otherwise, ...rivals])
    await world.ledger.show(other, { check: BY_ANOTHER });
  await wantPulls(world, otherwise);
  // One of them may pass, or has to say why not.
  if (shown.passed === check.head_sha && passed === null) await wantPulls(world, rivals);
  await world.ledger.show(number, {
    check: print,
    passed,
    ...(requested !== null && { requested: JSON.stringify({ ...requested, refused }) }),
  });
  world.log.info(
    { pull_request: number, sha: check.head_sha, conclusion: check.conclusion },
    check.title,
  );
  return refused;
}

/** A pull request, and whether its own check is that of the head, a success that gives nobody anything. */
interface Sharer {
  readonly number: number;
  readonly passed: boolean;
}

/**
 * Whose check a head keeps instead of that of `mine`; null if it gets that. Merging one that passes gives nobody anything,
 * so that one is enough, and nobody can undo it with a pull request of their own (invariant 16). Where nobody knows what
 * `mine` gives, it makes way for no other.
 */
export function keptInstead(
  mine: Sharer & { readonly passes: boolean; readonly gives_nothing: boolean },
  theirs: readonly Sharer[],
): number | null {
  if (mine.passed) return null;
  const passing = theirs.find(({ passed }) => passed);
  if (passing) return passing.number;
  const first = Math.min(...theirs.map(({ number }) => number));
  return mine.gives_nothing && !mine.passes && first < mine.number ? first : null;
}

/** Whether the head keeps the check of another pull request. If GitHub waits for a run (null), that is written again. */
async function giveWay(
  world: ShowWorld,
  number: number,
  { head_sha, conclusion }: CheckReport,
  {
    rivals,
    gives_nothing,
  }: { readonly rivals: readonly number[]; readonly gives_nothing: boolean },
): Promise<boolean> {
  const read = async (one: number) => ({ number: one, shown: await world.ledger.shown(one) });
  const [{ shown }, ...theirs] = [await read(number), ...(await Promise.all(rivals.map(read)))];
  const sharer = (one: (typeof theirs)[number]) => ({
    number: one.number,
    passed: one.shown.passed === head_sha,
  });
  const mine = { ...sharer({ number, shown }), passes: conclusion === 'success', gives_nothing };
  const kept = keptInstead(mine, theirs.map(sharer));
  if (kept === null) return false;
  if (shown.check === null) await world.ledger.show(kept, { check: BY_ANOTHER });
  if (shown.check !== BY_ANOTHER) {
    await world.ledger.show(number, { check: BY_ANOTHER });
    await wantPulls(world, [kept]);
  }
  return true;
}

/** Has pull requests judged again. */
export async function wantPulls(
  world: Pick<World, 'clock' | 'work'>,
  numbers: readonly number[],
): Promise<void> {
  if (numbers.length === 0) return;
  await world.work.want(numbers.map(pullTopic), await world.clock.now());
}
