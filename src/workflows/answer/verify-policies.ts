import type { Broken } from '../../core/ledger/broken.js';
import { filesDiffer, policyDiffers, READER } from '../../core/ledger/archived-policy.js';
import type { RecordedPolicy } from '../../core/ledger/refold.js';
import { placed } from '../../core/reading/problem.js';
import type { LoadedPolicy, PolicyTree, World } from '../../ports.js';

/** The first archived tree that is not what the entries recorded, and what could not be compared, in words. */
export interface PoliciesVerified {
  readonly broken: Broken | null;
  readonly untold: readonly string[];
}

/**
 * Compares each archived policy tree with the digests in the entries (invariant 22): its id with its files, its data
 * and compiled rules with what this version makes of them. What this version makes differently, or cannot make without
 * OPA, is reported as such.
 */
export async function verifyPolicies(
  world: Pick<World, 'ledger' | 'policy'>,
  recorded: readonly RecordedPolicy[],
): Promise<PoliciesVerified> {
  const untold: string[] = [];
  for (const policy of recorded) {
    const found = await verifyPolicy(world, policy);
    if (found.why !== null) return { broken: broken(policy, found.why), untold };
    if (found.untold !== null)
      untold.push(`the policy tree ${policy.digests.tree}: ${found.untold}`);
  }
  return { broken: null, untold };
}

interface Found {
  readonly why: string | null;
  readonly untold: string | null;
}

async function verifyPolicy(
  { ledger, policy }: Pick<World, 'ledger' | 'policy'>,
  { digests }: RecordedPolicy,
): Promise<Found> {
  const tree = await ledger.policyTree(digests.tree);
  if (!tree) return { why: 'it is not in the archive', untold: null };
  const files = filesDiffer(tree, digests);
  if (files !== null) return { why: files, untold: null };
  const loaded = await policy.load(tree);
  if (loaded.ok) return compared(tree, loaded.policy, digests);
  const [first] = loaded.problems;
  const why = first ? placed(first) : 'it does not load';
  return { why: null, untold: `its data and rules were not compared: ${why}` };
}

function compared(
  tree: PolicyTree,
  { digests: made }: LoadedPolicy,
  recorded: RecordedPolicy['digests'],
): Found {
  const others = [
    ...((recorded.reader ?? 1) === READER ? [] : ['data']),
    ...(recorded.compiler === made.compiler ? [] : ['rules']),
  ];
  return {
    why: policyDiffers(tree, made, recorded),
    untold:
      others.length === 0
        ? null
        : `its ${others.join(' and ')} were made by another version of Daypass, and not compared`,
  };
}

function broken({ digests, seq }: RecordedPolicy, why: string): Broken {
  const said = `the policy tree ${digests.tree}, in force by entry ${seq}, is not what was recorded`;
  return { ok: false, what: 'policy_tree', seq, id: digests.tree, why: `${said}: ${why}` };
}
