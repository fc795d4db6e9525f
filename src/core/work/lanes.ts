import type { TopicKind } from './topic.js';

/** The jobs of one lane, and how many of them a worker runs at once. */
interface LaneRules {
  /**
   * The topics in it: `tip` and `people` are those topics, `grant:*` every topic of the kind. `rest` is whatever no other lane holds,
   * topics of other versions included.
   */
  readonly holds: readonly ('tip' | 'people' | `${TopicKind}:*`)[] | 'rest';
  /** Of its grants: only those that have landed and not started (true), or only the others (false). */
  readonly starts?: boolean;
  /** Jobs that one worker runs at once. */
  readonly concurrency: number;
}

const TABLE = {
  /**
   * Grants whose access exists or may exist. Ends under way share their queries and writes, so many are faster than few.
   */
  grants: { holds: ['grant:*'], starts: false, concurrency: 512 },
  /** Starts of grants: each is judged once more, which asks GitHub. */
  starts: { holds: ['grant:*'], starts: true, concurrency: 32 },
  /**
   * What may take access away: the default branch, and who has left. Steps are applied in order, which one topic sees
   * to; neither waits for the other.
   */
  tip: { holds: ['tip', 'people'], concurrency: 2 },
  /**
   * A mass ending leaves a comment for each end, and GitHub limits writes most: it asks for few at once ("Best practices
   * for using the REST API").
   */
  comments: { holds: ['comment:*'], concurrency: 2 },
  /** What enforcement points ask for: each waits for several writes to GitHub. */
  requests: { holds: ['request:*'], concurrency: 2 },
  /** Judging pull requests. */
  others: { holds: 'rest', concurrency: 8 },
} as const satisfies Readonly<Record<string, LaneRules>>;

/** A lane of work, by its name. */
export type Lane = keyof typeof TABLE;

/**
 * The lanes that work runs in side by side, each with its own concurrency, so that nothing that asks GitHub delays an
 * end (invariant 16). Types, SQL, pace and metrics follow from this table. A new kind of work needs a kind in `topic.ts`,
 * its story in `workflows/run/run-topic.ts` and, for a lane of its own, a line here and a partial index.
 */
export const LANES: Readonly<Record<Lane, LaneRules>> = TABLE;

export const LANE_NAMES = Object.keys(TABLE) as readonly Lane[];
