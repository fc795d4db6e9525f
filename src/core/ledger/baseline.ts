import type { Holding } from '../grant/record.js';
import { atMost, isOurs, isWithin, type Join } from './level.js';

/** What a target has on a slot before a grant's first call. */
export interface Found {
  readonly observed: readonly Holding[];
  /** Levels that `catalog.standing` lists for the slot. */
  readonly standing: readonly string[];
  /** Whether the target says what Daypass's own login gave (invariant 15). */
  readonly tells_ours: boolean;
}

export interface Baseline {
  readonly baseline: readonly Holding[];
  /** Ours, without a live grant or a standing entry that explains it. */
  readonly leftovers: readonly Holding[];
}

/**
 * The baseline that the intent of a grant records, where no other grant is live on its slot. What Daypass's own login gave
 * is no baseline: leftovers go with this grant. Where the target does not tell who gave what, leftovers may as well be
 * somebody else's: only a person can say, and nothing may be begun (invariant 15).
 */
export function firstBaseline(join: Join, { observed, standing, tells_ours }: Found): Baseline {
  const listed = join(standing);
  return {
    baseline: countedBaseline(tells_ours, observed),
    leftovers: observed.filter(
      ({ level, origin }) => isOurs(origin) && !isWithin(join, level, listed),
    ),
  };
}

/** What counts of a recorded baseline: where the target says what was ours, that is none. */
export function countedBaseline(
  tells_ours: boolean,
  baseline: readonly Holding[],
): readonly Holding[] {
  return tells_ours ? baseline.filter(({ origin }) => !isOurs(origin)) : baseline;
}

/**
 * A baseline without what others have taken away of it since: Daypass might give as much for a grant, and at the end of
 * that it would be kept as what was there before. What others gave is never ours to give, and stays in it.
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
