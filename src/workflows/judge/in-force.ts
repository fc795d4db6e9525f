import { filesDiffer, policyDiffers, type MadeDigests } from '../../core/ledger/archived-policy.js';
import type { PolicyDigests } from '../../core/ledger/events.js';
import type { ApproverIds } from '../../core/policy/approvers.js';
import type { PolicyData } from '../../core/policy/catalog.js';
import { MASS_ENDING, type MassEnding } from '../../core/policy/mass-ending.js';
import { fingerprint } from '../../core/reading/canonical.js';
import type { Problem } from '../../core/reading/problem.js';
import { EngineFault } from '../../ports.js';
import type { Ledger, LoadedPolicy, PolicyTree, World } from '../../ports.js';

/** Where the ledger says which policy is in force. */
export type PolicyLedger = Pick<Ledger, 'state' | 'policyTree'>;

interface InForceWorld extends Pick<World, 'policy'> {
  readonly ledger: PolicyLedger;
}

/** The policy that everything is judged by, and who its approvers are (invariant 6). */
export interface PolicyInForce extends LoadedPolicy {
  readonly approvers: ApproverIds;
}

/**
 * The policy in force: the tree that the ledger names and holds, loaded (invariant 1). Null before first start has
 * ended. Throws `EngineFault` if it does not load, or if nobody has recorded yet who its approvers are: nothing is
 * judged then.
 */
export async function policyInForce(world: InForceWorld): Promise<PolicyInForce | null> {
  const found = await treeInForce(world);
  if (!found) return null;
  const { tree, recorded, approvers } = found;
  const loaded = await world.policy.load(tree);
  if (!loaded.ok) throw unloadable(tree, loaded.problems);
  hold(tree, loaded.policy.digests, recorded);
  if (!approvers)
    throw new EngineFault(
      `the ids of the approvers of the policy in force (${tree.id}) are not recorded yet: the worker records them when it looks at the default branch`,
    );
  return { ...loaded.policy, approvers };
}

/** Only the data of the policy in force, for work that must not wait for its rules (invariant 16). */
export async function dataInForce(world: InForceWorld): Promise<PolicyData | null> {
  const found = await treeInForce(world);
  if (!found) return null;
  const { tree, recorded } = found;
  const data = world.policy.read(tree);
  if (!data.ok) throw unloadable(tree, data.problems);
  hold(tree, { data: digestOf(data.value) }, recorded);
  return data.value;
}

/** The brake on mass endings, from the settings in force; the default if they cannot be read. */
export async function massEndingInForce(world: InForceWorld): Promise<MassEnding> {
  const data = await dataInForce(world).catch(() => null);
  return data?.settings.mass_ending ?? MASS_ENDING;
}

async function treeInForce({ ledger }: InForceWorld): Promise<{
  readonly tree: PolicyTree;
  readonly recorded: PolicyDigests;
  readonly approvers: ApproverIds | null;
} | null> {
  const { policy: recorded, approvers } = await ledger.state();
  return recorded && { tree: await archivedTree({ ledger }, recorded.tree), recorded, approvers };
}

/**
 * A policy tree as the ledger holds it: the archive is outside the chain, so its files are checked against the id in
 * the entries (invariant 22). Throws `EngineFault` if they differ or are missing.
 */
export async function archivedTree(
  { ledger }: { readonly ledger: Pick<Ledger, 'policyTree'> },
  id: string,
): Promise<PolicyTree> {
  const tree = await ledger.policyTree(id);
  if (!tree) throw new EngineFault(`the ledger does not hold the policy tree ${id}`);
  if (!files.has(tree)) files.set(tree, filesDiffer(tree, { tree: id }));
  const why = files.get(tree) ?? null;
  if (why !== null) throw altered(id, why);
  return tree;
}

/** What was found about trees and data that were read before, because each end asks for the one in force. */
const files = new WeakMap<PolicyTree, string | null>();
const digests = new WeakMap<PolicyData, string>();

function digestOf(data: PolicyData): string {
  const digest = digests.get(data) ?? fingerprint(data);
  digests.set(data, digest);
  return digest;
}

/** Throws `EngineFault` if a tree no longer gives the digests that were recorded when it came into force. */
function hold(tree: PolicyTree, made: MadeDigests, recorded: PolicyDigests): void {
  const why = policyDiffers(tree, made, recorded);
  if (why !== null) throw altered(tree.id, why);
}

const altered = (id: string, why: string) =>
  new EngineFault(`the policy tree ${id} is not what the ledger recorded: ${why}`);

function unloadable({ id }: PolicyTree, [first]: readonly Problem[]): EngineFault {
  const why = first ? `${first.path}: ${first.message}` : 'no reason given';
  return new EngineFault(`the policy in force (${id}) does not load: ${why}`);
}
