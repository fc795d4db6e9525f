import { LRUCache } from 'lru-cache';

/** How many are kept: more than an organisation's teams and open pull requests at a time. */
const MAX_IDS = 5_000;

export type Named = 'repository' | 'pull request' | 'team' | 'user';

/** The global ids that GraphQL's mutations need, as queries returned them. An unknown one costs a call. */
export interface NodeIds {
  keep(kind: Named, name: string, id: string): void;
  /** Null if no query has returned it. */
  find(kind: Named, name: string): string | null;
}

/** Keeps the most recently used of them, in this process. */
export function keepNodeIds(): NodeIds {
  const known = new LRUCache<string, string>({ max: MAX_IDS });
  const key = (kind: Named, name: string) => `${kind} ${name.toLowerCase()}`;
  return {
    keep: (kind, name, id) => void known.set(key(kind, name), id),
    find: (kind, name) => known.get(key(kind, name)) ?? null,
  };
}
