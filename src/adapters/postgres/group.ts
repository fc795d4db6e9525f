/**
 * One writer at a time, and those who come meanwhile share the next turn: a group commit. `write` answers
 * one result for each item, in order; when it throws, each item of that turn fails with it.
 */
export function createGroup<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  most: number,
): (item: Item) => Promise<Result> {
  interface Waiting {
    readonly item: Item;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }
  const waiting: Waiting[] = [];
  let writing = false;

  async function turn(): Promise<void> {
    const group = waiting.splice(0, most);
    try {
      const results = await write(group.map(({ item }) => item));
      group.forEach(({ resolve }, i) => resolve(results[i] as Result));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  async function drain(): Promise<void> {
    writing = true;
    while (waiting.length > 0) await turn();
    writing = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!writing) void drain();
    });
}
