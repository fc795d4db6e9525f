/** So many at once, and then one in each `every_ms`. */
export interface Pace {
  readonly burst: number;
  readonly every_ms: number;
}

/** How much of a burst is used up: when all of it will be free again, by a steady clock in ms. */
export type Used = number;

/** The state after one more at `now`, and when the next one may be (the generic cell rate algorithm, ITU-T I.371). */
export function paced(
  used: Used,
  now: number,
  { burst, every_ms }: Pace,
): { readonly used: Used; readonly next: number } {
  const then = Math.max(used, now) + every_ms;
  return { used: then, next: Math.max(now, then - (burst - 1) * every_ms) };
}
