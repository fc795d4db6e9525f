/** So many share one call at most, unless it is said otherwise. */
const MOST = 256;

/**
 * One call at a time, and those who come meanwhile share the next one: a group commit, a group read. Nobody is
 * answered by a call that began before they asked. `run` answers one result for each item, in order; when it
 * throws, each item of that turn fails with it.
 */
export function createGroup<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  most = MOST,
): (item: Item) => Promise<Result> {
  interface Waiting {
    readonly item: Item;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }
  const waiting: Waiting[] = [];
  let running = false;

  async function turn(): Promise<void> {
    const group = waiting.splice(0, most);
    try {
      const results = await run(group.map(({ item }) => item));
      group.forEach(({ resolve }, i) => resolve(results[i] as Result));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  async function drain(): Promise<void> {
    running = true;
    while (waiting.length > 0) await turn();
    running = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!running) void drain();
    });
}

/** One read at a time, whose answer all who asked before it began share. */
export function createSharedRead<Result>(read: () => Promise<Result>): () => Promise<Result> {
  const group = createGroup<null, Result>(async (asked) => {
    const result = await read();
    return asked.map(() => result);
  }, Infinity);
  return () => group(null);
}
