import type { Holding, Origin } from '../grant/record.js';
import { atMost, isOurs, isWithin, type Join } from './level.js';

/** What should exist on a slot, and why. */
export interface Desired {
  /** Levels of the live grants on the slot. */
  readonly live: readonly string[];
  /** Levels that `catalog.standing` lists for it. */
  readonly standing: readonly string[];
}

/** What to do about a slot, and what can be said of what is there. */
export interface Plan {
  /** The call that brings the slot to what is desired; null where nothing needs doing. */
  readonly set: { readonly level: string | null } | null;
  /**
   * The call that an end makes: it keeps the part of ours that the rest explains, and gives nothing. It is made even where
   * nothing must be taken; null only where others took away what a live grant asks for.
   */
  readonly end: { readonly level: string | null } | null;
  /** Whether what is there covers every live grant. */
  readonly covered: boolean;
  /**
   * Whether nothing is there beyond live grants, standing and baseline, and nothing of ours that should not be: this is
   * the proof of absence (invariant 14).
   */
  readonly explained: boolean;
  /** Access that nothing explains, or that a standing entry lists and is missing. */
  readonly drift: readonly string[];
}

/**
 * Finds the one call that brings a slot to what is desired, and describes what is there.
 *
 * Only live grants are a reason to give anything. Beyond them, ours is kept in two cases: if it is there now and was ours
 * before the first of them, at the lower of the two levels; or if standing lists it and only ours gives it. So baseline
 * and standing limit what is taken away, and what others took away stays gone. What others gave is never touched
 * (invariant 15). A level of our own is asked for even where somebody else's row covers it, so that theirs may go. Where a
 * target has one row for both, such a call changes nothing and is planned again each time: `explained`, not the absence
 * of a call, is the proof.
 */
export function plan(
  join: Join,
  desired: Desired,
  baseline: readonly Holding[],
  observed: readonly Holding[],
): Plan {
  const within = (level: string | null, all: string | null) => isWithin(join, level, all);
  const levels = (holdings: readonly Holding[], ...origins: readonly Origin[]) =>
    holdings.filter(({ origin }) => origins.includes(origin)).map(({ level }) => level);

  const present = (level: string | null) => (level === null ? [] : [level]);
  const others = join(levels(observed, 'standing', 'inherited'));
  const ours = join(levels(observed, 'ours', 'pending'));
  const effective = join(levels(observed, 'ours', 'standing', 'inherited'));
  const needed = [...desired.live, ...atMost(join, levels(baseline, 'ours', 'pending'), ours)];
  const wanted = [...needed, ...listed()];
  const keep = join(wanted);
  // Where levels do not cover each other, a live grant's may exceed what is there, but a listed one that it covers may fit.
  const left = [...wanted, ...desired.standing.filter((level) => within(level, keep))];
  const explaining = join([...desired.live, ...desired.standing, ...baseline.map((b) => b.level)]);

  /** What ours must keep giving because standing lists it and nothing else gives it. */
  function listed(): readonly string[] {
    const rest = [...needed, ...present(others)];
    const lacking = desired.standing.filter((level) => !within(level, join(rest)));
    // Nothing of ours exceeds what is needed and listed, so nothing is taken away.
    if (within(ours, join([...needed, ...lacking]))) return present(ours);
    return lacking.filter((level) => within(level, join([...rest, ...present(ours)])));
  }
  const unexplained = observed.filter(
    ({ level, origin }) => !within(level, explaining) || (isOurs(origin) && !within(level, keep)),
  );
  const unlisted = baseline.filter(
    ({ level, origin }) =>
      !within(level, join(desired.standing)) && within(level, join(levels(observed, origin))),
  );
  const lacking = desired.standing.filter((level) => !within(level, effective));
  return {
    set: ours === keep ? null : { level: keep },
    end: ours === null && keep !== null ? null : { level: join(atMost(join, left, ours)) },
    covered: within(join(desired.live), effective),
    explained: unexplained.length === 0,
    drift: [
      ...unexplained.map((h) => `${h.level} (${h.origin}) is there and nothing explains it`),
      ...lacking.map((level) => `${level} is listed as standing and is not there`),
      ...unlisted.map(
        (h) => `${h.level} (${h.origin}) was there before and is not listed as standing`,
      ),
    ],
  };
}
