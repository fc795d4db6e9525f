import type { PolicyTree } from '../../ports.js';
import { Unreadable } from '../../ports.js';
import type { Mirror } from './git/mirror.js';
import { BLOB_LIMIT } from './git/mirror.js';
import { inspect, listFiles, needCommit, readBlobs } from './git/read.js';

const MAX_FILES = 1_000;
const MAX_BYTES = 16 * 1024 * 1024;
const REGULAR: ReadonlySet<string> = new Set(['100644', '100755']);

const decode = (path: string, content: Uint8Array | null | undefined): string => {
  if (!content) throw new Unreadable(`policies/${path} is ${BLOB_LIMIT} bytes or more`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw new Unreadable(`policies/${path} is not UTF-8`, { cause });
  }
};

/**
 * The folder `policies/` at a commit, null where there is none. Throws `Unreadable` with the reason for
 * symlinks, submodules, what is not UTF-8, and above 1,000 files, 256 KiB each or 16 MiB together.
 */
export async function readPolicyTree(mirror: Mirror, commit: string): Promise<PolicyTree | null> {
  await needCommit(mirror, commit);
  const [tree] = await inspect(mirror, [`${commit}:policies`]);
  if (tree?.type !== 'tree') return null;
  const entries = [...(await listFiles(mirror, tree.oid, []))];
  if (entries.length > MAX_FILES)
    throw new Unreadable(`policies/ has more than ${MAX_FILES} files`);
  const odd = entries.find(([path, { mode }]) => !REGULAR.has(mode) || path.includes('\u{fffd}'));
  if (odd) throw new Unreadable(`policies/${odd[0]} is no regular file (mode ${odd[1].mode})`);
  const contents = await readBlobs(
    mirror,
    entries.map(([, { oid }]) => oid),
    MAX_BYTES,
  );
  const files = entries.map(([path, { oid }]) => [path, decode(path, contents.get(oid))] as const);
  return { id: tree.oid, files: Object.fromEntries(files) };
}
