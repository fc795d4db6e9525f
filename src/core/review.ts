import type { Person } from './person.js';

/**
 * What was recorded when an approving review was first seen (invariant 5): never overwritten.
 * `digests` are those of its commit by path; null where the commit could not be read or judged.
 */
export interface SeenReview {
  readonly review: number;
  readonly pull_request: number;
  readonly author: Person | null;
  readonly commit: string | null;
  readonly digests: Readonly<Record<string, string>> | null;
  /** Why `digests` is null. */
  readonly unreadable: string | null;
}
