/** One requirement for matching: `count` of the people in `accepts`, by id. */
export interface Ask {
  readonly accepts: ReadonlySet<number>;
  readonly count: number;
}

/**
 * Assigns people to asks so that as many places as possible are filled and nobody fills two (invariant 4). Returns the
 * ids for each ask, in order.
 *
 * Places are filled one after the other along augmenting paths, so a filled place stays filled. Which places can be
 * filled does not depend on the order of the people, and more people never empty a place.
 */
export function match(asks: readonly Ask[], people: Iterable<number>): readonly number[][] {
  const ids = [...new Set(people)].sort((a, b) => a - b);
  /** The index of the ask that each person meets, by the person's id. */
  const meets = new Map<number, number>();

  const find = (ask: number, tried: Set<number>): boolean => {
    for (const id of ids) {
      if (tried.has(id) || !asks[ask]?.accepts.has(id)) continue;
      tried.add(id);
      const other = meets.get(id);
      if (other === undefined || find(other, tried)) {
        meets.set(id, ask);
        return true;
      }
    }
    return false;
  };

  asks.forEach(({ count }, ask) => {
    for (let place = 0; place < count; place++) if (!find(ask, new Set())) break;
  });
  return asks.map((_, ask) => ids.filter((id) => meets.get(id) === ask));
}
