import type { Broken, Unsure } from '../../core/ledger/broken.js';
import { filesDiffer, policyDiffers, READER } from '../../core/ledger/archived-policy.js';
import type { PolicyDigests } from '../../core/ledger/events.js';
import type { RecordedPolicy } from '../../core/ledger/refold.js';
import { placed } from '../../core/reading/problem.js';
import type { LoadedPolicy, PolicyTree, World } from '../../ports.js';

/** The first archived tree that is not what the entries recorded, or else the first of which that cannot be told. */
export interface PoliciesVerified {
  readonly found: Broken | Unsure | null;
  /** What could not be compared of trees whose files are the recorded ones, in words. */
  readonly untold: readonly string[];
}

/**
 * Compares each archived policy tree with the digests in the entries (invariant 22): its id with its files, its data
 * and compiled rules with what this version makes of them. Where the id proves the files, what this version makes
 * differently, or cannot make without OPA, is only told; files that neither id nor digests prove are `Unsure`.
 */
export async function verifyPolicies(
  world: Pick<World, 'ledger' | 'policy'>,
  recorded: readonly RecordedPolicy[],
): Promise<PoliciesVerified> {
  const untold: string[] = [];
  const archived = new Map<string, PolicyDigests>();
  let unsure: Unsure | null = null;
  for (const { digests, seq } of recorded) {
    const { tree } = digests;
    const first = archived.get(tree) ?? digests;
    archived.set(tree, first);
    const { is, why } = await verifyPolicy(world, digests, first);
    const about = { what: 'policy_tree', seq, id: tree } as const;
    const named = `the policy tree ${tree}, in force by entry ${seq},`;
    if (is === 'other') {
      const said = `${named} is not what was recorded: ${why}`;
      return { found: { ok: false, ...about, why: said }, untold };
    }
    if (is === 'unsure') unsure ??= { ok: null, ...about, why: `${named} was not checked: ${why}` };
    else if (why !== null) untold.push(`the policy tree ${tree}: ${why}`);
  }
  return { found: unsure, untold };
}

/** What an archived tree is, compared with what was recorded: the same perhaps with what was not compared. */
type TreeVerified =
  | { readonly is: 'other' | 'unsure'; readonly why: string }
  | { readonly is: 'same'; readonly why: string | null };

/** `first` is what was recorded with the tree when it was archived. */
async function verifyPolicy(
  { ledger, policy }: Pick<World, 'ledger' | 'policy'>,
  recorded: PolicyDigests,
  first: PolicyDigests,
): Promise<TreeVerified> {
  const tree = await ledger.policyTree(recorded.tree);
  if (!tree) return { is: 'other', why: 'it is not in the archive' };
  // Whoever records the reader archives which files are executable.
  if (tree.executable === undefined && first.reader !== undefined)
    return { is: 'other', why: 'the archive no longer says which of its files are executable' };
  const files = filesDiffer(tree, recorded);
  if (files !== null) return { is: 'other', why: files };
  const loaded = await policy.load(tree);
  if (loaded.ok) return compared(tree, loaded.policy, recorded);
  const [problem] = loaded.problems;
  const why = problem ? placed(problem) : 'it does not load';
  const plain = filesDiffer({ ...tree, executable: tree.executable ?? [] }, recorded);
  return plain === null
    ? { is: 'same', why: `its data and rules were not compared: ${why}` }
    : { is: 'unsure', why: `${plain} unless some are executable, and it does not load (${why})` };
}

function compared(
  tree: PolicyTree,
  { digests: made }: LoadedPolicy,
  recorded: PolicyDigests,
): TreeVerified {
  const differs = policyDiffers(tree, made, recorded);
  if (differs !== null) return { is: 'other', why: differs };
  const others = [
    ...((recorded.reader ?? 1) === READER ? [] : ['data']),
    ...(recorded.compiler === made.compiler ? [] : ['rules']),
  ];
  const by = 'were made by another version of Daypass, and not compared';
  return { is: 'same', why: others.length === 0 ? null : `its ${others.join(' and ')} ${by}` };
}
