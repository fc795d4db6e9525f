/** So many share one call at most, and so many may wait for theirs, unless it is said otherwise. */
const MOST = 256;
const MOST_WAITING = 4_096;

/** More wait for a grouped call than may: whoever asks now is turned away at once, and nothing was done for them. */
export class TooManyWaiting extends Error {
  override readonly name = 'TooManyWaiting';
  constructor(waiting: number) {
    super(`${waiting} callers already wait for this call, and no more may: try again later`);
  }
}

export interface GroupOptions {
  /** So many share one call at most. */
  readonly most?: number;
  /** So many may wait for a call while another is made. */
  readonly waiting?: number;
}

/**
 * One call at a time, and those who come meanwhile share the next one: a group commit, a group read. Nobody is
 * answered by a call that began before they asked. `run` answers one result for each item, in order; when it
 * throws, each item of that turn fails with it. Where a call hangs, those who wait fill no memory: beyond
 * `waiting` of them the next fail with `TooManyWaiting`.
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

/** One read at a time, whose answer all who asked before it began share. */
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
