/** What a set of people may meet: so many of those that `accepts` holds, by id. */
export interface Ask {
  readonly accepts: ReadonlySet<number>;
  readonly count: number;
}

/**
 * Assigns people to asks so that as many places as possible are met, and nobody meets two (invariant 4).
 * Answers the ids that meet each ask, in order.
 *
 * Places are filled one after the other along augmenting paths, so a place once met stays met. Which places
 * can be met depends neither on the order of the people, nor do more of them ever un-meet one.
 */
export function match(asks: readonly Ask[], people: Iterable<number>): readonly number[][] {
  const ids = [...new Set(people)].sort((a, b) => a - b);
  /** Who meets what: the index of an ask by the person's id. */
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
