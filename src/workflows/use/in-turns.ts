/** How long work goes on before others have their turn, ms: a process that is asked much answers within a few of these. */
const MOST_MS = 5;

/** How work that is long gives others their turn. */
export interface Turns {
  readonly steady_ms: () => number;
  /** Resolves when everybody else who waits has had a turn. */
  readonly next: () => Promise<void>;
  /** Whether nobody waits for the result any more. */
  readonly abandoned: () => boolean;
}

/**
 * Turns that are given one at a time: `soon` runs what it is given once the events that wait now were handled, so between
 * two turns everybody else is served, however many wait.
 */
export function oneAtATime(soon: (run: () => void) => void): Turns['next'] {
  const waiting: (() => void)[] = [];
  const run = (): void => {
    waiting.shift()?.();
    if (waiting.length > 0) soon(run);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) soon(run);
    });
}

/**
 * Does one piece of work after another until `each` says that it was the last, and lets others have their turn in between:
 * a decision process has one thread, which also says that it is alive.
 */
export async function inTurns<T>(
  pieces: Iterable<T>,
  each: (piece: T) => 'more' | 'done',
  { steady_ms, next, abandoned }: Turns,
): Promise<void> {
  // However many begin at once, each waits for its turn before its first piece.
  await next();
  if (abandoned()) return;
  let since = steady_ms();
  for (const piece of pieces) {
    if (each(piece) === 'done') return;
    if (steady_ms() - since < MOST_MS) continue;
    await next();
    if (abandoned()) return;
    since = steady_ms();
  }
}
