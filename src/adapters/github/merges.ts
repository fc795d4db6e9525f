import { LRUCache } from 'lru-cache';
import type { Comparison } from '../../core/snapshot.js';
import type { Contributed } from './comparison.js';
import { readMerge } from './comparison.js';
import type { Mirror } from './git/mirror.js';

/** Bytes that are kept at most; a comparison alone has up to 64 MiB of contents. */
const MOST_BYTES = 32 * 1024 * 1024;
/** About what one path takes beside its contents. */
const PATH_BYTES = 200;

function bytesOf({ grants, policies, paths_after }: Comparison): number {
  const versions = [...grants, ...policies].flatMap(({ before, tip, after }) => [
    before,
    tip,
    after,
  ]);
  const contents = versions.reduce((sum, version) => sum + (version?.content?.length ?? 0), 0);
  return contents + PATH_BYTES * (versions.length + paths_after.length + 1);
}

/**
 * Reads what merging a head into a tip would give. Two commits never change, so it is read of them once: after a
 * review everything of git is here.
 */
export function rememberMerges(
  mirror: Mirror,
): (tip: string, head: string) => Promise<Contributed> {
  const known = new LRUCache<string, Contributed>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ comparison }) => bytesOf(comparison),
  });
  return async (tip, head) => {
    const key = `${tip} ${head}`;
    const read = known.get(key) ?? (await readMerge(mirror, tip, head));
    known.set(key, read);
    return read;
  };
}
