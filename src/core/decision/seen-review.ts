import type { Change } from '../change/change.js';
import { accessDigest } from '../grant/effect.js';
import type { Words } from '../grant/grant.js';
import type { Person } from '../grant/person.js';
import type { ApproverIds } from '../policy/approvers.js';

/**
 * What was recorded when an approving review was first seen (invariant 5); it is never overwritten. `digests` has the
 * effect digest of every change of its commit (two for a path that is both withdrawn and added); null where the commit
 * could not be read or judged.
 */
export interface SeenReview {
  readonly review: number;
  readonly pull_request: number;
  readonly author: Person | null;
  readonly commit: string | null;
  readonly digests: readonly string[] | null;
  /** Why `digests` is null. */
  readonly unreadable: string | null;
  /** What was read in its commit; missing where `digests` is null or of the first version, which had no words. */
  readonly words?: readonly ReadWords[];
  /**
   * The new approvers that the check showed for the change of policy in its commit; null where nobody knew them. Missing
   * where there is no such change, and in older entries.
   */
  readonly new_approvers?: ApproverIds | null;
}

/** The words of one change, beside the access that they are for. */
export interface ReadWords extends Words {
  readonly path: string;
  /** `accessDigest` of the change. */
  readonly access: string;
}

/** The words that people read about some changes. A withdrawal has none that anybody approves. */
export function wordsIn(changes: readonly Change[]): readonly ReadWords[] {
  return changes.filter(({ to }) => to !== null).map(readWords);
}

/** The words of a change. */
export function readWords({ path, effect }: Pick<Change, 'path' | 'effect'>): ReadWords {
  const { reason, ticket } = effect;
  return { path, access: accessDigest(effect), reason, ticket };
}
