import type { Snapshot } from '../../core/change/snapshot.js';
import { aheadOf, beyondLimits } from '../../core/decision/unreviewed.js';
import type { Reason } from '../../core/reading/reason.js';
import { ALONE, type CheckReport, type Fault } from '../../core/report/check-run.js';
import { less } from '../../core/grant/effect.js';
import { report } from '../../core/report/report.js';
import type { LedgerState, World } from '../../ports.js';
import type { Judged } from './changes.js';
import type { PolicyOrFault } from './read-pull-request.js';
import { showCheck, type ShowWorld } from './show-check.js';
import { faultOf } from './fault.js';
import { NOBODY, toRequest } from './to-request.js';

/** The result of a pull request, or why it could not be judged. */
export type JudgedOrFault = Judged | { readonly fault: Fault };

/** What a report is made from if nothing was judged. */
const NOTHING = { changes: [], problems: [], policies: null, ...ALONE } as const;

/** Whether merging gives nobody anything: no grant more or longer, no other policy, and nothing that cannot be read. */
export function givesNothing(judged: JudgedOrFault): boolean {
  if ('fault' in judged || judged.problems.length > 0 || judged.policies !== null) return false;
  return judged.changes.every(({ change }) => less(change) || change.kind === 'reworded');
}

/** The other open pull requests to the default branch with this head. */
function rivalsOf({ pull_request, open_pulls }: Snapshot): readonly number[] {
  return open_pulls.flatMap(({ number, head_sha }) =>
    head_sha === pull_request.head_sha ? [number] : [],
  );
}

/** Shows the result of a pull request: its check, and the requests for reviewers. */
export async function showJudged(
  world: ShowWorld,
  snapshot: Snapshot,
  policy: PolicyOrFault,
  judged: JudgedOrFault,
): Promise<void> {
  const { pull_request, comparison } = snapshot;
  const { number } = pull_request;
  const rivals = rivalsOf(snapshot);
  const { head } = await world.ledger.state();
  const found =
    'fault' in judged
      ? { fault: judged.fault }
      : {
          changes: judged.changes,
          problems: judged.problems,
          ahead: ahead(policy, judged),
          policies: judged.policies?.decided ?? null,
        };
  const out_of_force = outOfForce(policy, comparison);
  const reporting = (reviewers_refused: string | null) =>
    report({ ...NOTHING, ...found, pull_request, out_of_force, reviewers_refused, head });
  const first = reporting(null);
  // Nobody is asked to approve what the check does not show.
  const nobody = 'fault' in judged || !first.shows_all;
  const asked = nobody ? NOBODY : await toRequest(world, number, judged);
  const check = asked.refused === null ? first : reporting(asked.refused);
  const same = { rivals, gives_nothing: givesNothing(judged) };
  const refused = await showCheck(world, number, check, { asked, ...same });
  // A refusal is a line of the summary.
  if (refused !== asked.refused) await showCheck(world, number, reporting(refused), same);
}

/** What the limits on grants without review say: advice, because others may end or land before the merge. */
function ahead(policy: PolicyOrFault, { changes, live }: Judged): readonly Reason[] {
  if ('fault' in policy) return [];
  return aheadOf(beyondLimits(changes, live, policy.loaded.data.settings));
}

/** The `policies/` of the default branch, if it is not the tree in force (invariant 1). */
function outOfForce(
  policy: PolicyOrFault,
  { policies_tip: tip }: Pick<Snapshot['comparison'], 'policies_tip'>,
): string | null {
  if ('fault' in policy) return null;
  return tip === policy.loaded.digests.tree ? null : (tip ?? 'none');
}

/** The check of a pull request that touches neither folder: it depends on nothing but these. */
export function checkOfNothing(
  head_sha: string,
  policy: PolicyOrFault,
  comparison: Pick<Snapshot['comparison'], 'policies_tip'>,
  head: LedgerState['head'],
): CheckReport {
  const out_of_force = outOfForce(policy, comparison);
  return report({ ...NOTHING, pull_request: { head_sha, url: '' }, out_of_force, head });
}

/** Shows that several pull requests have the same head, because its one check cannot describe them all. */
export async function showSameHead(
  world: ShowWorld,
  { pull_request, shares_head_with: others }: Snapshot,
): Promise<void> {
  const { number } = pull_request;
  const { head } = await world.ledger.state();
  const same_head = [number, ...others].sort((a, b) => a - b);
  const check = report({ ...NOTHING, pull_request, same_head, head });
  await showCheck(world, number, check, { others });
  // This ends when another pull request changes, so each sweep of the list wants this one again.
  await world.ledger.show(number, { seen: null });
}

/**
 * Shows a failure with its reason if it cannot be read, which is retried (invariant 3), unless another pull request with
 * its head passes and gives nobody anything: what this one would give is not known. False if it is not open.
 */
export async function showUnreadable(
  world: ShowWorld & Pick<World, 'pullRequests'>,
  number: number,
  error: Error,
): Promise<boolean> {
  const open = await world.pullRequests.open();
  const pull = open.find((one) => one.number === number);
  if (!pull) return false;
  const same = open.filter((one) => one.head_sha === pull.head_sha && one !== pull);
  const rivals = same.map((one) => one.number);
  const { head } = await world.ledger.state();
  const fault = faultOf(error, 'it could not be read: ');
  const of = { head_sha: pull.head_sha, url: '' };
  await showCheck(world, number, report({ ...NOTHING, pull_request: of, fault, head }), { rivals });
  return true;
}
