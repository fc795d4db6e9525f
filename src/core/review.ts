import type { Person } from './person.js';

/**
 * What was recorded when an approving review was first seen (invariant 5): never overwritten.
 * `digests` are the effect digests of every change of its commit (two for a path that is both withdrawn
 * and added); null where the commit could not be read or judged.
 */
export interface SeenReview {
  readonly review: number;
  readonly pull_request: number;
  readonly author: Person | null;
  readonly commit: string | null;
  readonly digests: readonly string[] | null;
  /** Why `digests` is null. */
  readonly unreadable: string | null;
}
