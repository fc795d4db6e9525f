import type { Holding, Origin } from '../grant/record.js';

/** Joins levels on one slot to the one that covers them all; null for none. Given by the provider. */
export type Join = (levels: readonly string[]) => string | null;

/** What should exist on a slot, and why. */
export interface Desired {
  /** Levels of the live grants on the slot. */
  readonly live: readonly string[];
  /** Levels that `catalog.standing` lists for it. */
  readonly standing: readonly string[];
}

/** The one call that brings a slot to what is desired; null when nothing is to be done. */
export interface Plan {
  readonly set: { readonly level: string | null } | null;
  /** What ours should be, whether or not a call is needed for it. */
  readonly keep: string | null;
  /** What is there covers every live grant. */
  readonly covered: boolean;
  /**
   * Nothing is there beyond live grants, standing and baseline, nor anything of ours that should not be:
   * all that a proof of absence asks (invariant 14).
   */
  readonly explained: boolean;
  /** Access that nothing explains, or that a standing entry should give and is not there. */
  readonly drift: readonly string[];
}

/**
 * Answers what one call brings a slot to what is desired, and what is to be said of what is there.
 *
 * Ours is kept at the join of the live grants, of what was ours before the first of them, and of what
 * standing lists and ours alone gives. What others gave is never touched, and never given back when they
 * took it away; a standing entry alone starts no call (invariant 15). A level of our own is asked for even
 * where another's row covers it, so that theirs may go; where a target has one row for both, such a call
 * changes nothing and is planned again each time: `explained`, not the lack of a call, is the proof.
 */
export function plan(
  join: Join,
  desired: Desired,
  baseline: readonly Holding[],
  observed: readonly Holding[],
): Plan {
  const within = (level: string | null, all: string | null) =>
    level === null || (all !== null && join([level, all]) === all);
  const levels = (holdings: readonly Holding[], ...origins: readonly Origin[]) =>
    holdings.filter(({ origin }) => origins.includes(origin)).map(({ level }) => level);

  const present = (level: string | null) => (level === null ? [] : [level]);
  const others = join(levels(observed, 'standing', 'inherited'));
  const ours = join(levels(observed, 'ours', 'pending'));
  const effective = join(levels(observed, 'ours', 'standing', 'inherited'));
  const needed = join([...desired.live, ...levels(baseline, 'ours', 'pending')]);
  const keep = join([...present(needed), ...listed()]);
  const explaining = join([...desired.live, ...desired.standing, ...baseline.map((b) => b.level)]);

  /** What ours must go on giving because standing lists it and the rest does not give it. */
  function listed(): readonly string[] {
    const rest = [...present(needed), ...present(others)];
    const lacking = desired.standing.filter((level) => !within(level, join(rest)));
    // Nothing of ours is beyond what is needed and listed, so nothing is taken away.
    if (within(ours, join([...present(needed), ...lacking]))) return present(ours);
    return lacking.filter((level) => within(level, join([...rest, ...present(ours)])));
  }
  const unexplained = observed.filter(
    ({ level, origin }) =>
      !within(level, explaining) ||
      ((origin === 'ours' || origin === 'pending') && !within(level, keep)),
  );
  const unlisted = baseline.filter(
    ({ level, origin }) =>
      !within(level, join(desired.standing)) && within(level, join(levels(observed, origin))),
  );
  const lacking = desired.standing.filter((level) => !within(level, effective));
  return {
    set: ours === keep ? null : { level: keep },
    keep,
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
