/** The default limits: how many share one call, and how many may wait for theirs. */
const MOST = 256;
const MOST_WAITING = 4_096;

/** More callers wait for a grouped call than are allowed: new ones are turned away at once, with nothing done. */
export class TooManyWaiting extends Error {
  override readonly name = 'TooManyWaiting';
  constructor(waiting: number) {
    super(`${waiting} callers already wait for this call, and no more may: try again later`);
  }
}

export interface GroupOptions {
  /** How many share one call at most. */
  readonly most?: number;
  /** How many may wait for a call while another is made. */
  readonly waiting?: number;
}

/**
 * One call at a time, and those who come meanwhile share the next one: a group commit, a group read. No caller gets
 * the answer of a call that began before they asked. `run` answers one result for each item, in order; when it throws,
 * each item of that turn fails with it. If a call hangs, waiting callers do not fill the memory: beyond `waiting` of
 * them, the next fail with `TooManyWaiting`.
 */
export function createGroup<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { most = MOST, waiting: mostWaiting = MOST_WAITING }: GroupOptions = {},
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
      if (waiting.length >= mostWaiting) return reject(new TooManyWaiting(waiting.length));
      waiting.push({ item, resolve, reject });
      if (!running) void drain();
    });
}

/** One read at a time; all who asked before it began share its answer. */
export function createSharedRead<Result>(
  read: () => Promise<Result>,
  options: Pick<GroupOptions, 'waiting'> = {},
): () => Promise<Result> {
  const group = createGroup<null, Result>(
    async (asked) => {
      const result = await read();
      return asked.map(() => result);
    },
    { ...options, most: Infinity },
  );
  return () => group(null);
}
