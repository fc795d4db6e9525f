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
 * Does one piece of work after another until `each` says that it was the last, and lets others have their turn in between:
 * a decision process has one thread, which also says that it is alive.
 */
export async function inTurns<T>(
  pieces: Iterable<T>,
  each: (piece: T) => 'more' | 'done',
  { steady_ms, next, abandoned }: Turns,
): Promise<void> {
  let since = steady_ms();
  for (const piece of pieces) {
    if (each(piece) === 'done') return;
    if (steady_ms() - since < MOST_MS) continue;
    await next();
    if (abandoned()) return;
    since = steady_ms();
  }
}
