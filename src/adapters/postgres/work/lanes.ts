import { LANES, LANE_NAMES, type Lane } from '../../../core/work/lanes.js';
import type { Depth } from '../../../ports.js';

/** A worker takes a row for at most 5 minutes (`HOLD_SECONDS`) and then renews that: more is no worker's hold. */
const LONGEST_HOLD = "interval '10 minutes'";

/** Somebody holds the row, and nobody does. A hold never keeps a row for ever, whatever its row says (invariant 17). */
export const TAKEN = `(taken_until > clock_timestamp() AND taken_until <= clock_timestamp() + ${LONGEST_HOLD})`;
const FREE = `(${TAKEN} IS NOT TRUE)`;

/**
 * The rows of each lane, as SQL: the table of lanes in the exact form of the partial indexes, so that the planner can
 * use them.
 */
const CONDITIONS = Object.fromEntries(
  LANE_NAMES.map((lane) => [lane, conditionOf(lane)]),
) as Readonly<Record<Lane, string>>;

function conditionOf(lane: Lane): string {
  const { holds, starts } = LANES[lane];
  if (holds === 'rest') return and(elsewhere().map((topic) => matching(topic, false)));
  const named = holds.filter((topic) => !topic.endsWith('*'));
  const kinds = holds.filter((topic) => topic.endsWith('*'));
  // One condition, because the planner takes no plain index for an OR.
  const some = [
    ...(named.length > 0 ? [`topic IN (${named.map((topic) => `'${topic}'`).join(', ')})`] : []),
    ...kinds.map((topic) => matching(topic, true)),
  ];
  const topics = some.length === 1 ? some : [`(${some.join(' OR ')})`];
  return and([...topics, ...(starts === undefined ? [] : [starts ? 'starts' : 'NOT starts'])]);
}

/** The topics of lanes that list theirs by name. */
function elsewhere(): readonly string[] {
  const named = Object.values(LANES).flatMap(({ holds }) => (holds === 'rest' ? [] : holds));
  return [...new Set(named)];
}

function matching(topic: string, is: boolean): string {
  if (!topic.endsWith('*')) return `topic ${is ? '=' : '<>'} '${topic}'`;
  return `topic ${is ? '' : 'NOT '}LIKE '${topic.slice(0, -1)}%'`;
}

function and(conditions: readonly string[]): string {
  return conditions.join(' AND ');
}

/** Takes what is due at $1, at most $2, for the holder $3 and $4 ms. */
export const take = (lane: Lane) => `
UPDATE daypass.work w SET taken_by = $3, taken_at = $1, attempts = w.attempts + 1,
  taken_until = clock_timestamp() + $4 * interval '1 millisecond'
FROM (
  SELECT topic FROM daypass.work WHERE ${CONDITIONS[lane]} AND due_at <= $1 AND ${FREE}
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
) due
WHERE w.topic = due.topic
RETURNING w.topic, w.version, w.attempts`;

/** The rows of a lane, at most $1 of them counted. */
export const countQuery = (lane: Lane) =>
  `SELECT count(*)::int AS rows FROM (SELECT FROM daypass.work WHERE ${CONDITIONS[lane]} LIMIT $1) counted`;

/** The first row of each lane that nobody holds. Each lane goes over its own index. */
export const NEXT_DUE = LANE_NAMES.map(
  (lane) => `
(SELECT '${lane}' AS lane, due_at FROM daypass.work
WHERE ${CONDITIONS[lane]} AND due_at IS NOT NULL AND ${FREE} ORDER BY due_at LIMIT 1)`,
).join('\nUNION ALL');

/** When a lane has something to do next; lanes that never have are left out. */
export interface NextDueRow {
  readonly lane: Lane;
  readonly due_at: string;
}

/** A lane without due rows has no `oldest`. */
export interface DepthRow {
  readonly lane: Lane;
  readonly due: number;
  readonly waiting: number;
  readonly oldest: string | null;
}

/** What waits in every lane at $1. Each lane goes over its own index. */
export const DEPTHS = LANE_NAMES.map(
  (lane) => `
SELECT '${lane}' AS lane, count(*) AS waiting,
  count(*) FILTER (WHERE due_at <= $1) AS due, min(due_at) FILTER (WHERE due_at <= $1) AS oldest
FROM daypass.work WHERE ${CONDITIONS[lane]} AND due_at IS NOT NULL AND ${FREE}`,
).join('\nUNION ALL');

export function readDepths(rows: readonly DepthRow[]): Readonly<Record<Lane, Depth>> {
  const depths = rows.map(({ lane, due, waiting, oldest }): [Lane, Depth] => [
    lane,
    { due, waiting, oldest: oldest === null ? null : new Date(oldest) },
  ]);
  return Object.fromEntries(depths) as Record<Lane, Depth>;
}
