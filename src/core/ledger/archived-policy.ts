import { policyTreeId } from '../policy/tree-id.js';
import type { PolicyTree } from '../policy/tree.js';
import type { PolicyDigests } from './events.js';

/**
 * Which reading of data files the data digest is of: digests of different readings are not compared. Raise it with
 * every change of what `parsePolicyData` gives for the same files.
 */
export const READER = 1;

/** Why the files of an archived tree are not those that were recorded, in words; null where they are, or may be. */
export function filesDiffer(
  tree: PolicyTree,
  recorded: Pick<PolicyDigests, 'tree'>,
): string | null {
  if (!hasModes(tree)) return null;
  const id = policyTreeId(tree);
  return id === recorded.tree ? null : `its files give the tree ${id}`;
}

/**
 * Trees that were archived before executable files were told apart may have another id than their files give. Then
 * the digests of what is made of them must hold instead.
 */
const hasModes = ({ executable }: PolicyTree): boolean => executable !== undefined;

/** What was made of a tree here and now; `wasm` is missing where its rules were not loaded. */
export type Made = Pick<PolicyDigests, 'data'> & Partial<Pick<PolicyDigests, 'wasm' | 'compiler'>>;

/**
 * Why what is made of an archived tree is not what was recorded when it came into force, in words; null where it is.
 * A digest of another reader or compiler says nothing: then the id of the tree has to tell.
 */
export function policyDiffers(
  tree: PolicyTree,
  made: Made,
  recorded: PolicyDigests,
): string | null {
  const readAlike = (recorded.reader ?? 1) === READER;
  const compiledAlike = made.compiler === undefined || made.compiler === recorded.compiler;
  if (readAlike && made.data !== recorded.data)
    return `its data has the digest ${made.data}, and ${recorded.data} was recorded`;
  if (made.wasm !== undefined && compiledAlike && made.wasm !== recorded.wasm)
    return `its compiled rules have the digest ${made.wasm}, and ${recorded.wasm} was recorded`;
  if (!hasModes(tree) && readAlike && compiledAlike) return null;
  return filesDiffer({ ...tree, executable: tree.executable ?? [] }, recorded);
}
