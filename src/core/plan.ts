import type { Holding } from './ledger/record.js';

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
  /** What is there covers every live grant. */
  readonly covered: boolean;
  /** Nothing is there beyond live grants, standing and baseline: what a proof of absence asks (invariant 14). */
  readonly explained: boolean;
  /** Access that nothing explains, or that a standing entry should give and is not there. */
  readonly drift: readonly string[];
}

export type PlanOf = (
  join: Join,
  desired: Desired,
  baseline: readonly Holding[],
  observed: readonly Holding[],
) => Plan;
