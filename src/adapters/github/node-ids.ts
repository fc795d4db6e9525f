/** So many are kept: more than an organisation has teams and open pull requests at a time. */
const MOST = 5_000;

export type Named = 'repository' | 'pull request' | 'team' | 'user';

/** The global ids by which GraphQL's mutations name things, as queries have told them. What is not known costs a call. */
export interface NodeIds {
  keep(kind: Named, name: string, id: string): void;
  /** Null for what no query has told. */
  find(kind: Named, name: string): string | null;
}

/** Keeps the newest of them, in this process. */
export function keepNodeIds(): NodeIds {
  const known = new Map<string, string>();
  const key = (kind: Named, name: string) => `${kind} ${name.toLowerCase()}`;
  return {
    keep(kind, name, id) {
      known.delete(key(kind, name));
      known.set(key(kind, name), id);
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    },
    find: (kind, name) => known.get(key(kind, name)) ?? null,
  };
}
