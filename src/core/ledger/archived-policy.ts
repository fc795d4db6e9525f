import { policyTreeId } from '../policy/tree-id.js';
import type { PolicyTree } from '../policy/tree.js';
import type { PolicyDigests } from './events.js';

/**
 * The version of the data file reader behind the data digest; digests of different readers are not compared. Raise it
 * with every change of what `parsePolicyData` returns for the same files.
 */
export const READER = 1;

/** Why the files of an archived tree are not the recorded ones, in words; null where they are, or may be. */
export function filesDiffer(
  tree: PolicyTree,
  recorded: Pick<PolicyDigests, 'tree'>,
): string | null {
  if (!hasModes(tree)) return null;
  const id = policyTreeId(tree);
  return id === recorded.tree ? null : `its files give the tree ${id}`;
}

/**
 * Trees archived before executable files were recorded may have a different id from the one that their files give. For
 * them, the digests of what is made from them are checked instead.
 */
const hasModes = ({ executable }: PolicyTree): boolean => executable !== undefined;

/** What was made from a tree here and now; `wasm` is missing where its rules were not loaded. */
export type MadeDigests = Pick<PolicyDigests, 'data'> &
  Partial<Pick<PolicyDigests, 'wasm' | 'compiler'>>;

/**
 * Why what is made from an archived tree differs from what was recorded when it came into force, in words; null where it
 * does not. Digests of another reader or compiler cannot be compared: then the id of the tree decides.
 */
export function policyDiffers(
  tree: PolicyTree,
  made: MadeDigests,
  recorded: PolicyDigests,
): string | null {
  const readAlike = (recorded.reader ?? 1) === READER;
  const compiledAlike = made.compiler === undefined || made.compiler === recorded.compiler;
  if (readAlike && made.data !== recorded.data)
    return `its data has the digest ${made.data}, but ${recorded.data} was recorded`;
  if (made.wasm !== undefined && compiledAlike && made.wasm !== recorded.wasm)
    return `its compiled rules have the digest ${made.wasm}, but ${recorded.wasm} was recorded`;
  if (!hasModes(tree) && readAlike && compiledAlike) return null;
  return filesDiffer({ ...tree, executable: tree.executable ?? [] }, recorded);
}
