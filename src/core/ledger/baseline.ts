import type { Holding } from '../grant/record.js';
import { atMost, isOurs, isWithin, type Join } from './level.js';

/** What is on a slot before a grant's first call. */
export interface FoundOnSlot {
  readonly observed: readonly Holding[];
  /** Levels that `catalog.standing` lists for the slot. */
  readonly standing: readonly string[];
  /** Whether the target says what Daypass's own login gave (invariant 15). */
  readonly tells_ours: boolean;
}

export interface Baseline {
  readonly baseline: readonly Holding[];
  /** Given by Daypass, without a live grant or a standing entry that explains it. */
  readonly leftovers: readonly Holding[];
}

/**
 * The baseline that the intent of a grant records where no other grant is live on its slot. What Daypass's own login gave
 * does not belong to the baseline: such leftovers end with this grant. Where the target does not say who gave what,
 * leftovers may belong to somebody else. Then a person must decide, and nothing may be begun (invariant 15).
 */
export function firstBaseline(
  join: Join,
  { observed, standing, tells_ours }: FoundOnSlot,
): Baseline {
  const listed = join(standing);
  return {
    baseline: countedBaseline(tells_ours, observed),
    leftovers: observed.filter(
      ({ level, origin }) => isOurs(origin) && !isWithin(join, level, listed),
    ),
  };
}

/** The part of a recorded baseline that counts: where the target says what Daypass gave, that part does not. */
export function countedBaseline(
  tells_ours: boolean,
  baseline: readonly Holding[],
): readonly Holding[] {
  return tells_ours ? baseline.filter(({ origin }) => !isOurs(origin)) : baseline;
}

/**
 * A baseline without what others have since taken away. Otherwise Daypass might give the same for a grant and then keep
 * it at the end as access that was there before. What others gave stays in it, because Daypass never gives that.
 */
export function lowered(
  join: Join,
  baseline: readonly Holding[],
  observed: readonly Holding[],
): readonly Holding[] {
  const ours = join(observed.filter((h) => isOurs(h.origin)).map(({ level }) => level));
  return baseline.flatMap((holding) =>
    isOurs(holding.origin)
      ? atMost(join, [holding.level], ours).map((level) => ({ ...holding, level }))
      : [holding],
  );
}
